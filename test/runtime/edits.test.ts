import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/engine/index.ts";
import { lift } from "../../src/ir/index.ts";
import {
  applyEdits,
  createPlainMachine,
  createProgram,
  createTokenizer,
  kernel,
  prefer,
  replaceLooks,
  silence,
  type Edit,
} from "../../src/runtime/index.ts";
import { randomLiftSource } from "../ir/random-model.ts";

const machine = createPlainMachine();
const model = instantiate(machine, lift(randomLiftSource(3)));
const block = model.blocks[0];
const head = block?.attention.heads[1];
if (!block || !head) throw new Error("The random model has a block with two heads.");
const tokenizer = createTokenizer({ kind: "words", words: Array.from({ length: 20 }, (_, id) => `w${id}`) });
const ids = [3, 1, 4, 1, 5, 9];

const logits = (...edits: Edit[]): number[] =>
  createProgram(machine, applyEdits(model, edits), tokenizer)
    .logits(ids)
    .flatMap((row) => [...row]);

describe("edits", () => {
  it("leave the model as it was when there are none", () => {
    expect(applyEdits(model, [])).toBe(model);
  });

  it("silence a head: as if it wrote nothing", () => {
    const silent = { ...head, moves: { kind: "constant", vector: machine.store(new Float32Array(8), 8) } } as const;
    const heads = block.attention.heads.map((own) => (own === head ? silent : own));
    const byHand = {
      ...model,
      blocks: [{ ...block, attention: { ...block.attention, heads } }, ...model.blocks.slice(1)],
    };
    expect(logits(silence(head))).toEqual(logits(() => byHand));
    expect(logits(silence(head))).not.toEqual(logits());
  });

  it("silence an MLP, or all of its parts one by one, with the same effect", () => {
    expect(logits(silence(block.mlp))).toEqual(logits(...block.mlp.parts.map(silence)));
    expect(logits(silence(block.mlp))).not.toEqual(logits());
  });

  it("let a head look elsewhere", () => {
    const even = applyEdits(model, [replaceLooks(head, [])]);
    expect(even.blocks[0]?.attention.heads[1]).toEqual({ ...head, looks: [] });
    expect(even.blocks[0]?.attention.heads[0]).toBe(block.attention.heads[0]);
    // The same score for every distance is even attention.
    expect(logits(replaceLooks(head, [kernel([[0, 1.5]])]))).toEqual(logits(replaceLooks(head, [])));
  });

  it("prefer tokens: their scores rise by the bonus and no others change", () => {
    const before = logits();
    const after = logits(prefer(machine, [7, 7, 11], 2), prefer(machine, [11], -1));
    after.forEach((score, index) => {
      const bonus = index % 20 === 7 ? 2 : index % 20 === 11 ? 1 : 0;
      // One rounding to 32 bits of scores below 8.
      expect(score - (before[index] as number)).toBeCloseTo(bonus, 6);
    });
  });

  it("keep the model that they were given", () => {
    const before = logits();
    logits(silence(head), prefer(machine, [1], 5));
    expect(logits()).toEqual(before);
  });

  it("refuse parts that the model no longer has, looks of constants, and unknown tokens", () => {
    expect(() => logits(silence(head), replaceLooks(head, []))).toThrow(/an earlier edit took or changed it/u);
    const constant = { looks: [], moves: { kind: "constant", vector: machine.store([1], 1) } } as const;
    expect(() => replaceLooks(constant, [])).toThrow(/the same everywhere/u);
    expect(() => logits(prefer(machine, [20], 1))).toThrow("Token 20 is not in the vocabulary of 20.");
    expect(() => logits(prefer(machine, [-1], 1))).toThrow(RangeError);
  });
});
