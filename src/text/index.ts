/**
 * Text to fit and choose a program on: installed packages, a person's files, or the documents that come with a model.
 * This folder may not know models or programs: it takes a tokenizer and gives token documents. `held-out.ts`, which reads
 * the documents that are reported on, is not exported here: only `src/score` may import it.
 */
export * from "./reader.ts";
export * from "./token-document.ts";
