import { describe, expect, it } from "vitest";
import { verify, type Program } from "../../../src/ir/index.ts";
import { canonicalise, exactPasses } from "../../../src/simplify/exact/index.ts";
import { LOGIT_TOLERANCE, MODELS, movedLogits, tokenTexts } from "./shared.ts";

const passNames = exactPasses([]).map(({ name }) => name);

describe.each(MODELS)("the exact passes on a model that is %s", (_, program) => {
  const passes = exactPasses(tokenTexts(program.vocabulary));

  it.each(passes)("$name leaves the logits of a lifted program where they are", (pass) => {
    const after = pass.apply(program);
    verify(after, pass.name);
    expect(movedLogits(program, after)).toBeLessThan(LOGIT_TOLERANCE);
  });

  it.each(passes)("$name finds nothing to do the second time, and returns the very same program", (pass) => {
    const once = pass.apply(program);
    expect(pass.apply(once)).toBe(once);
  });

  it("leave the logits where they are when all run, and have nothing left to do", () => {
    const { program: after } = canonicalise(program, tokenTexts(program.vocabulary));
    expect(movedLogits(program, after)).toBeLessThan(LOGIT_TOLERANCE);
    for (const pass of passes) expect(pass.apply(after)).toBe(after);
  });

  it("do not change the program that they are given", () => {
    const before = snapshot(program);
    canonicalise(program, tokenTexts(program.vocabulary));
    expect(snapshot(program)).toEqual(before);
  });
});

describe("the ledger of the exact passes", () => {
  it("has one numbered line for the splitting of heads and for every pass", () => {
    const [[, program]] = MODELS as [(typeof MODELS)[0]];
    const { ledger } = canonicalise(program, tokenTexts(program.vocabulary));
    expect(ledger.map(({ step }) => step)).toEqual(ledger.map((_, index) => index + 1));
    expect(ledger.map(({ pass }) => pass)).toEqual(["split-heads", ...passNames]);
    expect(ledger.every(({ action, site }) => action === "exact" && site === "model")).toBe(true);
  });

  it("says in a sentence what each pass removed", () => {
    const [[, program]] = MODELS as [(typeof MODELS)[0]];
    const { ledger } = canonicalise(program, tokenTexts(program.vocabulary));
    expect(ledger.map(({ pass, reason }) => `${pass}: ${reason}`)).toMatchInlineSnapshot(`
      [
        "split-heads: Split the joint attention matrices of 2 layers into 4 heads and folded the scale of the scores into the query weights.",
        "fold-norms: Folded gain and bias of 4 layer norms into the matrices that read them, which removes 64 numbers; the final norm keeps its own, because the head is tied and folding would double the token matrix.",
        "drop-key-biases: Dropped the key biases of 4 heads, which removes 16 numbers: they move all scores of a query alike, and a softmax ignores that.",
        "move-value-biases: Moved the value biases of 4 heads into the bias of their attention, which removes 16 numbers: the rows of a pattern sum to one, so that they write the same everywhere.",
        "centre-writes: Removed the mean over the width from the rows of 11 tensors that write to the residual stream: every reader is a layer norm, which ignores it; token embeddings keep theirs, because the tied head reads it.",
        "order-neurons: The neurons of 2 dense parts stand in the original model's order, the only one that stays when weights change a little.",
        "name-token-sets: Named 12 sets of tokens, from 31 patterns over their decoded text; nothing is removed.",
        "expand-paths: Wrote the scores of 4 heads as sums of 90 terms, and what they move, what the MLPs read and what the unembedding reads as sums over their sources; no term is dropped.",
      ]
    `);
  });

  it("says that there was nothing to do when the passes run again", () => {
    const [[, program]] = MODELS as [(typeof MODELS)[0]];
    const texts = tokenTexts(program.vocabulary);
    const { ledger } = canonicalise(canonicalise(program, texts).program, texts);
    expect(ledger.slice(1).map(({ reason }) => reason)).toMatchInlineSnapshot(`
      [
        "No gain or bias of a layer norm can be folded; the final norm keeps its own, because the head is tied and folding would double the token matrix.",
        "No key has a bias.",
        "No value has a bias.",
        "Every write to the residual stream is centred already.",
        "The neurons of 2 dense parts stand in the original model's order, the only one that stays when weights change a little.",
        "No further tokens can be named: 12 sets stand.",
        "Every path is written out.",
      ]
    `);
  });
});

/** Everything that a pass could change in place. */
function snapshot(program: Program): unknown {
  const values = program.tensors.names.map((name) => [name, [...program.tensors.get({ name })]]);
  return structuredClone({ values, tree: { ...program, tensors: undefined } });
}
