import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/engine/instantiate.ts";
import {
  captureWrites,
  lift,
  mapHeads,
  normedTerms,
  projectedTerms,
  scoreTerm,
  scoreTerms,
  sourcesBefore,
  TensorDraft,
  withTensor,
  type LiftConfig,
  type Program,
  type ReadingPoint,
  type Source,
  type Terms,
} from "../../src/ir/index.ts";
import { createPlainMachine, normed, read, startReading, type Machine, type Model } from "../../src/runtime/index.ts";
import { canonicalise } from "../../src/simplify/exact/index.ts";
import { randomLiftSource, randomTokens } from "./random-model.ts";
import { largestDifference, logitsOf } from "./run.ts";

/** The terms are summed in 64 bits and the dense values in 32: scores of order one may differ by some 1e-6. */
const TOLERANCE = 1e-4;

const CASES: readonly (readonly [string, Program])[] = [
  ["a canonical, tied", canonical({})],
  ["a canonical, untied", canonical({ tied: false, layers: 3 })],
  ["a lifted", lift(randomLiftSource(3, { layers: 3 }))],
  ["a canonical, in part constant", withConstantHead(canonical({ layers: 3 }))],
];

describe.each(CASES)("the path expansion of %s model", (_, program) => {
  const tokens = randomTokens(5, 9, program.vocabulary);
  const machine = createPlainMachine();
  const model = instantiate(machine, program);
  const writes = captureWrites(machine, model, tokens);
  const points: ReadingPoint[] = [
    ...program.blocks.flatMap((_, block): ReadingPoint[] => [
      { block, before: "attention" },
      { block, before: "mlp" },
    ]),
    { block: program.blocks.length, before: "end" },
  ];

  it.each(points)("adds up to the normed stream before $before of block $block", (point) => {
    const terms = normedTerms(program, writes, point);
    expect([...terms.keys()]).toEqual(sourcesBefore(program, point));
    expect(largestDifference(total(terms), normedStream(machine, model, tokens, point))).toBeLessThan(TOLERANCE);
  });

  it("adds up, over all pairs of sources, to the scores of every head", () => {
    const patterns = patternsOf(machine, model, tokens);
    program.blocks.forEach(({ attention }, block) => {
      const normedStream = normedTerms(program, writes, { block, before: "attention" });
      attention.heads.forEach((head) => {
        const [look] = head.looks;
        if (look?.kind !== "denseLook") return;
        const terms = scoreTerms(program, look, normedStream);
        const headWidth = look.query.shape[1] as number;
        const scores = tokens.map((_, query) =>
          tokens.slice(0, query + 1).map((_, key) => {
            const pairs = [...terms.query.keys()].flatMap((from) =>
              [...terms.key.keys()].map((to) => [from, to] as const),
            );
            return pairs.reduce((sum, [from, to]) => sum + scoreTerm(terms, [from, query], [to, key], headWidth), 0);
          }),
        );
        expect(largestDifference(scores.flatMap(softmax), patterns.get(head.id) ?? [])).toBeLessThan(TOLERANCE);
        expect(largestDifference(scores.flat(), denseScores(program, look, normedStream))).toBeLessThan(TOLERANCE);
      });
    });
  });

  it("adds up, over the sources that the unembedding reads, to the logits", () => {
    const { unembed, vocabulary, width, tensors } = program;
    const columns = { name: "columns", shape: [width, vocabulary], origin: unembed.tokens.origin };
    const transposed = withTensor(program, columns, columnsOf(tensors.get(unembed.tokens), vocabulary, width));
    const terms = normedTerms(program, writes, { block: program.blocks.length, before: "end" });
    const logits = total(projectedTerms(transposed, terms, columns, unembed.bias));
    expect(largestDifference(logits, logitsOf(program, tokens))).toBeLessThan(TOLERANCE);
  });
});

describe("normedTerms", () => {
  it("reads positions from the first one of the text on", () => {
    const program = canonical({});
    const machine = createPlainMachine();
    const model = instantiate(machine, program);
    const point = { block: 0, before: "attention" } as const;
    const late = normedTerms(program, captureWrites(machine, model, [7, 7], 3), point);
    const early = normedTerms(program, captureWrites(machine, model, [7, 7, 7, 7, 7]), point);
    for (const [source, rows] of late) {
      expect([...rows]).toEqual([...(early.get(source) ?? []).slice(3 * program.width)]);
    }
  });
});

describe("scoreTerms", () => {
  it("keeps only the terms that a look's paths list", () => {
    const program = canonical({});
    const machine = createPlainMachine();
    const writes = captureWrites(machine, instantiate(machine, program), [1, 2, 3]);
    const look = program.blocks[1]?.attention.heads[0]?.looks[0];
    if (look?.kind !== "denseLook") throw new Error("The head has no dense look.");
    const terms = normedTerms(program, writes, { block: 1, before: "attention" });
    const paths = { query: ["token"], key: ["position", "block00.mlp"] };
    const kept = scoreTerms(program, { ...look, paths }, terms);
    expect([...kept.query.keys()]).toEqual(["token"]);
    expect([...kept.key.keys()]).toEqual(["position", "block00.mlp"]);
    const late = { ...look, paths: { query: ["token"], key: ["block01.mlp"] } };
    expect(() => scoreTerms(program, late, terms)).toThrow("block01.head00.look reads from block01.mlp");
  });
});

describe("sourcesBefore", () => {
  it("counts an MLP's own heads but not the MLP, and no head that is constant", () => {
    const program = withConstantHead(canonical({}));
    const start: Source[] = ["token", "position", "constant"];
    expect(sourcesBefore(program, { block: 0, before: "attention" })).toEqual(start);
    expect(sourcesBefore(program, { block: 0, before: "mlp" })).toEqual([...start, "block00.head01"]);
    expect(sourcesBefore(program, { block: 1, before: "attention" })).toEqual([
      ...start,
      "block00.head01",
      "block00.mlp",
    ]);
  });
});

function canonical(options: Partial<LiftConfig>): Program {
  const program = lift(randomLiftSource(3, options));
  return canonicalise(
    program,
    Array.from({ length: program.vocabulary }, (_, id) => String(id)),
  ).program;
}

/** The program with a constant in place of the first head, and its paths expanded again. */
function withConstantHead(program: Program): Program {
  const draft = new TensorDraft("test");
  const changed = mapHeads(program, (node, { block, index }) => {
    if (block !== 0 || index !== 0) return node;
    const values = Float32Array.from({ length: program.width }, (_, column) => 0.3 * Math.sin(column));
    const vector = draft.create(`${node.id}.constant`, [program.width], values, node.origin);
    const moves = {
      kind: "constantMove",
      id: node.moves.id,
      shape: node.moves.shape,
      origin: node.origin,
      vector,
    } as const;
    return { ...node, looks: [], moves };
  });
  return canonicalise(draft.into(changed), Array.from({ length: program.vocabulary }, String)).program;
}

function total(terms: Terms): Float64Array {
  const [first = new Float64Array(), ...rest] = terms.values();
  return first.map((value, index) => rest.reduce((sum, term) => sum + (term[index] as number), value));
}

function normedStream(machine: Machine, model: Model, tokens: readonly number[], point: ReadingPoint): Float32Array {
  let found = new Float32Array();
  const { block, before } = point;
  const part = model.blocks[block];
  const norm = part && before !== "end" ? part[before].norm : model.finalNorm;
  machine.scope(() => {
    read(machine, model, startReading(machine, model, tokens.length), tokens, {
      stream(at, reader, stream) {
        if (at === block && reader === before) found = machine.values(normed(machine, norm, stream)).slice();
      },
    });
  });
  return found;
}

/** The rows of every head's pattern up to their own position, by the head's id. */
function patternsOf(machine: Machine, model: Model, tokens: readonly number[]): Map<string, number[]> {
  const patterns = new Map<string, number[]>();
  machine.scope(() => {
    read(machine, model, startReading(machine, model, tokens.length), tokens, {
      pattern(block, head, pattern) {
        const rows = Array.from({ length: tokens.length }, (_, row) =>
          Array.from(machine.values(pattern).subarray(row * tokens.length, row * tokens.length + row + 1)),
        );
        patterns.set(`block0${block}.head0${head}`, rows.flat());
      },
    });
  });
  return patterns;
}

/** (n Wq + b) · (n Wk + c) over the whole stream at once, for every query and the keys up to it. */
function denseScores(program: Program, look: Parameters<typeof scoreTerms>[1], terms: Terms): number[] {
  const headWidth = look.query.shape[1] as number;
  const whole: Terms = new Map([["constant", total(terms)]]);
  const queries = total(projectedTerms(program, whole, look.query, look.queryBias));
  const keys = total(projectedTerms(program, whole, look.key, look.keyBias));
  const rows = (values: Float64Array): Float64Array[] =>
    Array.from({ length: values.length / headWidth }, (_, row) =>
      values.subarray(row * headWidth, (row + 1) * headWidth),
    );
  return rows(queries).flatMap((query, time) =>
    rows(keys)
      .slice(0, time + 1)
      .map((key) => query.reduce((sum, value, index) => sum + value * (key[index] as number), 0)),
  );
}

function softmax(scores: readonly number[]): number[] {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const sum = powers.reduce((before, power) => before + power, 0);
  return powers.map((power) => power / sum);
}

/** (vocabulary, width) -> (width, vocabulary) */
function columnsOf(directions: Float32Array, vocabulary: number, width: number): Float32Array {
  return directions.map((_, i) => directions[(i % vocabulary) * width + Math.floor(i / vocabulary)] as number);
}
