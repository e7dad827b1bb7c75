import type { HeadPlace } from "../../ir/index.ts";
import type { Observation } from "../../profile/index.ts";
import { runnerOf, type Algorithm, type AlgorithmLook, type AlgorithmRun, type Average } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { attendingOf } from "./attention-fit.ts";
import { missedBy } from "./gradient.ts";
import type { LookForm, Vocabulary } from "./looks.ts";
import { symbolAt } from "./readout.ts";
import { fittedWorth, type WorthFit } from "./worth.ts";

/** Queries that a pattern is fitted to. */
const MOST_QUERIES = 1500;

/** One way to look for one head, and what its output says of the attention that each symbol gets. */
export interface HeadFit {
  readonly place: HeadPlace;
  readonly form: string;
  readonly looks: readonly AlgorithmLook[];
  readonly worth: WorthFit;
  /** A token and a phase each, as "token phase". */
  readonly symbols: readonly string[];
}

/** How much KL a change of the stream before each block's MLP costs (width x width); empty where it does not matter. */
export type Metrics = readonly Float64Array[];

/** The looks of a form that come nearest to where a head looks. */
export function fittedLooks(
  place: HeadPlace,
  form: LookForm,
  observations: readonly Observation[],
  vocabulary: Vocabulary,
): AlgorithmLook[] {
  return form.fit(attendingOf(place, observations, MOST_QUERIES), vocabulary);
}

/** What a simpler form may miss of a pattern beside the richest one, as a share of what even attention does, or in nats. */
const MOST_MISSED = 0.05;
const NEGLIGIBLE = 5e-3;

/** The looks of the simplest form that misses hardly more of a head's patterns than the richest one. */
export function simplestLooks(
  place: HeadPlace,
  forms: readonly LookForm[],
  observations: readonly Observation[],
  vocabulary: Vocabulary,
): { readonly form: string; readonly looks: readonly AlgorithmLook[] } {
  const fits = forms.map((form) => {
    const looks = fittedLooks(place, form, observations, vocabulary);
    return { form: form.name, looks, missed: missedByLooks(place, looks, observations, vocabulary) };
  });
  const [even, richest] = [fits[0]?.missed ?? 0, fits.at(-1)?.missed ?? 0];
  const most = richest + Math.max(NEGLIGIBLE, MOST_MISSED * (even - richest));
  return fits.find(({ missed }) => missed <= most) as (typeof fits)[number];
}

/** KL(pattern || shares by the looks), in nats a position. */
function missedByLooks(
  { block, head }: HeadPlace,
  looks: readonly AlgorithmLook[],
  observations: readonly Observation[],
  { words, period }: Vocabulary,
): number {
  const runs = runsAt(
    { context: Infinity, period, patterns: [{ looks }], averages: [], cases: [] },
    words,
    observations,
  );
  const missed = observations.map(({ position, heads }, index) =>
    missedBy(
      heads[block]?.[head]?.pattern ?? new Float32Array(),
      runs[index]?.patterns[0]?.[position] ?? new Float64Array(),
    ),
  );
  return missed.reduce((sum, own) => sum + own, 0) / missed.length;
}

/** What a head's output says of the attention that each symbol gets by some looks. */
export function headFit(
  place: HeadPlace,
  form: string,
  looks: readonly AlgorithmLook[],
  observations: readonly Observation[],
  metrics: Metrics,
  vocabulary: Vocabulary,
): HeadFit {
  const symbols = symbolsOf(observations, vocabulary);
  const shares = sharesOf(looks, symbols, observations, vocabulary);
  const worth = fittedWorth(
    shares,
    observations.map(({ heads }) => heads[place.block]?.[place.head]?.output as Float32Array),
    metrics[place.block] as Float64Array,
  );
  return { place, form, looks, worth, symbols };
}

/** The attention that each symbol gets at the observed positions: (positions x symbols). */
export function sharesOf(
  looks: readonly AlgorithmLook[],
  symbols: readonly string[],
  observations: readonly Observation[],
  vocabulary: Vocabulary,
): Float64Array[] {
  const { words, period } = vocabulary;
  const ones = symbols.map((symbol): Average => {
    const [token, phase] = symbol.split(" ").map(Number);
    const word = words[token as number] as string;
    return { looks, worth: { [word]: Array.from({ length: period }, (_, index) => (index === phase ? 1 : 0)) } };
  });
  const found = averagesAt(ones, observations, vocabulary);
  return observations.map((_, row) => Float64Array.from(found, (values) => values[row] as number));
}

/** Averages at the observed positions: (averages x positions). */
export function averagesAt(
  averages: readonly Average[],
  observations: readonly Observation[],
  { words, period }: Vocabulary,
): Float64Array[] {
  const runs = runsAt({ context: Infinity, period, averages, cases: [] }, words, observations);
  return averages.map((_, average) =>
    Float64Array.from(observations, ({ position }, index) => runs[index]?.averages[average]?.[position] as number),
  );
}

/** What an algorithm computes for the document of each observation, worked out once a document. */
export function runsAt(
  algorithm: Algorithm,
  words: readonly string[],
  observations: readonly Pick<Observation, "document">[],
): AlgorithmRun[] {
  const run = runnerOf(algorithm, words);
  const known = new Map<TokenDocument, AlgorithmRun>();
  return observations.map(({ document }) => {
    const own = known.get(document) ?? run(document.tokens, document.position);
    known.set(document, own);
    return own;
  });
}

/** What is attended to from observed positions: a token and a phase each. */
export function symbolsOf(observations: readonly Observation[], vocabulary: Vocabulary): string[] {
  const symbols = observations.flatMap(({ document, position }) =>
    document.tokens.slice(0, position + 1).map((_, at) => {
      const { token, phase } = symbolAt(document, at, vocabulary);
      return `${token} ${phase}`;
    }),
  );
  return [...new Set(symbols)].sort();
}
