import { sampleDocuments, type Engine } from "./engine/index.ts";
import type { ExtractedModel } from "./extract/index.ts";
import type { Program } from "./ir/index.ts";
import type { TextSource } from "./text/index.ts";

/** The text that a program is fitted and judged on: the installed one, a file or folder, or the model's own samples. */
export type TextOption = "default" | "self" | { readonly path: string };

/** The documents that an option names: by default a model's own where it has them, else the installed text. */
export async function textSource(
  { text, seed, signal }: { readonly text: TextOption; readonly seed: number; readonly signal: AbortSignal },
  model: ExtractedModel,
  engine: Engine,
  original: Program,
): Promise<TextSource> {
  if (typeof text === "object") return { kind: "path", path: text.path };
  if (text === "self") return { kind: "samples", documents: await sampleDocuments(engine, original, { seed, signal }) };
  return model.task ? { kind: "task", task: model.task } : { kind: "default" };
}
