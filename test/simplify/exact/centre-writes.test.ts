import { describe, expect, it } from "vitest";
import { lift, type Program } from "../../../src/ir/index.ts";
import { centreWrites } from "../../../src/simplify/exact/centre-writes.ts";
import { randomLiftSource } from "../../ir/random-model.ts";

const WRITES = /^(positions|.*\.(output|attention\.bias|mlp\.bias))$/;

describe("centreWrites", () => {
  it("leaves no mean over the width in any row that is written to the stream", () => {
    const program = centreWrites.apply(lift(randomLiftSource(1)));
    for (const name of program.tensors.names.filter((name) => WRITES.test(name))) {
      expect(largestMean(program, name)).toBeLessThan(1e-7);
    }
  });

  it("centres token embeddings where the head is not tied, and no directions of the unembedding", () => {
    const before = lift(randomLiftSource(1, { tied: false }));
    const after = centreWrites.apply(before);
    expect(largestMean(after, "tokens")).toBeLessThan(1e-7);
    expect(after.unembed).toBe(before.unembed);
  });

  it("leaves the token embeddings alone where the tied head reads their mean, and says so", () => {
    const before = lift(randomLiftSource(1));
    const after = centreWrites.apply(before);
    expect(after.tensors.get(after.embed.tokens)).toBe(before.tensors.get(before.embed.tokens));
    expect(centreWrites.removed(before, after)).toContain("token embeddings keep theirs");
  });
});

/** The largest absolute mean of a row. */
function largestMean(program: Program, name: string): number {
  const values = program.tensors.get({ name });
  const means = Array.from({ length: values.length / program.width }, (_, row) => {
    const entries = values.subarray(row * program.width, (row + 1) * program.width);
    return entries.reduce((sum, value) => sum + value, 0) / program.width;
  });
  return Math.max(...means.map(Math.abs));
}
