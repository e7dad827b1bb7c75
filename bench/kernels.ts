/**
 * Speed of the matrix product, WebAssembly against the plain loops, in GFLOP/s (two operations a product):
 * `npm run build:kernels && npx tsx bench/kernels.ts`. Compare the ratios: absolute numbers depend on the machine's load.
 */
import { readFileSync } from "node:fs";
import { createMachine, createPlainMachine, type Machine } from "../src/runtime/index.ts";

const SECONDS_EACH = 0.3;

/** rows, inner, columns: GPT-2 small's MLP (prompt and single token), then the bundled model's shapes. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [128, 768, 3072],
  [16, 768, 3072],
  [1, 768, 3072],
  [256, 128, 32],
  [256, 128, 512],
  [256, 512, 128],
  [256, 32, 256],
  [256, 128, 1024],
  [1, 128, 512],
];

const wasm = createMachine(readFileSync(new URL("../dist/kernels.wasm", import.meta.url)));
const plain = createPlainMachine();

console.log("rows x inner x columns".padEnd(24), "wasm".padStart(7), "plain".padStart(7), "ratio".padStart(7));
for (const shape of SHAPES) {
  const fast = speed(wasm, ...shape);
  const slow = speed(plain, ...shape);
  const cells = [fast.toFixed(2), slow.toFixed(2), (fast / slow).toFixed(1)];
  console.log(shape.join(" x ").padEnd(24), ...cells.map((cell) => cell.padStart(7)));
}

/** The best of several repetitions, which other work on the machine disturbs least. */
function speed(machine: Machine, rows: number, inner: number, columns: number): number {
  return machine.scope(() => {
    const a = machine.store(new Float32Array(rows * inner).fill(0.5), rows, inner);
    const b = machine.store(new Float32Array(inner * columns).fill(0.25), inner, columns);
    const out = machine.allocate(rows, columns);
    machine.matmul(a, b, out);
    const end = performance.now() + SECONDS_EACH * 1000;
    let best = Infinity;
    let now = performance.now();
    while (now < end) {
      machine.matmul(a, b, out);
      const next = performance.now();
      best = Math.min(best, next - now);
      now = next;
    }
    return (2 * rows * inner * columns) / (best * 1e6);
  });
}
