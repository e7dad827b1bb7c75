import { afterAll, describe, expect, it } from "vitest";
import { compare, Engine, summarise } from "../../src/engine/index.ts";
import { mapHeads, withTensor, type LookNode, type Program } from "../../src/ir/index.ts";
import { headBases, profileProgram, type Profile } from "../../src/profile/index.ts";
import { alignHeads } from "../../src/simplify/exact/align-heads.ts";
import type { RuledHeads } from "../../src/simplify/fit/look-rules.ts";
import { tokenMoves as movesByToken } from "../../src/simplify/fit/token-moves.ts";
import { tokenTables } from "../../src/simplify/fit/token-tables.ts";
import { applyReplacements } from "../../src/simplify/index.ts";
import { tokenMoves } from "../../src/simplify/propose/token-moves.ts";
import { tokenTables as tableProposer } from "../../src/simplify/propose/token-tables.ts";
import { rulesOnly } from "../../src/simplify/rules-only.ts";
import type { MlpReplacement } from "../../src/simplify/candidate.ts";
import type { Workshop } from "../../src/simplify/workshop.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { canonicalProgram } from "./canonical-program.ts";

const VOCABULARY = 24;
const LENGTH = 13;
const SAMPLING = { decision: "argmax", seed: 9 } as const;
const engine = new Engine({ workers: 1 });
afterAll(() => engine.close());

const even: LookNode = {
  kind: "kernelLook",
  id: "kernel",
  shape: ["time", "time"],
  origin: { tensors: [], passes: [] },
  rule: { kind: "kernel", steps: [[20, 0]] },
};

/** One block whose heads attend evenly. By tokens alone: no positions, and only one direction is moved. */
function program(byTokens: boolean): Program {
  const random = canonicalProgram(21, { layers: 1, heads: 2, width: 16, inner: 200, vocabulary: VOCABULARY });
  const attending = mapHeads(random, (head) => ({ ...head, looks: [{ ...even, id: `${head.id}.kernel` }] }));
  if (!byTokens) return attending;
  const { positions } = random.embed;
  const silent = withTensor(attending, positions, new Float32Array(random.tensors.get(positions).length));
  return random.blocks[0]!.attention.heads.reduce((changed, { moves }) => {
    if (moves.kind !== "denseMove") return changed;
    const columns = moves.value.shape[1] as number;
    const one = random.tensors.get(moves.value).map((value, at) => (at % columns === 0 ? 3 * value : 0));
    return withTensor(changed, moves.value, one);
  }, silent);
}

interface Found {
  readonly program: Program;
  readonly tables: RuledHeads & { readonly mlps: readonly MlpReplacement[] };
  readonly profile: Profile;
}

async function found(of: Program): Promise<Found> {
  const calibrate = randomDocuments(5, 200, LENGTH, VOCABULARY);
  const select = randomDocuments(5000, 60, LENGTH, VOCABULARY);
  const profile = await profileProgram(engine, of, { calibrate, heldOut: select }, SAMPLING);
  const bases = await headBases(engine, of, calibrate, SAMPLING);
  const workshop = { engine, calibrate, training: () => calibrate, select, ...SAMPLING } as unknown as Workshop;
  const aligned = alignHeads(of, bases);
  const moving = await movesByToken(workshop, { program: aligned, heads: [] }, profile, 8e-7);
  const mlps = await tokenTables(workshop, aligned, [0], profile, 8e-7);
  return { program: aligned, tables: { ...moving, mlps }, profile };
}

const [planted, noise] = await Promise.all([found(program(true)), found(program(false))]);

describe("token moves", () => {
  it("say what heads move that move nothing but tokens, at almost no cost", async () => {
    expect(planted.tables.heads.map(({ head }) => head)).toEqual([0, 1]);
    for (const { explained } of planted.tables.heads) expect(explained).toBeGreaterThan(0.98);
    const candidates = tokenMoves.propose(planted.tables.program, planted.profile, surveyedWith(planted));
    expect(await klOf(planted, candidates)).toBeLessThan(0.05 * (await meansKl(planted)));
  });

  it("have no more directions than are worth their numbers, and are shorter than the weights", () => {
    const ranksOf = ({ tables }: Found) =>
      tables.heads.map(({ replacement: { moves } }) => (moves.kind === "tokenVectors" ? moves.amounts.shape[1] : 0));
    expect(ranksOf(planted)).toEqual([1, 1]);
    // 16 x 8 weights twice, and 24 + 1 + 16 numbers a direction.
    for (const rank of ranksOf(noise)) expect(rank).toBe(Math.floor((2 * 16 * 8) / (VOCABULARY + 1 + 16)));
  });

  it("have one direction where they foresee nothing", async () => {
    const random = program(false);
    const { tokens } = random.embed;
    const faint = random.tensors.get(tokens).map((value) => 0.02 * value);
    const { heads } = (await found(withTensor(random, tokens, faint))).tables;
    for (const { explained, replacement } of heads) {
      // What stands first, which is told apart, says a little.
      expect(explained).toBeLessThan(0.2);
      expect(replacement.moves).toMatchObject({ amounts: { shape: [VOCABULARY + 1, 1] } });
    }
  });

  it("do not claim to say what heads move that move positions as well", () => {
    for (const { explained } of noise.tables.heads) expect(explained).toBeLessThan(0.85);
  });
});

describe("token tables", () => {
  it("stand for the whole MLP, with fewer numbers", () => {
    const candidates = tableProposer.propose(planted.tables.program, planted.profile, surveyedWith(planted));
    expect(candidates.map(({ site }) => site)).toEqual(["block00.mlp"]);
    expect(candidates[0]?.bitsSaved).toBeGreaterThan(0);
    const replaced = applyReplacements(
      planted.tables.program,
      candidates.map(({ replacement }) => replacement),
    );
    expect(replaced.blocks[0]?.mlp.parts.map(({ kind }) => kind)).toEqual([
      "constantPart",
      "tokenVectors",
      "tokenVectors",
    ]);
  });
});

describe("rules only", () => {
  it("takes what leaves no weights, the cheapest at each site, and the table in place of neurons", () => {
    const { tables, profile } = planted;
    const moves = tokenMoves.propose(tables.program, profile, surveyedWith(planted));
    const [table] = tableProposer.propose(tables.program, profile, surveyedWith(planted));
    const [first, second] = moves;
    if (!first || !second || !table) throw new Error("Nothing was offered.");
    const dearer = { ...first, predictedKl: first.predictedKl + 1, proposer: "dearer" };
    const narrow = { ...second, leavesWeights: true, predictedKl: 0 };
    const neuron = {
      ...table,
      site: "block00.mlp.neuron0001",
      replacement: { kind: "neurons", block: 0, means: [[1, 0]] },
    } as const;
    expect(rulesOnly([dearer, first, second, narrow, table, neuron])).toEqual([first, second, table]);
    expect(rulesOnly([neuron])).toEqual([neuron]);
    // What foresees nothing has to cost less than what foresees half by half of that.
    const { explained: _foreseen, ...nothing } = first;
    const constant = { ...nothing, predictedKl: 0.6, proposer: "constant-heads" };
    const rule = { ...first, predictedKl: 1, explained: 0.5 };
    expect(rulesOnly([constant, rule])).toEqual([rule]);
    expect(rulesOnly([{ ...constant, predictedKl: 0.4 }, rule])).toMatchObject([{ proposer: "constant-heads" }]);
  });
});

function surveyedWith({ tables }: Found) {
  return {
    columns: new Map(),
    heads: [],
    tokenMoves: tables.heads.map((head) => ({ ...head, price: 0 })),
    tokenTables: tables.mlps,
    measuredNeurons: new Map(),
  };
}

async function klOf({ program: before, tables }: Found, candidates: ReturnType<typeof tokenMoves.propose>) {
  const after = applyReplacements(
    tables.program,
    candidates.map(({ replacement }) => replacement),
  );
  const documents = randomDocuments(9000, 100, LENGTH, VOCABULARY);
  return summarise(await compare(engine, before, after, documents, { decision: "argmax" }), 1).kl.value;
}

/** What the heads' means in their place cost. */
function meansKl(of: Found): Promise<number> {
  return klOf(
    of,
    of.tables.heads.map((head) => {
      const { amounts } = head.replacement.moves as { amounts: { name: string; shape: readonly number[] } };
      const [rows = 1, rank = 1] = amounts.shape;
      const values = of.tables.program.tensors.get(amounts);
      const tokens = (rows - 1) * rank;
      const means = Array.from({ length: rank }, (_, column) => {
        const own = values.filter((__, at) => at < tokens && at % rank === column);
        return own.reduce((sum, value) => sum + value, 0) / (rows - 1);
      });
      const [candidate] = tokenMoves.propose(of.tables.program, of.profile, {
        ...surveyedWith(of),
        tokenMoves: [{ ...head, price: 0 }],
      });
      if (candidate?.replacement.kind !== "head") throw new Error("A head was expected.");
      const tensors = candidate.replacement.tensors.map(([name, tensor]) =>
        name === amounts.name
          ? ([name, tensor.map((_, at) => (at < tokens ? (means[at % rank] as number) : 0))] as const)
          : ([name, tensor] as const),
      );
      return { ...candidate, replacement: { ...candidate.replacement, tensors } };
    }),
  );
}
