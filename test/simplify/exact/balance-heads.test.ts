import { describe, expect, it } from "vitest";
import { mapHeads, verify, type Program } from "../../../src/ir/index.ts";
import { balanceHeads } from "../../../src/simplify/exact/balance-heads.ts";
import { MODELS, movedLogits } from "./shared.ts";

describe.each(MODELS)("balancing the heads of a model that is %s", (_, program) => {
  const uneven = unbalanced(program);

  it("changes no bit of a logit", () => {
    const after = balanceHeads(uneven);
    verify(after, "balance-heads");
    expect(movedLogits(uneven, after)).toBe(0);
  });

  it("brings both sides of every column within a factor of two of each other", () => {
    const ratios = ratiosOf(balanceHeads(uneven));
    expect(Math.max(...ratiosOf(uneven))).toBeGreaterThan(100);
    for (const ratio of ratios) expect(Math.abs(Math.log2(ratio))).toBeLessThan(1.001);
  });

  it("leaves columns of nothing as they are", () => {
    const { tensors } = uneven;
    const nothing = tensors.with(
      uneven.blocks[0]?.attention.heads.flatMap(({ moves }) =>
        moves.kind === "denseMove" ? [[moves.value.name, tensors.get(moves.value).map(() => 0)] as const] : [],
      ) ?? [],
    );
    const after = balanceHeads({ ...uneven, tensors: nothing });
    expect(movedLogits({ ...uneven, tensors: nothing }, after)).toBe(0);
  });
});

/** Each column of queries and of values by another power of two, and the other side by its inverse. */
function unbalanced(program: Program): Program {
  const values = new Map<string, Float32Array>();
  const scale = (handle: { readonly name: string }, exponentAt: (index: number) => number): void => {
    const scaled = program.tensors.get(handle).map((value, index) => value * 2 ** exponentAt(index));
    values.set(handle.name, scaled);
  };
  mapHeads(program, (head) => {
    for (const look of head.looks) {
      if (look.kind !== "denseLook") continue;
      const size = look.query.shape[1] as number;
      scale(look.query, (index) => 4 * (index % size));
      scale(look.queryBias, (index) => 4 * (index % size));
      scale(look.key, (index) => -4 * (index % size));
      if (look.keyBias) scale(look.keyBias, (index) => -4 * (index % size));
    }
    if (head.moves.kind !== "denseMove") return head;
    const { value, valueBias, output } = head.moves;
    const [size, width] = [value.shape[1], output.shape[1]] as [number, number];
    scale(value, (index) => -5 * (index % size));
    if (valueBias) scale(valueBias, (index) => -5 * (index % size));
    scale(output, (index) => 5 * Math.floor(index / width));
    return head;
  });
  return { ...program, tensors: program.tensors.with(values) };
}

/** Norms of each column's output weights over those of its values, and of its keys over those of its queries. */
function ratiosOf(program: Program): number[] {
  const ratios: number[] = [];
  const norms = (handle: { readonly name: string }, count: number, of: (index: number) => number): number[] => {
    const sums = Array.from({ length: count }, () => 0);
    program.tensors.get(handle).forEach((value, index) => (sums[of(index)] = (sums[of(index)] ?? 0) + value * value));
    return sums.map(Math.sqrt);
  };
  mapHeads(program, (head) => {
    for (const look of head.looks) {
      if (look.kind !== "denseLook") continue;
      const size = look.query.shape[1] as number;
      const [queries, keys] = [look.query, look.key].map((handle) => norms(handle, size, (index) => index % size));
      queries?.forEach((norm, column) => ratios.push((keys?.[column] ?? 0) / norm));
    }
    if (head.moves.kind !== "denseMove") return head;
    const { value, output } = head.moves;
    const [size, width] = [value.shape[1], output.shape[1]] as [number, number];
    const outputs = norms(output, size, (index) => Math.floor(index / width));
    norms(value, size, (index) => index % size).forEach((norm, column) => ratios.push((outputs[column] ?? 0) / norm));
    return head;
  });
  return ratios;
}
