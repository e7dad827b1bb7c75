import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../src/engine/random.ts";
import { createMachine, type Activation, type Tensor } from "../../src/runtime/index.ts";

// The plain loops agree with WebAssembly bit for bit (kernels.test.ts), so what holds here holds for both.
const machine = createMachine(readFileSync(new URL("../../dist/kernels.wasm", import.meta.url)));

const runs = { seed: 2026, numRuns: 100 };
const extent = fc.integer({ min: 1, max: 40 });
const magnitude = fc.constantFrom(1e-3, 1, 10, 60);

/** Largest relative error of one operation rounded to 32 bits. */
const ROUNDING = 2 ** -24;

function draw(seed: number, magnitude: number, count: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => (random() * 2 - 1) * magnitude);
}

function expectWithin(value: number, reference: number, tolerance: number): void {
  if (!(Math.abs(value - reference) <= tolerance)) {
    expect.fail(`${value} is further than ${tolerance} from ${reference}`);
  }
}

test("matmul: one rounding a product and one a sum", () => {
  const accurate = (seed: number, rows: number, inner: number, columns: number) =>
    machine.scope(() => {
      const a = machine.store(draw(seed, 2, rows * inner), rows, inner);
      const b = machine.store(draw(seed + 1, 2, inner * columns), inner, columns);
      const out = machine.allocate(rows, columns);
      machine.matmul(a, b, out);
      const [left, right] = [machine.values(a), machine.values(b)];
      machine.values(out).forEach((value, index) => {
        const [row, column] = [Math.floor(index / columns), index % columns];
        let reference = 0;
        let size = 0;
        for (let k = 0; k < inner; k++) {
          const product = (left[row * inner + k] as number) * (right[k * columns + column] as number);
          reference += product;
          size += Math.abs(product);
        }
        expectWithin(value, reference, (inner + 1) * ROUNDING * size); // Higham 2002, section 3.1
      });
    });
  fc.assert(fc.property(fc.nat(), extent, fc.integer({ min: 1, max: 600 }), extent, accurate), runs);
});

test("normalise: rows have mean 0 and variance 1, each value rounded once", () => {
  const accurate = (seed: number, size: number, rows: number, columns: number) =>
    machine.scope(() => {
      const x = machine.store(draw(seed, size, rows * columns), rows, columns);
      const out = machine.allocate(rows, columns);
      machine.normalise(x, out, 1e-5);
      for (let row = 0; row < rows; row++) {
        const values = Array.from(machine.values(x).subarray(row * columns, (row + 1) * columns));
        const mean = values.reduce((sum, value) => sum + value, 0) / columns;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns;
        values.forEach((value, column) => {
          const reference = (value - mean) / Math.sqrt(variance + 1e-5);
          // One rounding, and 64-bit noise where value and mean cancel.
          const tolerance = ROUNDING * Math.abs(reference) + 1e-12;
          expectWithin(machine.values(out)[row * columns + column] as number, reference, tolerance);
        });
      }
    });
  fc.assert(fc.property(fc.nat(), magnitude, extent, extent, accurate), runs);
});

test("softmaxCausal: sees the columns up to the query, and rows add up to 1", () => {
  const accurate = (seed: number, size: number, rows: number, columns: number, firstQuery: number) =>
    machine.scope(() => {
      const scores = machine.store(draw(seed, size, rows * columns), rows, columns);
      const before = machine.values(scores).slice();
      machine.softmaxCausal(scores, firstQuery);
      for (let row = 0; row < rows; row++) {
        const seen = before.subarray(
          row * columns,
          Math.min(row * columns + firstQuery + row + 1, (row + 1) * columns),
        );
        const highest = Math.max(...seen);
        const total = seen.reduce((sum, score) => sum + Math.exp(score - highest), 0);
        const result = machine.values(scores).subarray(row * columns, (row + 1) * columns);
        result.forEach((value, column) => {
          if (column >= seen.length) return expect(value).toBe(0);
          const distance = (seen[column] as number) - highest;
          const reference = Math.exp(distance) / total;
          // exp, the reciprocal and the product round; so does the distance, which exp turns into a relative error.
          const relative = (6 + Math.abs(distance)) * ROUNDING;
          return expectWithin(value, reference, relative * reference + 2e-28);
        });
        const whole = result.reduce((sum, value) => sum + value, 0);
        expectWithin(whole, 1, 3 * ROUNDING); // the reciprocal rounds, and each product
      }
    });
  fc.assert(fc.property(fc.nat(), magnitude, extent, extent, fc.nat(40), accurate), runs);
});

test("exp, as softmax uses it: within 2 units in the last place down to e^-64, and 0 below", () => {
  machine.scope(() => {
    const scores = machine.allocate(1, 2);
    const powerOf = (x: number): number => {
      machine.values(scores).set([0, x]);
      machine.softmaxCausal(scores, 1);
      const [one, power] = machine.values(scores) as unknown as [number, number];
      return power / one; // the scaling of both adds at most 2 more roundings
    };
    for (let step = 0; step <= 64_000; step++) {
      const x = Math.fround(-step / 1000);
      expectWithin(powerOf(x), Math.exp(x), 4 * ROUNDING * Math.exp(x));
    }
    for (const x of [-64.01, -87, -1e5, -Infinity]) expect(powerOf(x)).toBe(0);
  });
});

/** Values from -20 to 20, and what the activation makes of them. */
function curve(activation: Activation): [x: number, y: number][] {
  const count = 40_001;
  const xs = Float32Array.from({ length: count }, (_, index) => (index / (count - 1)) * 40 - 20);
  return machine.scope(() => {
    const tensor: Tensor = machine.store(xs, count);
    machine.activate(tensor, activation);
    return Array.from(machine.values(tensor), (y, index) => [xs[index] as number, y]);
  });
}

test("geluNew: within 2e-7 of the larger of 1 and |x|", () => {
  for (const [x, y] of curve("gelu_new")) {
    const u = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
    expectWithin(y, 0.5 * x * (1 + Math.tanh(u)), 2e-7 * Math.max(1, Math.abs(x)));
  }
});

test("gelu: within 2e-7 of the larger of 1 and |x|", () => {
  for (const [x, y] of curve("gelu")) {
    expectWithin(y, 0.5 * x * (1 + errorFunction(x / Math.SQRT2)), 2e-7 * Math.max(1, Math.abs(x)));
  }
});

test("relu: the positive part", () => {
  for (const [x, y] of curve("relu")) expect(y).toBe(x > 0 ? x : 0);
});

/** erf in 64 bits: its Maclaurin series up to 2.5, beyond it the continued fraction of erfc (DLMF 7.6.1 and 7.9.4). */
function errorFunction(x: number): number {
  const z = Math.abs(x);
  if (z > 2.5) {
    let fraction = 0;
    for (let k = 80; k >= 1; k--) fraction = k / 2 / (z + fraction);
    return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction));
  }
  let power = z;
  let sum = z;
  for (let n = 1; n < 60; n++) {
    power *= (-z * z) / n;
    sum += power / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
}
