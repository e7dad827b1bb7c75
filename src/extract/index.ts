/**
 * Where models come from: folders in Hugging Face's layout, read and checked until nothing about them can surprise later
 * stages. Knows the runtime's and the IR's types and the error catalogue; runs no model, writes no file, prints nothing.
 */
export { loadModel } from "./load.ts";
export type { ExtractedModel, Gpt2Config, ModelTensor, Task } from "./model.ts";
