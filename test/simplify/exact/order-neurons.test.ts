import { describe, expect, it } from "vitest";
import { lift, mapParts, verify, type DensePartNode, type Program } from "../../../src/ir/index.ts";
import { orderNeurons } from "../../../src/simplify/exact/order-neurons.ts";
import { randomLiftSource } from "../../ir/random-model.ts";
import { LOGIT_TOLERANCE, movedLogits } from "./shared.ts";

const ORDER = [3, 0, 4, 1, 2];

describe("orderNeurons", () => {
  const lifted = lift(randomLiftSource(1, { layers: 1, inner: 5 }));
  const shuffled = withShuffledNeurons(lifted);

  it("has nothing to do on a lifted program", () => {
    expect(orderNeurons.apply(lifted)).toBe(lifted);
  });

  it("puts shuffled neurons back, with their weights", () => {
    const after = orderNeurons.apply(shuffled);
    verify(after, "order-neurons");
    for (const name of lifted.tensors.names) expect(after.tensors.get({ name })).toEqual(lifted.tensors.get({ name }));
    expect(densePart(after).neurons).toEqual([0, 1, 2, 3, 4]);
    expect(orderNeurons.removed(shuffled, after)).toContain("neurons of 1 dense part back");
  });

  it("leaves the logits of shuffled neurons where they are", () => {
    expect(movedLogits(shuffled, orderNeurons.apply(shuffled))).toBeLessThan(LOGIT_TOLERANCE);
  });
});

function densePart(program: Program): DensePartNode {
  const part = program.blocks[0]?.mlp.parts.find(({ kind }) => kind === "densePart");
  if (part?.kind !== "densePart") throw new Error("The program has no dense part.");
  return part;
}

function withShuffledNeurons(program: Program): Program {
  const { input, bias, output } = densePart(program);
  const values = (handle: typeof input): Float32Array => program.tensors.get(handle);
  const { width } = program;
  const tensors = program.tensors.with([
    [input.name, values(input).map((_, i) => values(input)[i - (i % 5) + (ORDER[i % 5] as number)] as number)],
    [bias.name, values(bias).map((_, i) => values(bias)[ORDER[i] as number] as number)],
    [
      output.name,
      values(output).map(
        (_, i) => values(output)[(ORDER[Math.floor(i / width)] as number) * width + (i % width)] as number,
      ),
    ],
  ]);
  const renumbered = mapParts(program, (part) => (part.kind === "densePart" ? { ...part, neurons: ORDER } : part));
  return { ...renumbered, tensors };
}
