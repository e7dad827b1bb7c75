import { describe, expect, test } from "vitest";
import { lift, parametersOf, parameterValues, verify, withParameters } from "../../src/ir/index.ts";
import { programOfEveryKind } from "../engine/every-kind.ts";
import { randomLiftSource } from "./random-model.ts";

const program = programOfEveryKind("gelu_new");
const layout = parametersOf(program);

describe("parametersOf", () => {
  test("lists every number once, one after the other, and no classes of tokens", () => {
    let end = 0;
    for (const { offset, length } of layout.parameters) {
      expect(offset).toBe(end);
      end += length;
    }
    expect(layout.length).toBe(end);
    const ids = layout.parameters.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const [read, ruleNumbers] = [program.tensors.names.filter((name) => name !== "classes"), 4 * (1 + 3 + 2)];
    const stored = read.filter((name) => ids.includes(name)).map((name) => program.tensors.get({ name }).length);
    expect(layout.length).toBe(stored.reduce((sum, length) => sum + length, ruleNumbers));
    expect(ids).not.toContain("classes");
  });

  test("leaves out what is not trainable", () => {
    const { parameters, length } = parametersOf(program, ({ kind }) => kind === "kernelLook.scores");
    expect(parameters.map(({ id }) => id)).toEqual(
      ["00.head00", "00.head01", "01.head00", "01.head01"].map((head) => `block${head}.kernel`),
    );
    expect(length).toBe(12);
  });

  test("has the tokens of an untied head beside those of the embedding", () => {
    const kinds = (tied: boolean) =>
      parametersOf(lift(randomLiftSource(1, { tied }))).parameters.map(({ kind }) => kind);
    expect(kinds(true)).not.toContain("unembed.tokens");
    expect(kinds(false)).toEqual(expect.arrayContaining(["embed.tokens", "unembed.tokens"]));
  });
});

describe("withParameters", () => {
  test("gives back the same numbers", () => {
    const values = parameterValues(program, layout);
    const again = withParameters(program, layout, values);
    verify(again, "test");
    expect(parameterValues(again, layout)).toEqual(values);
    expect(parametersOf(again)).toEqual(layout);
  });

  test("changes rules and tensors, and neither the program that came in nor anything later", () => {
    const before = parameterValues(program, layout);
    const values = before.map((_, index) => index / 8);
    const changed = withParameters(program, layout, values);
    values.fill(0);
    expect(parameterValues(changed, layout)).toEqual(before.map((_, index) => index / 8));
    expect(parameterValues(program, layout)).toEqual(before);
  });

  test("leaves what is not in the layout", () => {
    const sinks = parametersOf(program, ({ kind }) => kind === "sinkLook.score");
    const changed = withParameters(program, sinks, Float32Array.of(1, 2, 3, 4));
    expect(changed.tensors.names).toEqual(program.tensors.names);
    expect(changed.blocks[0]?.attention.heads[2]).toBe(program.blocks[0]?.attention.heads[2]);
    expect(changed.blocks[0]?.attention.heads[1]?.looks[0]).toMatchObject({ rule: { kind: "sink", score: 2 } });
  });
});
