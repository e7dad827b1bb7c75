import { describe, expect, test } from "vitest";
import { quantised, quantisedBits } from "../../src/score/quantisation.ts";
import { seededNormal } from "../ir/random-model.ts";

const normal = seededNormal(1);
const matrix = { shape: [64, 128], values: Float32Array.from({ length: 64 * 128 }, () => normal()) };
const COUNT = matrix.values.length;

describe("quantised", () => {
  test("moves no value by more than half a step of its row", () => {
    const rounded = quantised(matrix, 10.5);
    for (let row = 0; row < 64; row++) {
      const values = matrix.values.subarray(row * 128, (row + 1) * 128);
      const step = Math.max(...values.map(Math.abs)) / 10.5;
      values.forEach((value, column) => {
        expect(Math.abs(value - rounded[row * 128 + column]!)).toBeLessThanOrEqual(step / 2 + 1e-6);
      });
    }
  });

  test("leaves rows of zeros at zero", () => {
    expect(quantised({ shape: [1, 3], values: new Float32Array(3) }, 7)).toEqual(new Float32Array(3));
  });
});

describe("quantisedBits", () => {
  test("costs a bit more a value for twice the levels", () => {
    const bits = [16, 32, 64, 1024, 2048].map((levels) => quantisedBits(matrix, levels) / COUNT);
    expect(bits[1]! - bits[0]!).toBeCloseTo(1, 1);
    expect(bits[4]! - bits[3]!).toBeCloseTo(1, 1);
  });

  test("comes within a tenth of a bit of the entropy of a normal distribution", () => {
    const wide = { shape: [1, COUNT], values: matrix.values };
    const largest = Math.max(...matrix.values.map(Math.abs));
    const levels = 200;
    const entropy = Math.log2(Math.sqrt(2 * Math.PI * Math.E)) - Math.log2(largest / levels);
    expect(Math.abs(quantisedBits(wide, levels) / COUNT - entropy)).toBeLessThan(0.1);
  });

  test("does not call a small tensor cheaper a value than a large one", () => {
    const small = { shape: [4, 128], values: matrix.values.subarray(0, 512) };
    const difference = quantisedBits(small, 2 ** 15) / 512 - quantisedBits(matrix, 2 ** 15) / COUNT;
    expect(Math.abs(difference)).toBeLessThan(0.1);
  });

  test("keeps vectors at 16 bits a value, so that a table cannot hide as one", () => {
    expect(quantisedBits({ shape: [COUNT], values: matrix.values }, 8)).toBe(16 * COUNT);
  });

  test("costs a partition as many bits a token as its largest group needs, and no fewer for one number that is not whole", () => {
    const groups = Float32Array.from({ length: 100 }, (_, token) => token % 12);
    expect(quantisedBits({ shape: [100], values: groups }, 8)).toBe(4 * 100);
    expect(quantisedBits({ shape: [100], values: groups.map((group) => group - 1) }, 8)).toBe(16 * 100);
    groups[3] = 0.5;
    expect(quantisedBits({ shape: [100], values: groups }, 8)).toBe(16 * 100);
    expect(quantisedBits({ shape: [2], values: Float32Array.of(0, 2 ** 20) }, 8)).toBe(16 * 2);
  });
});
