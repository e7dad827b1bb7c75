import { describe, expect, it } from "vitest";
import { lift, nodesOf } from "../../../src/ir/index.ts";
import { foldNorms } from "../../../src/simplify/exact/fold-norms.ts";
import { randomLiftSource } from "../../ir/random-model.ts";

const gained = (program: Parameters<typeof nodesOf>[0]): string[] =>
  nodesOf(program).flatMap((node) => (node.kind === "norm" && (node.gain ?? node.bias) ? [node.id] : []));

describe("foldNorms", () => {
  it("leaves no norm with a gain or a bias where the head is not tied", () => {
    expect(gained(foldNorms.apply(lift(randomLiftSource(1, { tied: false }))))).toEqual([]);
  });

  it("leaves those of the final norm alone where the head is tied, and says so", () => {
    const before = lift(randomLiftSource(1));
    const after = foldNorms.apply(before);
    expect(gained(after)).toEqual(["finalNorm"]);
    expect(after.unembed.tokens).toBe(after.embed.tokens);
    expect(foldNorms.removed(before, after)).toContain("the final norm keeps its own");
  });

  it("drops the folded gains and biases from the store", () => {
    const after = foldNorms.apply(lift(randomLiftSource(1, { tied: false })));
    expect(after.tensors.names.filter((name) => name.includes("norm"))).toEqual([]);
  });

  it("makes no bias of the unembedding out of a final norm without a bias", () => {
    const source = randomLiftSource(1, { tied: false });
    const tensors = new Map(source.tensors).set("ln_f.bias", { shape: [8], values: new Float32Array(8) });
    const after = foldNorms.apply(lift({ ...source, tensors }));
    expect(after.unembed.bias).toBeUndefined();
  });

  it("adds the norm's tensors to the origin of what it folds them into", () => {
    const [block] = foldNorms.apply(lift(randomLiftSource(1))).blocks;
    const [look] = block?.attention.heads[0]?.looks ?? [];
    expect(look?.kind === "denseLook" && look.key.origin).toEqual({
      tensors: ["h.0.attn.c_attn.weight", "h.0.ln_1.weight"],
      slice: "columns 8-11",
      passes: ["split-heads", "fold-norms"],
    });
  });
});
