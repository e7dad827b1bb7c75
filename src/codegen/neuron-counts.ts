import type { MlpNode } from "../ir/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";
import { denseNeurons } from "./sites.ts";

/** What became of an MLP's neurons: how many are still run, and what stands for the others. */
export interface NeuronCounts {
  readonly total: number;
  readonly dense: number;
  readonly constant: number;
  readonly affine: number;
  readonly table: number;
  readonly rule: number;
}

/** What can stand for a neuron. */
export type NeuronStandIn = Exclude<keyof NeuronCounts, "total" | "dense">;

/** By a word in the name of the pass that replaced a neuron; passes with none of them find rules. */
const STAND_INS: readonly (readonly [word: RegExp, standIn: NeuronStandIn])[] = [
  [/\bconstant\b/u, "constant"],
  [/\baffine\b/u, "affine"],
  [/\b(?:tables?|class|classes)\b/u, "table"],
];

/** What a pass puts in the place of neurons. */
function standInOf(pass: string): NeuronStandIn {
  return STAND_INS.find(([word]) => word.test(pass))?.[1] ?? "rule";
}

/**
 * Counts the neurons of an MLP that had so many: rules know theirs, the ledger which pass took each other one, or the whole MLP. What it does
 * not name was folded into the constant.
 */
export function neuronCounts(mlp: MlpNode, total: number, ledger: readonly LedgerEntry[]): NeuronCounts {
  const passes = passesBySite(mlp.id, ledger);
  const running = new Set(denseNeurons(mlp));
  const ruled = new Set(mlp.parts.flatMap((part) => (part.kind === "rulePart" ? part.neurons : [])));
  const counts = { total, dense: running.size, constant: 0, affine: 0, table: 0, rule: 0 };
  for (let neuron = 0; neuron < total; neuron++) {
    if (running.has(neuron)) continue;
    if (ruled.has(neuron)) {
      counts.rule++;
      continue;
    }
    const pass = passes.get(neuronSite(mlp.id, neuron)) ?? passes.get(mlp.id);
    counts[pass === undefined ? "constant" : standInOf(pass)]++;
  }
  return counts;
}

/** The shares of held-out variance that the stand-ins of one kind foresee of their neurons, each as the ledger has it. */
export function explainedNeurons(
  mlp: MlpNode,
  ledger: readonly LedgerEntry[],
  standIn: NeuronStandIn,
): readonly number[] {
  return ledger
    .filter(({ action, pass, site }) => action === "accepted" && isNeuron(site, mlp.id) && standInOf(pass) === standIn)
    .flatMap(({ explained }) => (explained === undefined ? [] : [explained]));
}

/** The counts of several MLPs together. */
export function summedCounts(all: readonly NeuronCounts[]): NeuronCounts {
  const sum = (of: (counts: NeuronCounts) => number): number => all.reduce((total, counts) => total + of(counts), 0);
  return {
    total: sum(({ total }) => total),
    dense: sum(({ dense }) => dense),
    constant: sum(({ constant }) => constant),
    affine: sum(({ affine }) => affine),
    table: sum(({ table }) => table),
    rule: sum(({ rule }) => rule),
  };
}

/** "block03.mlp.neuron0017", as in the ledger. */
function neuronSite(mlp: string, neuron: number): string {
  return `${mlp}.neuron${String(neuron).padStart(4, "0")}`;
}

function isNeuron(site: string, mlp: string): boolean {
  return site.startsWith(`${mlp}.neuron`);
}

/** The pass that was last accepted at each neuron of an MLP, and at the MLP itself. */
function passesBySite(mlp: string, ledger: readonly LedgerEntry[]): Map<string, string> {
  const entries = ledger.filter(({ action, site }) => action === "accepted" && (site === mlp || isNeuron(site, mlp)));
  return new Map(entries.map(({ site, pass }) => [site, pass]));
}
