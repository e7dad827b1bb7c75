import type { Job, LoadedProgram } from "../../engine/index.ts";
import { setsOf, type DensePartNode, type NamedTokens } from "../../ir/index.ts";
import { read, startReading, tokensBefore } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { alikeWriters, type Writer } from "../alike-writes.ts";
import type { RuleFit } from "../profile.ts";
import { placesOf, questionsOf } from "../questions.ts";
import { bestPredicate, bestTokenSet, Series, type Placed } from "../rule-search.ts";

/** What all blocks have in common. */
export interface RuleFitsOptions {
  readonly sets: readonly NamedTokens[];
  readonly calibrate: readonly TokenDocument[];
  readonly heldOut: readonly TokenDocument[];
}

/** A dense part whose neurons rules are searched for. */
export interface RuleFitsItem {
  readonly block: number;
  readonly part: number;
}

/**
 * Rules that explain less than this of what their neurons write on the text they were searched on are not kept, nor searched
 * where no two levels could explain as much. A little below what proposers ask for on other text.
 */
const LEAST_EXPLAINED = 0.85;

/** A rule that an earlier neuron has is shared where it explains at most this much less than a neuron's own. */
const SHARED_LOSS = 0.003;

/** How far back the token of a set may stand. */
const BACKS = [0, 1, 2];

/** Searches for the rules of one dense part, and measures them on text that they were not searched on. */
const ruleFits: Job<RuleFitsOptions, RuleFitsItem, RuleFit[]> = ({ program, options }, { block, part }) => {
  const loaded = program("program");
  const node = loaded.program.blocks[block]?.mlp.parts[part];
  if (node?.kind !== "densePart") return [];
  return new RuleSearch(loaded, options, { block, part }, node).fits();
};

export default ruleFits;

class RuleSearch {
  readonly #options: RuleFitsOptions;
  readonly #node: DensePartNode;
  readonly #vocabulary: number;
  readonly #output: Float32Array;
  readonly #groups: readonly Writer[][];
  readonly #calibrate: Float32Array;
  readonly #heldOut: Float32Array;
  readonly #questions: readonly Placed[];
  readonly #tokensAt: readonly Int32Array[];

  constructor(loaded: LoadedProgram, options: RuleFitsOptions, item: RuleFitsItem, node: DensePartNode) {
    const { program } = loaded;
    this.#options = options;
    this.#node = node;
    this.#vocabulary = program.vocabulary;
    this.#output = program.tensors.get(node.output);
    this.#groups = alikeWriters(this.#output, program.width);
    this.#calibrate = activationsOf(loaded, item, options.calibrate);
    this.#heldOut = activationsOf(loaded, item, options.heldOut);
    this.#questions = questionsOf(options.sets).map((when) => this.#placed(when));
    this.#tokensAt = BACKS.map((back) =>
      Int32Array.from(options.calibrate.flatMap(({ tokens }) => Array.from(tokensBefore(tokens, back)))),
    );
  }

  /** Rules, each with all the groups that it stands for, in the order of their first neurons. */
  fits(): RuleFit[] {
    const shared: { readonly rule: Placed; readonly groups: Writer[][] }[] = [];
    for (const group of this.#groups) {
      const series = new Series(seriesOf(this.#calibrate, group, this.#node.neurons.length));
      if (series.mostExplained() < LEAST_EXPLAINED) continue;
      const own = this.#best(series, group);
      if (own.explained < LEAST_EXPLAINED) continue;
      const known = shared.find(({ rule }) => series.explainedBy(rule.places) >= own.explained - SHARED_LOSS);
      if (known) known.groups.push(group);
      else shared.push({ rule: own, groups: [group] });
    }
    return shared.map(({ rule, groups }) => this.#measured(rule, groups));
  }

  #best(series: Series, [first]: readonly Writer[]): Placed & { explained: number } {
    const neuron = String(this.#node.neurons[first?.neuron ?? 0]).padStart(4, "0");
    const block = this.#node.id.slice(0, this.#node.id.indexOf(".")).toUpperCase();
    const learned = BACKS.flatMap((back, index) => {
      const name = `${block}_NEURON${neuron}_${back === 0 ? "TOKENS" : `TOKENS_${back}_BACK`}`;
      const when = bestTokenSet(series, this.#tokensAt[index] as Int32Array, this.#vocabulary, name, back);
      return when && !this.#isNamed(when) ? [this.#placed(when)] : [];
    });
    return bestPredicate(series, this.#questions, learned);
  }

  /** Whether one of the questions asks for the same tokens: then its name says more. */
  #isNamed(when: Placed["when"]): boolean {
    return setsOf(when).every(({ tokens }) => this.#options.sets.some((set) => set.tokens.join() === tokens.join()));
  }

  #placed(when: Placed["when"]): Placed {
    return { when, places: placesOf(when, this.#options.calibrate, this.#vocabulary) };
  }

  #measured({ when, places }: Placed, groups: readonly Writer[][]): RuleFit {
    const { neurons } = this.#node;
    const count = neurons.length;
    const writers = groups.flat().sort((one, other) => one.neuron - other.neuron);
    const levels = writers.map(({ neuron }): RuleFit["levels"][number] => {
      const series = seriesOf(this.#calibrate, [{ neuron, factor: 1 }], count);
      return [neurons[neuron] as number, ...levelsOf(series, places)];
    });
    const heldOutPlaces = new Set(placesOf(when, this.#options.heldOut, this.#vocabulary));
    let [error, variation] = [0, 0];
    for (const group of groups) {
      const searched = new Series(seriesOf(this.#calibrate, group, count));
      const [otherwise, holding] = levelsOf(searched.values, places);
      const weight = this.#squaredLength(group);
      seriesOf(this.#heldOut, group, count).forEach((value, place) => {
        error += weight * (value - (heldOutPlaces.has(place) ? holding : otherwise)) ** 2;
        variation += weight * (value - searched.mean) ** 2;
      });
    }
    const explained = variation > 0 ? 1 - error / variation : 0;
    return { when, levels, explained, holds: (places.length * count) / Math.max(1, this.#calibrate.length) };
  }

  /** Of the output row that a group writes along. */
  #squaredLength([first]: readonly Writer[]): number {
    const width = this.#output.length / this.#node.neurons.length;
    const start = (first?.neuron ?? 0) * width;
    return this.#output.subarray(start, start + width).reduce((sum, value) => sum + value * value, 0);
  }
}

/** Means of a series where a rule does not hold, and where it does; the overall mean where there is no such place. */
function levelsOf(series: Float32Array, places: Int32Array): [otherwise: number, holding: number] {
  const total = series.reduce((sum, value) => sum + value, 0);
  const held = places.reduce((sum, place) => sum + (series[place] as number), 0);
  const others = series.length - places.length;
  const mean = total / Math.max(1, series.length);
  return [others > 0 ? (total - held) / others : mean, places.length > 0 ? held / places.length : mean];
}

/** What a group writes along its first neuron's row, one number a place. */
function seriesOf(activations: Float32Array, group: readonly Writer[], neurons: number): Float32Array {
  return Float32Array.from({ length: activations.length / neurons }, (_, place) =>
    group.reduce((sum, { neuron, factor }) => sum + factor * (activations[place * neurons + neuron] as number), 0),
  );
}

/** Activations of one dense part over all documents, one after the other: (tokens, neurons). Later blocks are not run. */
function activationsOf(
  { machine, model }: LoadedProgram,
  { block, part }: RuleFitsItem,
  documents: readonly TokenDocument[],
): Float32Array {
  const upTo = { ...model, blocks: model.blocks.slice(0, block + 1) };
  const rows = documents.map(({ tokens, position }) => {
    let found = new Float32Array();
    machine.scope(() =>
      read(machine, upTo, startReading(machine, upTo, tokens.length, position), tokens, {
        activations: (at, index, activations) => {
          if (at === block && index === part) found = machine.values(activations).slice();
        },
      }),
    );
    return found;
  });
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}
