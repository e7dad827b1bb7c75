import { describe, expect, test } from "vitest";
import {
  backpropagate,
  backwardWeights,
  instantiate,
  ParameterGradients,
  placing,
  record,
  type LoadedProgram,
} from "../../src/engine/index.ts";
import {
  parametersOf,
  parameterValues,
  verify,
  withParameters,
  type ParameterLayout,
  type Program,
} from "../../src/ir/index.ts";
import { createPlainMachine, scoresOf, type Activation } from "../../src/runtime/index.ts";
import { lift } from "../../src/ir/index.ts";
import { randomLiftSource, seededNormal } from "../ir/random-model.ts";
import { programOfEveryKind } from "./every-kind.ts";

/** Repetitions, so that match rules have something to find. */
const TOKENS = [4, 9, 2, 4, 9, 2, 13];
const FIRST_POSITION = 2;
const normal = seededNormal(5);
/** Weights of the scores in the objective: any fixed numbers. */
const WEIGHTS = Array.from({ length: TOKENS.length * 20 }, () => normal());

/** Numbers of one tensor that are moved, spread evenly. */
const SAMPLES = 12;

describe("the gradient with respect to a program's own numbers", () => {
  test.each<[Activation, { tied?: boolean; knots?: boolean }]>([
    ["gelu_new", {}],
    ["gelu", { tied: false }],
    ["relu", { knots: true }],
  ])("agrees with central finite differences for every kind of number (%s, %o)", (activation, options) => {
    const program = programOfEveryKind(activation, options);
    verify(program, "test");
    expectGradientsOf(program, activation === "relu" ? 1e-3 : 5e-3);
  });

  test("agrees for a lifted model as it is, whose value and key biases and gains are all there", () => {
    expectGradientsOf(lift(randomLiftSource(3)), 5e-3);
  });

  test("is the same whether attention patterns are kept or computed again", () => {
    const program = programOfEveryKind("gelu_new");
    const layout = parametersOf(program);
    expect(gradientOf(program, layout, true)).toEqual(gradientOf(program, layout, false));
  });

  test("is left out for what is not in the layout, and unchanged for the rest", () => {
    const program = programOfEveryKind("gelu_new");
    const all = parametersOf(program);
    const rules = parametersOf(program, ({ kind }) => kind.endsWith("Look.scores") || kind === "sinkLook.score");
    const [whole, part] = [gradientOf(program, all), gradientOf(program, rules)];
    expect(rules.parameters.length).toBeGreaterThan(9);
    for (const { id, offset, length } of rules.parameters) {
      const place = all.parameters.find((parameter) => parameter.id === id)?.offset ?? NaN;
      expect(part.subarray(offset, offset + length), id).toEqual(whole.subarray(place, place + length));
    }
  });
});

function expectGradientsOf(program: Program, step: number): void {
  const layout = parametersOf(program);
  const values = parameterValues(program, layout);
  const gradient = gradientOf(program, layout);
  for (const { id, kind, offset, length } of layout.parameters) {
    const own = gradient.subarray(offset, offset + length);
    const scale = Math.hypot(...own) / Math.sqrt(length);
    for (let sample = 0; sample < Math.min(SAMPLES, length); sample++) {
      const index = offset + Math.floor((sample * length) / Math.min(SAMPLES, length));
      const at = (change: number) =>
        objectiveOf(withParameters(program, layout, values.with(index, (values[index] ?? 0) + change)));
      const slope = (at(step) - at(-step)) / (2 * step);
      // The step's own error is about step^2, and that of 32-bit sums about 1e-5 / step.
      expect(Math.abs(slope - (gradient[index] ?? 0)), `${kind} ${id} ${index - offset}`).toBeLessThan(
        0.02 * scale + 1e-5 / step + 2e-3,
      );
    }
  }
}

function gradientOf(program: Program, layout: ParameterLayout, keepPatterns = true): Float32Array {
  const loaded = load(program);
  const { machine, model } = loaded;
  const weights = backwardWeights(machine, model);
  const sink = new ParameterGradients(loaded, layout);
  machine.scope(() => {
    const recording = record(machine, model, TOKENS, FIRST_POSITION, {}, { keepPatterns });
    const objective = (scores: Float32Array, time: number) => {
      scores.forEach((_, token) => (scores[token] = WEIGHTS[time * scores.length + token] ?? 0));
    };
    backpropagate(machine, model, weights, recording, objective, { sink });
  });
  const gradient = new Float32Array(layout.length);
  sink.writeTo(gradient);
  return gradient;
}

function objectiveOf(program: Program): number {
  const { machine, model } = load(program);
  const { rows } = record(machine, model, TOKENS, FIRST_POSITION);
  const scores = machine.values(scoresOf(machine, model, rows));
  return scores.reduce((sum, score, index) => sum + score * (WEIGHTS[index] ?? 0), 0);
}

function load(program: Program): LoadedProgram {
  const machine = createPlainMachine();
  const place = placing(machine, program.tensors);
  return { program, machine, model: instantiate(machine, program, place), place };
}
