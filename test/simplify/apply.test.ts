import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/engine/index.ts";
import { verify, type Program } from "../../src/ir/index.ts";
import { createPlainMachine, read, startReading, type Observer } from "../../src/runtime/index.ts";
import { applyReplacements } from "../../src/simplify/index.ts";
import { randomTokens } from "../ir/random-model.ts";
import { canonicalProgram } from "./canonical-program.ts";

const program = canonicalProgram(11, { layers: 2, heads: 2, width: 8, inner: 12 });
const tokens = randomTokens(3, 10, program.vocabulary);

function observe(
  subject: Program,
  observer: (values: (tensor: Parameters<NonNullable<Observer["mlpOutput"]>>[1]) => Float32Array) => Observer,
): void {
  const machine = createPlainMachine();
  const model = instantiate(machine, subject);
  const reading = startReading(machine, model, tokens.length);
  read(
    machine,
    model,
    reading,
    tokens,
    observer((tensor) => machine.values(tensor).slice()),
  );
}

describe("replacing neurons", () => {
  it("equals clamping their activations to the given values", () => {
    const means: [number, number][] = [
      [1, 0.25],
      [7, -0.1],
      [8, 0],
    ];
    const replaced = applyReplacements(program, [{ kind: "neurons", block: 0, means }]);
    verify(replaced, "test");

    let activations: Float32Array = new Float32Array();
    let before: Float32Array = new Float32Array();
    observe(program, (values) => ({
      activations: (block, _, tensor) => {
        if (block === 0) activations = values(tensor);
      },
      mlpOutput: (block, tensor) => {
        if (block === 0) before = values(tensor);
      },
    }));
    let after: Float32Array = new Float32Array();
    observe(replaced, (values) => ({
      mlpOutput: (block, tensor) => {
        if (block === 0) after = values(tensor);
      },
    }));
    const part = program.blocks[0]?.mlp.parts.find(({ kind }) => kind === "densePart");
    if (part?.kind !== "densePart") throw new Error("the first block has a dense part");
    const output = program.tensors.get(part.output);
    for (let time = 0; time < tokens.length; time++) {
      for (let column = 0; column < program.width; column++) {
        const expected = means.reduce(
          (sum, [neuron, mean]) => {
            const row = part.neurons.indexOf(neuron);
            const change = mean - (activations[time * part.neurons.length + row] ?? 0);
            return sum + change * (output[row * program.width + column] ?? 0);
          },
          before[time * program.width + column] ?? 0,
        );
        // 32-bit sums in another order: a few units in the seventh digit.
        expect(after[time * program.width + column]).toBeCloseTo(expected, 5);
      }
    }
  });

  it("leaves no dense part when every neuron of a block is replaced", () => {
    const means = Array.from({ length: 12 }, (_, neuron) => [neuron, 0.1] as const);
    const replaced = applyReplacements(program, [{ kind: "neurons", block: 1, means }]);
    verify(replaced, "test");
    expect(replaced.blocks[1]?.mlp.parts.map(({ kind }) => kind)).toEqual(["constantPart"]);
    expect(replaced.blocks[0]).toBe(program.blocks[0]);
  });

  it("gives the same program whatever the grouping of the replacements", () => {
    const together = applyReplacements(program, [
      {
        kind: "neurons",
        block: 0,
        means: [
          [2, 0.5],
          [3, 0.25],
        ],
      },
    ]);
    const apart = applyReplacements(program, [
      { kind: "neurons", block: 0, means: [[2, 0.5]] },
      { kind: "neurons", block: 0, means: [[3, 0.25]] },
    ]);
    expect(apart.blocks).toEqual(together.blocks);
    for (const name of together.tensors.names) {
      expect(apart.tensors.get({ name })).toEqual(together.tensors.get({ name }));
    }
  });
});

describe("replacing nothing", () => {
  it("returns the very same program", () => {
    expect(applyReplacements(program, [])).toBe(program);
  });
});
