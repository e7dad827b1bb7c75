/**
 * Where models come from: bundled, folders in Hugging Face's layout, or the Hugging Face hub, read and checked until
 * nothing about them can surprise later stages. Knows the runtime's and the IR's types and the error catalogue; runs no
 * model, writes nothing but the hub's cache, prints nothing.
 */
export { loadModel } from "./load.ts";
export { findModel } from "./locate.ts";
export type { ExtractedModel, Gpt2Config, ModelTensor, Task } from "./model.ts";
