import { readFileSync } from "node:fs";
import { createMachine, type Machine } from "../runtime/index.ts";

/** A fresh machine with the WebAssembly kernels that `npm run build:kernels` puts into `dist`. */
export function createWasmMachine(): Machine {
  return createMachine(readFileSync(new URL("../../dist/kernels.wasm", import.meta.url)));
}
