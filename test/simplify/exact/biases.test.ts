import { describe, expect, it } from "vitest";
import { lift, nodesOf, rewrite, without, type Program } from "../../../src/ir/index.ts";
import { dropKeyBiases } from "../../../src/simplify/exact/drop-key-biases.ts";
import { moveValueBiases } from "../../../src/simplify/exact/move-value-biases.ts";
import { randomLiftSource } from "../../ir/random-model.ts";

const stored = (program: Program, last: string): string[] =>
  program.tensors.names.filter((name) => name.endsWith(`.${last}`));

describe("dropKeyBiases", () => {
  it("leaves no key bias, neither on a head nor in the store", () => {
    const before = lift(randomLiftSource(1));
    const after = dropKeyBiases.apply(before);
    expect(stored(before, "keyBias")).toHaveLength(4);
    expect(stored(after, "keyBias")).toEqual([]);
    expect(nodesOf(after).some((node) => node.kind === "denseLook" && node.keyBias)).toBe(false);
  });
});

describe("moveValueBiases", () => {
  it("leaves no value bias, neither on a head nor in the store", () => {
    const after = moveValueBiases.apply(lift(randomLiftSource(1)));
    expect(stored(after, "valueBias")).toEqual([]);
    expect(nodesOf(after).some((node) => node.kind === "denseMove" && node.valueBias)).toBe(false);
  });

  it("adds to the attention's bias what every head writes everywhere", () => {
    const before = lift(randomLiftSource(1, { heads: 1, layers: 1, width: 2 }));
    const bias = (program: Program): number[] => [...program.tensors.get({ name: "block00.attention.bias" })];
    const [v0, v1] = [...before.tensors.get({ name: "block00.head00.valueBias" })] as [number, number];
    const [w00, w01, w10, w11] = [...before.tensors.get({ name: "block00.head00.output" })] as [
      number,
      number,
      number,
      number,
    ];
    const [b0, b1] = bias(before) as [number, number];
    const [moved0, moved1] = bias(moveValueBiases.apply(before)) as [number, number];
    expect(moved0).toBeCloseTo(b0 + v0 * w00 + v1 * w10, 5);
    expect(moved1).toBeCloseTo(b1 + v0 * w01 + v1 * w11, 5);
  });

  it("makes the attention's bias where there is none", () => {
    const program = lift(randomLiftSource(1, { layers: 1 }));
    const bare = rewrite(program, { attention: (node) => without(node, "bias") });
    const [block] = moveValueBiases.apply(bare).blocks;
    expect(block?.attention.bias?.name).toBe("block00.attention.bias");
    expect(block?.attention.bias?.origin.tensors).toEqual(["h.0.attn.c_attn.bias", "h.0.attn.c_proj.weight"]);
  });
});
