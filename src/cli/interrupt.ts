import process from "node:process";

/** The exit code of an interrupted run: 128 and the number of SIGINT. */
export const INTERRUPTED = 130;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** How long the work may take to tidy up; what it then leaves behind, the next run clears. */
const GRACE_MILLISECONDS = 5000;

/** The first Ctrl-C asks the work to stop and tidy up; the second ends the process at once. Returns how to stop listening. */
export function abortOnInterrupt(interrupt: AbortController): () => void {
  const listener = (): void => {
    if (interrupt.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write("\nStopping; press Ctrl-C again to stop at once.\n");
    interrupt.abort();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

/** Rejects some time after the interruption: work that does not notice the signal must not keep the process. */
export function interruptedWithGrace(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(new DOMException("The run was interrupted.", "AbortError"));
    };
    signal.addEventListener("abort", () => setTimeout(fail, GRACE_MILLISECONDS).unref(), { once: true });
  });
}
