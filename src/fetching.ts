import type { findModel } from "./extract/index.ts";
import type { Progress } from "./progress.ts";

const MEGABYTE = 1e6;

/** How a model is fetched from the hub: with its variables from the environment, and each file as a stage of its own. */
export function fetching({
  progress,
  signal,
}: {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Parameters<typeof findModel>[1] {
  let current = "";
  return {
    environment: process.env,
    signal,
    onProgress: ({ file, bytes, total, bytesPerSecond }) => {
      if (file !== current) progress.stage(`fetch ${file} (${megabytes(total)})`, total);
      current = file;
      progress.step(bytes, total);
      if (bytes === total)
        progress.note(`Fetched ${file}: ${megabytes(total)} at ${megabytes(bytesPerSecond)} a second.`);
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
