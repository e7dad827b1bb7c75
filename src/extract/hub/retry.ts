import { setTimeout as sleep } from "node:timers/promises";

/** Waits; rejects with the signal's reason when it is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;

/** A failure that may pass, so that the same request is worth sending again. */
export class PassingFailure extends Error {
  /** No connection came about: there seems to be no network. */
  readonly unreachable: boolean;
  /** How long the server asks to be left alone. */
  readonly retryAfter: number;

  constructor(reason: string, { unreachable = false, retryAfter = 0 } = {}) {
    super(reason);
    this.unreachable = unreachable;
    this.retryAfter = retryAfter;
  }
}

/** How long to wait after the first failure in a row, the second, and so on; after the last, the failure is final. */
const DELAYS = [500, 1000, 2000, 4000, 8000];
const LONGEST_WAIT = 60_000;

/** Waits on Node's own clock. */
export const waitForReal: Wait = async (milliseconds, signal) => {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};

/**
 * Runs `attempt` until it succeeds, fails for good, or fails for a passing reason too often in a row. A failure after
 * which `reached` has grown, such as the bytes of a large file, begins a new row.
 */
export async function retrying<Result>(
  { wait, signal }: { wait: Wait; signal: AbortSignal | undefined },
  attempt: () => Promise<Result>,
  reached: () => number = () => 0,
): Promise<Result> {
  let best = reached();
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (reached() > best) {
        best = reached();
        failures = 0;
      }
      const delay = DELAYS[failures];
      if (delay === undefined) throw error;
      await wait(Math.max(delay, Math.min(error.retryAfter, LONGEST_WAIT)), signal);
    }
  }
}
