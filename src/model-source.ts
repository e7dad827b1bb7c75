import { findModel, loadModel, type ExtractedModel } from "./extract/index.ts";
import type { Progress } from "./progress.ts";

const MEGABYTE = 1e6;

/**
 * The model that a reference names. One of the Hugging Face hub is fetched first, with the hub's variables from the
 * environment and each file as a stage of its own.
 *
 * @throws CompilerError where there is no such model, or it is not sound; the signal's reason when it is aborted
 */
export async function modelOf(
  reference: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<ExtractedModel> {
  let current = "";
  const place = await findModel(reference, {
    environment: process.env,
    signal,
    onProgress: ({ file, bytes, total, bytesPerSecond }) => {
      if (file !== current) progress.stage(`fetch ${file} (${megabytes(total)})`, total);
      current = file;
      const pace = `${megabytes(bytesPerSecond)} a second`;
      progress.step(bytes, total, pace);
      if (bytes === total) progress.note(`Fetched ${file}: ${megabytes(total)} at ${pace}.`);
    },
  });
  return loadModel(place);
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
