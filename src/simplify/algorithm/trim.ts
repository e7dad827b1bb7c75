import { withConstantHead, type HeadPlace, type Program } from "../../ir/index.ts";
import { ObservedModel, type Observation } from "../../profile/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { AnswerFidelity, DocumentScores } from "./fidelity.ts";

/** A program without the heads that its answers do not depend on. */
export interface Trimmed {
  readonly program: Program;
  readonly active: readonly HeadPlace[];
  readonly idle: readonly HeadPlace[];
}

/** Lets heads write their mean everywhere, from the last block to the first, where the answers stay good enough. */
export function withoutIdleHeads(
  program: Program,
  calibrate: readonly TokenDocument[],
  stays: (program: Program) => boolean,
): Trimmed {
  // Heads are left out from the last block on, so that what is left out changes nothing that another one writes.
  const observations = new ObservedModel(program).observe(calibrate);
  const places = program.blocks.flatMap(({ attention }, block) => attention.heads.map((_, head) => ({ block, head })));
  return places.reverse().reduce<Trimmed>(
    ({ program: before, active, idle }, place) => {
      const after = withConstantHead(before, place, meanOutput(observations, place, program.width));
      return stays(after)
        ? { program: after, active, idle: [place, ...idle] }
        : { program: before, active: [place, ...active], idle };
    },
    { program, active: [], idle: [] },
  );
}

/** What a head writes on average (width). */
function meanOutput(observations: readonly Observation[], { block, head }: HeadPlace, width: number): Float32Array {
  const outputs = observations.map(({ heads }) => heads[block]?.[head]?.output as Float32Array);
  return Float32Array.from({ length: width }, (_, column) =>
    outputs.reduce((sum, output) => sum + (output[column] as number) / outputs.length, 0),
  );
}

const MOST_PERIOD = 6;
/** Share of the KL without phases that is left with those that matter, where others matter too. */
const MUCH_LESS = 2 / 3;

/** How positions are told apart. */
export interface Phases {
  /** Their remainder at division by this is their phase; 1 where they are all alike. */
  readonly period: number;
  /** Phases are counted from a text's first token, wherever that stands; absent where they are from position 0. */
  readonly phasesFrom?: "text";
}

/**
 * The smallest period after which positions may repeat, each being the mean of those that share its phase. Where there is none,
 * but texts may begin where others do, the smallest that takes a good part off what positions are worth: a model may tell phases by
 * other signs in other places, and say the same. 1 where positions do not matter, and where no such period is small.
 */
export function phasesOf(
  program: Program,
  documents: readonly TokenDocument[],
  judge: (scores: DocumentScores) => AnswerFidelity,
  mostFlips: number,
): Phases {
  const missed: number[] = [];
  for (let period = 1; period <= MOST_PERIOD; period++) {
    const { flips, kl } = judge(new ObservedModel(withPeriod(program, period)).scores(documents));
    if (flips <= mostFlips) return { period };
    missed.push(kl);
  }
  const model = new ObservedModel(program);
  const begins = new Set(documents.map(({ position }) => position));
  const isAnywhere = [1, 2].every((third) => {
    // Where another one begins, as far as there is room.
    const moved = documents.map((own, index) => {
      const other = documents[(index + Math.ceil((third * documents.length) / 3)) % documents.length] ?? own;
      return { ...own, position: Math.min(other.position, program.context - own.tokens.length) };
    });
    return judge(model.scores(moved)).flips <= mostFlips;
  });
  const period = missed.findIndex((kl) => kl <= MUCH_LESS * (missed[0] as number)) + 1;
  return isAnywhere && begins.size > 1 && period > 1 ? { period, phasesFrom: "text" } : { period: 1 };
}

function withPeriod(program: Program, period: number): Program {
  const { positions } = program.embed;
  const before = program.tensors.get(positions);
  const { context, width } = program;
  const after = new Float32Array(before.length);
  for (let phase = 0; phase < period; phase++) {
    const count = Math.ceil((context - phase) / period);
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let at = phase; at < context; at += period) sum += before[at * width + column] as number;
      for (let at = phase; at < context; at += period) after[at * width + column] = sum / count;
    }
  }
  return { ...program, tensors: program.tensors.with([[positions.name, after]]) };
}
