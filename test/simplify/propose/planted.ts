import { compare, Engine, summarise } from "../../../src/engine/index.ts";
import type { Program } from "../../../src/ir/index.ts";
import { profileProgram, survey, type Profile } from "../../../src/profile/index.ts";
import type { Candidate, Proposer } from "../../../src/simplify/candidate.ts";
import { applyReplacements } from "../../../src/simplify/index.ts";
import type { Surveyed } from "../../../src/simplify/surveyed.ts";
import { randomDocuments } from "../../engine/random-documents.ts";
import { canonicalProgram } from "../canonical-program.ts";

const VOCABULARY = 24;
const LENGTH = 13;
const SAMPLING = { decision: "argmax", seed: 9 } as const;

/** Head of the first block that attends evenly to everything so far: a kernel without any slope. */
export const EVEN_HEAD = "block00.head01";
/** Head of the second block that moves nothing. */
export const SILENT_HEAD = "block01.head00";
/** Neuron of the first block whose activation never changes. */
export const STEADY_NEURON = "block00.mlp.neuron0003";

/** A random program in which an even head, a silent head and a steady neuron were planted; everything else is noise. */
export function plantedProgram(): Program {
  const program = canonicalProgram(21, { layers: 2, heads: 2, width: 16, inner: 12, vocabulary: VOCABULARY });
  const zeros = (name: string): readonly [string, Float32Array] => [
    name,
    new Float32Array(program.tensors.get({ name }).length),
  ];
  const input = program.tensors.get({ name: "block00.mlp.input" }).slice();
  for (let row = 0; row < program.width; row++) input[row * 12 + 3] = 0;
  const bias = program.tensors.get({ name: "block00.mlp.inputBias" }).slice();
  bias[3] = 0.7;
  return {
    ...program,
    tensors: program.tensors.with([
      zeros(`${EVEN_HEAD}.query`),
      zeros(`${EVEN_HEAD}.queryBias`),
      zeros(`${SILENT_HEAD}.value`),
      ["block00.mlp.input", input],
      ["block00.mlp.inputBias", bias],
    ]),
  };
}

/** What a proposer offers for the planted program, and what each candidate really costs. */
export class Planting {
  readonly program = plantedProgram();
  readonly #engine = new Engine({ workers: 1 });
  #profile: Profile | undefined;

  /** Candidates by site, where some neurons were measured. */
  async candidates(
    proposer: Proposer,
    measuredNeurons: Surveyed["measuredNeurons"] = new Map(),
  ): Promise<Map<string, Candidate>> {
    const text = {
      calibrate: randomDocuments(5, 200, LENGTH, VOCABULARY),
      heldOut: randomDocuments(5000, 60, LENGTH, VOCABULARY),
    };
    this.#profile ??= await profileProgram(this.#engine, this.program, text, SAMPLING);
    const { columns } = await survey(this.#engine, this.program, text.calibrate, [], SAMPLING);
    const candidates = proposer.propose(this.program, this.#profile, {
      columns,
      heads: [],
      tokenMoves: [],
      tokenTables: [],
      measuredNeurons,
    });
    return new Map(candidates.map((candidate) => [candidate.site, candidate]));
  }

  /** KL in nats a position on documents that the profile has not seen. */
  async measuredKl(candidate: Candidate): Promise<number> {
    const replaced = applyReplacements(this.program, [candidate.replacement]);
    const documents = randomDocuments(9000, 100, LENGTH, VOCABULARY);
    const results = await compare(this.#engine, this.program, replaced, documents, { decision: "argmax" });
    return summarise(results, 1).kl.value;
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }
}
