/**
 * The WebAssembly kernels, in AssemblyScript: the interface `Kernels` of src/runtime/kernels.ts on byte offsets into
 * the module's exported memory. SIMD is used only where each result stays the one that src/runtime/plain.ts computes.
 * No allocation, no imports, no relaxed arithmetic: the same bits on every machine.
 */
export { matmul } from "./matmul";
export { transpose } from "./transpose";
export { addRow, add, gainAndBias } from "./add";
export { normalise } from "./normalise";
export { softmaxCausal } from "./softmax";
export { geluNew, gelu, relu } from "./activations";

/** First byte that the kernels do not use themselves. */
export const firstFreeByte: usize = __heap_base;
