import { describe, expect, it } from "vitest";
import { lift, mapHeads, mapParts, printProgram } from "../../src/ir/index.ts";
import { canonicalise } from "../../src/simplify/exact/index.ts";
import { randomLiftSource } from "./random-model.ts";

const toy = lift(randomLiftSource(1, { layers: 1, heads: 2, width: 4, inner: 6, context: 8, vocabulary: 5 }));

describe("printProgram", () => {
  it("prints a lifted model, a line a node", () => {
    expect(printProgram(toy)).toMatchInlineSnapshot(`
      "program program (time, 5): context 8; vocabulary 5; width 4
        embed embed (time, 4): tokens tokens (5, 4); positions positions (8, 4)
        block block00 (time, 4)
          attention block00.attention (time, 4): bias block00.attention.bias (4)
            norm block00.attention.norm (time, 4): epsilon 0.00001; gain block00.attention.norm.gain (4); bias block00.attention.norm.bias (4)
            head block00.head00 (time, 4)
              denseLook block00.head00.look (time, time): query block00.head00.query (4, 2); queryBias block00.head00.queryBias (2); key block00.head00.key (4, 2); keyBias block00.head00.keyBias (2)
              denseMove block00.head00.moves (time, 4): value block00.head00.value (4, 2); valueBias block00.head00.valueBias (2); output block00.head00.output (2, 4)
            head block00.head01 (time, 4)
              denseLook block00.head01.look (time, time): query block00.head01.query (4, 2); queryBias block00.head01.queryBias (2); key block00.head01.key (4, 2); keyBias block00.head01.keyBias (2)
              denseMove block00.head01.moves (time, 4): value block00.head01.value (4, 2); valueBias block00.head01.valueBias (2); output block00.head01.output (2, 4)
          mlp block00.mlp (time, 4)
            norm block00.mlp.norm (time, 4): epsilon 0.00001; gain block00.mlp.norm.gain (4); bias block00.mlp.norm.bias (4)
            constantPart block00.mlp.constant (time, 4): vector block00.mlp.bias (4)
            densePart block00.mlp.dense (time, 4): gelu_new; neurons 0-5; input block00.mlp.input (4, 6); bias block00.mlp.inputBias (6); output block00.mlp.output (6, 4)
        norm finalNorm (time, 4): epsilon 0.00001; gain finalNorm.gain (4); bias finalNorm.bias (4)
        unembed unembed (time, 5): tokens tokens (5, 4)
      "
    `);
  });

  it("prints the expanded paths and the token sets of a canonical one", () => {
    expect(printProgram(canonicalise(toy, ["0", "1", "a", "b", "."]).program)).toMatchInlineSnapshot(`
      "program program (time, 5): context 8; vocabulary 5; width 4
        embed embed (time, 4): tokens tokens (5, 4); positions positions (8, 4)
        block block00 (time, 4)
          attention block00.attention (time, 4): bias block00.attention.bias (4)
            norm block00.attention.norm (time, 4): epsilon 0.00001
            head block00.head00 (time, 4)
              denseLook block00.head00.look (time, time): query reads token, position, constant; key reads token, position, constant; query block00.head00.query (4, 2); queryBias block00.head00.queryBias (2); key block00.head00.key (4, 2)
              denseMove block00.head00.moves (time, 4): reads token, position, constant; value block00.head00.value (4, 2); output block00.head00.output (2, 4)
            head block00.head01 (time, 4)
              denseLook block00.head01.look (time, time): query reads token, position, constant; key reads token, position, constant; query block00.head01.query (4, 2); queryBias block00.head01.queryBias (2); key block00.head01.key (4, 2)
              denseMove block00.head01.moves (time, 4): reads token, position, constant; value block00.head01.value (4, 2); output block00.head01.output (2, 4)
          mlp block00.mlp (time, 4)
            norm block00.mlp.norm (time, 4): epsilon 0.00001
            constantPart block00.mlp.constant (time, 4): vector block00.mlp.bias (4)
            densePart block00.mlp.dense (time, 4): gelu_new; neurons 0-5; reads token, position, constant, block00.{head00, head01}; input block00.mlp.input (4, 6); bias block00.mlp.inputBias (6); output block00.mlp.output (6, 4)
        norm finalNorm (time, 4): epsilon 0.00001; gain finalNorm.gain (4); bias finalNorm.bias (4)
        unembed unembed (time, 5): reads token, position, constant, block00.{head00, head01, mlp}; tokens tokens (5, 4)
        tokenSet vocabulary.LETTERS_ONLY (2): LETTERS_ONLY; /^\\p{L}+$/u
        tokenSet vocabulary.DIGITS (2): DIGITS; /^ ?[0-9]+$/u
        tokenSet vocabulary.PUNCTUATION (1): PUNCTUATION; /^ ?(?:(?!<0x[0-9A-F]{2}>|\\uFFFD)[\\p{P}\\p{S}])+$/u
      "
    `);
  });

  it("prints rules, and the numbers of the neurons that are left", () => {
    const origin = { tensors: [], passes: ["test"] };
    const shape = ["time", "time"] as const;
    const ruled = mapHeads(toy, (node) => ({
      ...node,
      looks: [
        { kind: "sinkLook", id: `${node.id}.sink`, shape, origin, rule: { kind: "sink", score: 0.5 } },
        {
          kind: "kernelLook",
          id: `${node.id}.kernel`,
          shape,
          origin,
          rule: {
            kind: "kernel",
            steps: [
              [0, 1],
              [9, -2],
            ],
          },
        },
      ],
    }));
    const lines = printProgram(
      mapParts(ruled, (node) => (node.kind === "densePart" ? { ...node, neurons: [0, 1, 2, 4, 7, 8] } : node)),
    ).split("\n");
    expect(lines.filter((line) => /Look|densePart/.test(line)).map((line) => line.trim())).toMatchInlineSnapshot(`
      [
        "sinkLook block00.head00.sink (time, time): score 0.5",
        "kernelLook block00.head00.kernel (time, time): steps 0: 1, 9: -2",
        "sinkLook block00.head01.sink (time, time): score 0.5",
        "kernelLook block00.head01.kernel (time, time): steps 0: 1, 9: -2",
        "densePart block00.mlp.dense (time, 4): gelu_new; neurons 0-2, 4, 7-8; input block00.mlp.input (4, 6); bias block00.mlp.inputBias (6); output block00.mlp.output (6, 4)",
      ]
    `);
  });

  it("prints the same text for the same weights lifted twice", () => {
    const again = lift(randomLiftSource(1, { layers: 1, heads: 2, width: 4, inner: 6, context: 8, vocabulary: 5 }));
    expect(printProgram(again)).toBe(printProgram(toy));
  });
});
