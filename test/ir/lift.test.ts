import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/engine/instantiate.ts";
import { handlesOf, lift, nodesOf, verify, type LiftConfig, type LiftSource } from "../../src/ir/index.ts";
import { createPlainMachine, read, scoresOf, startReading } from "../../src/runtime/index.ts";
import { randomLiftSource, randomTokens } from "./random-model.ts";
import { referenceLogits } from "./reference.ts";
import { largestDifference, logitsOf } from "./run.ts";

const CASES: readonly (readonly [string, Partial<LiftConfig>])[] = [
  ["a tied head", {}],
  ["an untied head", { tied: false }],
  ["one head", { heads: 1, width: 6 }],
  ["odd widths", { heads: 3, width: 15, inner: 7 }],
  ["scores scaled by layer", { scaleByLayer: true, layers: 3 }],
  ["unscaled scores", { scaleByHeadWidth: false }],
  ["rectified neurons", { activation: "relu" }],
  ["exact gelu", { activation: "gelu" }],
  ["no layers", { layers: 0 }],
];

describe("lift", () => {
  it.each(CASES)("computes the model's logits with %s", (_, options) => {
    const source = randomLiftSource(1, options);
    const tokens = randomTokens(2, 10, source.config.vocabulary);
    // Both sum at most a few dozen products of order one: 1e-4 leaves room for 32 bits alone.
    expect(largestDifference(logitsOf(lift(source), tokens), referenceLogits(source, tokens))).toBeLessThan(1e-4);
  });

  it.each(CASES)("makes a well-formed program with %s", (_, options) => {
    expect(() => verify(lift(randomLiftSource(1, options)), "lift")).not.toThrow();
  });

  it("computes the same logits when key and value biases are remembered from an earlier piece of the text", () => {
    const program = lift(randomLiftSource(1));
    const tokens = randomTokens(2, 10, program.vocabulary);
    const machine = createPlainMachine();
    const model = instantiate(machine, program);
    const reading = startReading(machine, model, tokens.length);
    const pieces = [tokens.slice(0, 6), tokens.slice(6)].flatMap((piece) => {
      const rows = read(machine, model, reading, piece);
      return Array.from(machine.values(scoresOf(machine, model, rows)));
    });
    expect(largestDifference(pieces, logitsOf(program, tokens))).toBeLessThan(1e-6);
  });

  it("says of every tensor which part of which tensor it is", () => {
    const program = lift(randomLiftSource(1, { width: 8, heads: 2 }));
    const origins = new Map(handlesOf(program).map(({ name, origin }) => [name, origin]));
    expect(origins.get("block01.head01.key")).toEqual({
      tensors: ["h.1.attn.c_attn.weight"],
      slice: "columns 12-15",
      passes: ["split-heads"],
    });
    expect(origins.get("block01.head01.query")?.passes).toEqual(["split-heads", "fold-score-scale"]);
    expect(origins.get("block00.mlp.input")).toEqual({ tensors: ["h.0.mlp.c_fc.weight"], passes: [] });
  });

  it("uses every tensor of the model", () => {
    const source = randomLiftSource(1, { tied: false });
    const used = new Set(
      nodesOf(lift(source)).flatMap(({ kind, origin }) => (kind === "program" ? [] : origin.tensors)),
    );
    expect([...source.tensors.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  it("names the embedding and a tied head by one handle", () => {
    const tied = lift(randomLiftSource(1));
    expect(tied.unembed.tokens).toBe(tied.embed.tokens);
    expect(lift(randomLiftSource(1, { tied: false })).unembed.tokens.name).toBe("unembed.tokens");
  });

  it("refuses a tensor that is missing or has another shape than the config says", () => {
    const source = randomLiftSource(1);
    const withoutBias = new Map([...source.tensors].filter(([name]) => name !== "h.1.ln_2.bias"));
    const missing: LiftSource = { ...source, tensors: withoutBias };
    expect(() => lift(missing)).toThrow("The model has no tensor named h.1.ln_2.bias.");
    const wider: LiftSource = { ...source, config: { ...source.config, inner: 13 } };
    expect(() => lift(wider)).toThrow("h.0.mlp.c_fc.weight has shape (8, 12) where (8, 13) is needed.");
  });
});
