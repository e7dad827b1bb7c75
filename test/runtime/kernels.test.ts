import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/engine/random.ts";
import {
  createMachine,
  createPlainMachine,
  rowRange,
  type Activation,
  type Machine,
  type Tensor,
} from "../../src/runtime/index.ts";

const wasm = createMachine(readFileSync(new URL("../../dist/kernels.wasm", import.meta.url)));
const plain = createPlainMachine();

const runs = { seed: 2026, numRuns: 150 };

const EXTREMES = [0, -0, 1, 100, -100, 1e30, -1e30, 1e-40, Infinity, -Infinity, NaN];

/** Numbers as models hold them; `extremes` mixes in what may go wrong. */
interface Numbers {
  readonly seed: number;
  readonly magnitude: number;
  readonly extremes: boolean;
}

const numbers: fc.Arbitrary<Numbers> = fc.record({
  seed: fc.nat(),
  magnitude: fc.constantFrom(1e-3, 1, 10, 100),
  extremes: fc.boolean(),
});

function draw({ seed, magnitude, extremes }: Numbers, count: number, stream: number): Float32Array {
  const random = createRandom(seed, stream);
  return Float32Array.from({ length: count }, () => {
    if (extremes && random() < 0.02) return EXTREMES[Math.floor(random() * EXTREMES.length)] as number;
    return (random() * 2 - 1) * magnitude;
  });
}

/** Sizes around the multiples of 4 and 8 that vectors and tiles have. */
const extent = fc.integer({ min: 0, max: 37 });
/** Sizes around the blocks of 256 x 64 that a matrix product works in, too. */
const inner = fc.oneof(extent, fc.constantFrom(255, 256, 257, 300, 513));
const columnsOfProduct = fc.oneof(extent, fc.constantFrom(63, 64, 65, 130));

/** A kernel on a matrix in place; further matrices of the same size, or their first rows, are its other inputs. */
type InPlace = (machine: Machine, x: Tensor, y: Tensor, z: Tensor) => void;

const activate =
  (activation: Activation): InPlace =>
  (machine, x) =>
    machine.activate(x, activation);

const inPlace: Record<string, InPlace> = {
  addRow: (machine, x, y) => machine.addRow(x, rowRange(y, 0, 1)),
  add: (machine, x, y) => machine.add(x, y),
  normalise: (machine, x, y) => machine.normalise(y, x, 1e-5),
  gainAndBias: (machine, x, y, z) => machine.gainAndBias(x, rowRange(y, 0, 1), rowRange(z, 0, 1)),
  softmaxCausal: (machine, x) => machine.softmaxCausal(x, 3),
  geluNew: activate("gelu_new"),
  gelu: activate("gelu"),
  relu: activate("relu"),
};

/**
 * Runs a kernel on the rows of a larger matrix, from row 1 on: what lies around them must stay as it was,
 * and they start at any multiple of 4 bytes.
 */
function computed(machine: Machine, work: InPlace, values: Numbers, rows: number, columns: number): Float32Array {
  return machine.scope(() => {
    const [x, y, z] = [0, 1, 2].map((stream) =>
      machine.store(draw(values, (rows + 2) * columns, stream), rows + 2, columns),
    ) as [Tensor, Tensor, Tensor];
    work(machine, rowRange(x, 1, rows), rowRange(y, 1, rows), z);
    return machine.values(x).slice();
  });
}

function product(machine: Machine, values: Numbers, rows: number, depth: number, columns: number, accumulate: boolean) {
  return machine.scope(() => {
    const a = machine.store(draw(values, rows * depth, 0), rows, depth);
    const b = machine.store(draw(values, depth * columns, 1), depth, columns);
    const out = machine.store(draw(values, (rows + 2) * columns, 2), rows + 2, columns);
    machine.matmul(a, b, rowRange(out, 1, rows), accumulate);
    return { a: machine.values(a).slice(), b: machine.values(b).slice(), out: machine.values(out).slice() };
  });
}

/** The bits, with one pattern for every not-a-number: the standards leave open which of them an operation returns. */
function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.map((value) => (Number.isNaN(value) ? NaN : value)).buffer);
}

describe("WebAssembly and the plain loops agree bit for bit on", () => {
  test("matmul", () => {
    const agrees = (values: Numbers, rows: number, depth: number, columns: number, accumulate: boolean) => {
      const fast = product(wasm, values, rows, depth, columns, accumulate).out;
      expect(bits(fast)).toEqual(bits(product(plain, values, rows, depth, columns, accumulate).out));
    };
    fc.assert(fc.property(numbers, extent, inner, columnsOfProduct, fc.boolean(), agrees), runs);
  });

  test("transpose", () => {
    const agrees = (values: Numbers, rows: number, columns: number) => {
      const [fast, slow] = [wasm, plain].map((machine) =>
        machine.scope(() => {
          const a = machine.store(draw(values, rows * columns, 0), rows, columns);
          return bits(machine.values(machine.transposed(a)));
        }),
      );
      expect(fast).toEqual(slow);
    };
    fc.assert(fc.property(numbers, extent, extent, agrees), runs);
  });

  test.each(Object.entries(inPlace))("%s", (_, work) => {
    const agrees = (values: Numbers, rows: number, columns: number) => {
      const fast = computed(wasm, work, values, rows, columns);
      expect(bits(fast)).toEqual(bits(computed(plain, work, values, rows, columns)));
    };
    fc.assert(fc.property(numbers, extent, extent, agrees), runs);
  });
});

describe("a kernel", () => {
  test.each(Object.entries(inPlace))("leaves what lies around its output alone: %s", (_, work) => {
    const untouched = (values: Numbers, rows: number, columns: number) => {
      const before = bits(draw(values, (rows + 2) * columns, 0));
      const after = bits(computed(wasm, work, values, rows, columns));
      expect(after.slice(0, columns)).toEqual(before.slice(0, columns));
      expect(after.slice((rows + 1) * columns)).toEqual(before.slice((rows + 1) * columns));
    };
    fc.assert(fc.property(numbers, extent, extent, untouched), runs);
  });

  test("leaves what lies around its output alone: matmul", () => {
    const untouched = (values: Numbers, rows: number, depth: number, columns: number) => {
      const before = bits(draw(values, (rows + 2) * columns, 2));
      const after = bits(product(wasm, values, rows, depth, columns, false).out);
      expect(after.slice(0, columns)).toEqual(before.slice(0, columns));
      expect(after.slice((rows + 1) * columns)).toEqual(before.slice((rows + 1) * columns));
    };
    fc.assert(fc.property(numbers, extent, inner, columnsOfProduct, untouched), runs);
  });
});

test("a row of a matrix product does not depend on how many rows are computed with it", () => {
  const independent = (values: Numbers, rows: number, depth: number, columns: number) =>
    wasm.scope(() => {
      const a = wasm.store(draw(values, rows * depth, 0), rows, depth);
      const b = wasm.store(draw(values, depth * columns, 1), depth, columns);
      const together = wasm.allocate(rows, columns);
      const alone = wasm.allocate(rows, columns);
      wasm.matmul(a, b, together);
      for (let row = 0; row < rows; row++) wasm.matmul(rowRange(a, row, 1), b, rowRange(alone, row, 1));
      expect(bits(wasm.values(alone))).toEqual(bits(wasm.values(together)));
    });
  fc.assert(fc.property(numbers, extent, inner, columnsOfProduct, independent), runs);
});

test("a product over an inner dimension cut in two is the same as over the whole", () => {
  const independent = (values: Numbers, rows: number, first: number, second: number) =>
    wasm.scope(() => {
      const columns = 19;
      const left = wasm.store(draw(values, rows * first, 0), rows, first);
      const right = wasm.store(draw(values, rows * second, 1), rows, second);
      const b = wasm.store(draw(values, (first + second) * columns, 2), first + second, columns);
      const joined = wasm.allocate(rows, first + second);
      for (let row = 0; row < rows; row++) {
        const target = wasm.values(rowRange(joined, row, 1));
        target.set(wasm.values(rowRange(left, row, 1)));
        target.set(wasm.values(rowRange(right, row, 1)), first);
      }
      const [whole, parts] = [wasm.allocate(rows, columns), wasm.allocate(rows, columns)];
      wasm.matmul(joined, b, whole);
      wasm.matmul(left, rowRange(b, 0, first), parts);
      wasm.matmul(right, rowRange(b, first, second), parts, true);
      expect(bits(wasm.values(parts))).toEqual(bits(wasm.values(whole)));
    });
  fc.assert(fc.property(numbers, extent, extent, extent, independent), runs);
});

test("memory grows past what the module starts with, and keeps what was stored", () => {
  wasm.scope(() => {
    const small = wasm.store([1, 2, 3, 4], 4);
    const large = wasm.allocate(1024, 4096); // 16 MiB
    wasm.values(large).fill(7);
    wasm.add(small, { offset: rowRange(large, 1023, 1).offset, shape: [4] });
    expect(Array.from(wasm.values(small))).toEqual([8, 9, 10, 11]);
  });
});
