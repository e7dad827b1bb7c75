/** The machine that programs run on: the kernels compiled from kernels/. */
import type { Kernels } from "./kernels.ts";
import { Machine } from "./machine.ts";

/** What the module of kernels/index.ts exports. */
type KernelModule = Kernels & {
  readonly memory: WebAssembly.Memory;
  /** First byte that the kernels do not use themselves. */
  readonly firstFreeByte: WebAssembly.Global;
};

/**
 * A machine on the WebAssembly kernels, with memory of its own that grows on demand up to 4 GiB.
 * Throws a WebAssembly.CompileError when the bytes are no module, or SIMD is not supported.
 */
export function createMachine(wasm: Uint8Array): Machine {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const kernels = exports as unknown as KernelModule;
  return new Machine(kernels.memory, kernels, kernels.firstFreeByte.value as number);
}
