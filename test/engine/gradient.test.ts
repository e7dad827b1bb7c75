import { describe, expect, test } from "vitest";
import { backpropagate, backwardWeights, instantiate, record, type GradientObserver } from "../../src/engine/index.ts";
import { lift, type HeadNode, type LookNode, type Program } from "../../src/ir/index.ts";
import { createPlainMachine, type Activation, type Machine, type Model, type Tensor } from "../../src/runtime/index.ts";
import { randomLiftSource, randomTokens, seededNormal } from "../ir/random-model.ts";

const ACTIVATIONS: readonly Activation[] = ["gelu_new", "gelu", "relu"];
const TOKENS = randomTokens(3, 7, 20);
/** Weights of the scores in the objective: any fixed numbers. */
const normal = seededNormal(5);
const WEIGHTS = Array.from({ length: TOKENS.length * 20 }, () => normal());

describe("backpropagate", () => {
  test.each(ACTIVATIONS)("agrees with central finite differences everywhere in the stream, with %s", (activation) => {
    // The rectifier has a kink: a smaller step seldom straddles it.
    expectGradientsOf(lift(randomLiftSource(1, { activation })), activation === "relu" ? 1e-3 : 1e-2);
  });

  test("agrees where a head looks by weights and rules at once, another by rules alone, and one is constant", () => {
    const program = lift(randomLiftSource(2, { layers: 2, heads: 4 }));
    const shape = ["time", "time"] as const;
    const origin = { tensors: [], passes: [] };
    const rules: LookNode[] = [
      { kind: "sinkLook", id: "sink", shape, origin, rule: { kind: "sink", score: 0.7 } },
      {
        kind: "kernelLook",
        id: "kernel",
        shape,
        origin,
        rule: {
          kind: "kernel",
          steps: [
            [0, 0.5],
            [2, 1],
            [9, 0],
          ],
        },
      },
    ];
    const vector = { name: "constant", shape: [8], origin };
    expectGradientsOf({
      ...withHeads(program, [
        (head) => ({ ...head, looks: [...head.looks, ...rules] }),
        (head) => ({ ...head, looks: rules }),
        (head) => ({
          ...head,
          looks: [],
          moves: { kind: "constantMove", id: "c", shape: ["time", 8], origin, vector },
        }),
      ]),
      tensors: program.tensors.with([["constant", Float32Array.from({ length: 8 }, () => normal())]]),
    });
  });

  test("gives activations the gradient that their change of the objective shows", () => {
    const { machine, model } = loaded(lift(randomLiftSource(4)));
    const seen: { activations: Float32Array; gradient: Float32Array; output: Float32Array; atOutput: Float32Array }[] =
      [];
    let atOutput = new Float32Array();
    gradients(machine, model, {
      mlp: (_, __, gradient) => (atOutput = machine.values(gradient).slice()),
      activations(block, part, activations, gradient) {
        const weights = model.blocks[block]?.mlp.parts[part];
        if (weights?.kind !== "dense") return;
        seen.push({
          activations: machine.values(activations).slice(),
          gradient: machine.values(gradient).slice(),
          output: machine.values(weights.output).slice(),
          atOutput,
        });
      },
    });
    expect(seen).toHaveLength(2);
    for (const { gradient, output, atOutput: at } of seen) {
      let expected = 0;
      for (let column = 0; column < 8; column++) expected += (at[8 + column] ?? 0) * (output[3 * 8 + column] ?? 0);
      expect(gradient[12 + 3]).toBeCloseTo(expected, 4); // second position, fourth neuron
    }
  });

  test("tells a head's output as the forward pass has it", () => {
    const { machine, model } = loaded(lift(randomLiftSource(6)));
    const forward = new Map<string, Float32Array>();
    machine.scope(() =>
      record(machine, model, TOKENS, 0, {
        headOutput: (block, head, output) => forward.set(`${block}.${head}`, machine.values(output).slice()),
      }),
    );
    gradients(machine, model, {
      head: ({ block, head, output }) => expect(machine.values(output)).toEqual(forward.get(`${block}.${head}`)),
    });
    expect(forward.size).toBe(4);
  });
});

/** Compares every gradient of the stream with (f(x + h) - f(x - h)) / 2h. */
function expectGradientsOf(program: Program, step = 1e-2): void {
  const { machine, model } = loaded(program);
  const analytic = new Map<string, Float32Array>();
  gradients(machine, model, {
    stream: (block, before, gradient) => analytic.set(`${block}.${before}`, machine.values(gradient).slice()),
  });
  expect(analytic.size).toBe(2 * model.blocks.length + 1);
  for (const [place, gradient] of analytic) {
    const scale = Math.hypot(...gradient) / Math.sqrt(gradient.length);
    gradient.forEach((value, index) => {
      const above = objectiveWith(machine, model, place, index, step);
      const below = objectiveWith(machine, model, place, index, -step);
      // The step's own error is about step^2 and that of 32-bit sums about 1e-5 / step: both below 2 % of the scale.
      expect(Math.abs((above - below) / (2 * step) - value), `${place} ${index}`).toBeLessThan(0.02 * scale + 1e-3);
    });
  }
}

function gradients(machine: Machine, model: Model, observer: GradientObserver): void {
  const weights = backwardWeights(machine, model);
  machine.scope(() => {
    const recording = record(machine, model, TOKENS);
    const objective = (scores: Float32Array, time: number) => {
      scores.forEach((_, token) => (scores[token] = WEIGHTS[time * scores.length + token] ?? 0));
    };
    backpropagate(machine, model, weights, recording, objective, { observer });
  });
}

/** The objective when one number of the stream at one place is moved. */
function objectiveWith(machine: Machine, model: Model, place: string, index: number, change: number): number {
  const nudge = (stream: Tensor): void => {
    const values = machine.values(stream);
    values[index] = (values[index] ?? 0) + change;
  };
  return machine.scope(() => {
    const { rows } = record(machine, model, TOKENS, 0, {
      stream: (block, before, stream) => {
        if (`${block}.${before}` === place) nudge(stream);
      },
    });
    const normedRows = machine.values(rows).slice();
    const directions = machine.values(model.unembed.tokens);
    let sum = 0;
    for (let time = 0; time < TOKENS.length; time++) {
      for (let token = 0; token < 20; token++) {
        let score = 0;
        for (let column = 0; column < 8; column++) {
          score += (normedRows[time * 8 + column] ?? 0) * (directions[token * 8 + column] ?? 0);
        }
        sum += score * (WEIGHTS[time * 20 + token] ?? 0);
      }
    }
    return sum;
  });
}

function loaded(program: Program): { machine: Machine; model: Model } {
  const machine = createPlainMachine();
  return { machine, model: instantiate(machine, program) };
}

/** Changes the first heads of every block, one change a head. */
function withHeads(program: Program, changes: readonly ((head: HeadNode) => HeadNode)[]): Program {
  return {
    ...program,
    blocks: program.blocks.map((block) => ({
      ...block,
      attention: {
        ...block.attention,
        heads: block.attention.heads.map((head, index) => changes[index]?.(head) ?? head),
      },
    })),
  };
}
