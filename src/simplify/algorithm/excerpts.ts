import { certaintyOf, sharesOf, type Observation } from "../../profile/index.ts";
import type { Curve } from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { between, type CaseLayout, type Layout, type ScoreLayout, type TermsOf } from "./layout.ts";

/** Scored positions of a document with all that does not change with the numbers. */
export interface Excerpt {
  readonly passages: readonly Passage[];
  /** By looks: the positions that look so, and by each of them the scores of keys. */
  readonly rows: readonly Asked<Row>[];
  /** By average: the positions that ask for it, and by each of them what keys are worth to it, or by key the score of that. */
  readonly worths: readonly (Asked<Float32Array> | (Asked<undefined> & { readonly scores: readonly ScoreLayout[] }))[];
}

/** Something at some positions. */
export interface Asked<Item> {
  readonly positions: readonly number[];
  /** By position. */
  readonly at: readonly Item[];
}

/** Something by position, at some positions. */
export function atEach<Item>(positions: readonly number[], itemAt: (position: number) => Item): Item[] {
  const at: Item[] = [];
  for (const position of positions) at[position] = itemAt(position);
  return at;
}

/** Scores of keys 0 to `query`: the terms of key k are those from starts[k] to starts[k + 1]. */
export interface Row {
  readonly starts: Int32Array;
  readonly places: Int32Array;
  readonly amounts: Float32Array;
  /** Where the head looks, at scored positions. */
  readonly pattern: Float32Array | undefined;
  /** The pattern's negative entropy, in nats. */
  readonly certainty: number;
}

/** A scored position. */
export interface Passage {
  readonly query: number;
  readonly case: CaseLayout | undefined;
  /** The tokens so far, each once, and which of them each key is. */
  readonly distinct: Int32Array;
  readonly which: Int32Array;
  /** By next token that is a number and not listed, the points that its difference lies between. */
  readonly nears: Nears | undefined;
  /** The same for numbers near what is attended to: by copy, and by index in `distinct`. */
  readonly copyNears: readonly (readonly Nears[] | undefined)[];
  /** The original's probabilities, and its entropy terms: KL is `constant` less what is expected of the log-probabilities. */
  readonly wanted: Float64Array;
  readonly constant: number;
}

/** What numbers near others get, by points and the token that they start from. */
type NearsByPoints = Map<Curve["points"], Map<number, Nears>>;

/** Scored positions by document, where averages are asked for at all keys; else each on its own. */
export function excerptsOf(layout: Layout, observations: readonly Observation[], decision: Decision): Excerpt[] {
  const nears: NearsByPoints = new Map();
  if (layout.averages.every(({ isInner }) => !isInner)) {
    return observations.map((observation) => excerptOf(layout, [observation], decision, nears));
  }
  const byDocument = new Map<TokenDocument, Observation[]>();
  for (const observation of observations) {
    const own = byDocument.get(observation.document);
    if (own) own.push(observation);
    else byDocument.set(observation.document, [observation]);
  }
  return [...byDocument.values()].map((own) => excerptOf(layout, own, decision, nears));
}

function excerptOf(
  layout: Layout,
  observations: readonly Observation[],
  decision: Decision,
  nears: NearsByPoints,
): Excerpt {
  const { document } = observations[0] as Observation;
  const observed = new Map(observations.map((observation) => [observation.position, observation]));
  const scored = [...observed.keys()];
  const all = Array.from({ length: Math.max(...scored) + 1 }, (_, position) => position);
  const inner = new Set(layout.averages.flatMap(({ isInner, looks }) => (isInner ? [looks] : [])));
  const askedBy = <Item>(positions: readonly number[], itemAt: (position: number) => Item): Asked<Item> => ({
    positions,
    at: atEach(positions, itemAt),
  });
  return {
    passages: observations.map((observation) => passageOf(layout, observation, decision, nears)),
    rows: layout.looks.map(({ head, terms }, looks) =>
      askedBy(inner.has(looks) ? all : scored, (query) =>
        rowOf(document, query, terms, head && observed.get(query)?.heads[head.block]?.[head.head]?.pattern),
      ),
    ),
    worths: layout.averages.map(({ worth, isInner }) => {
      const positions = isInner ? all : scored;
      if (typeof worth === "function") {
        return askedBy(positions, (query) =>
          Float32Array.from({ length: query + 1 }, (_, key) => worth(document, query, key)),
        );
      }
      const scores = all.map((key) => {
        const phase = (document.position + key) % layout.period;
        return worth.find((each) => holds(each, document.tokens[key] as number, phase))?.score ?? [];
      });
      return { ...askedBy(positions, () => undefined), scores };
    }),
  };
}

function rowOf(
  document: TokenDocument,
  query: number,
  terms: readonly TermsOf[],
  pattern: Float32Array | undefined,
): Row {
  const starts = new Int32Array(query + 2);
  const found: number[] = [];
  for (let key = 0; key <= query; key++) {
    for (const term of terms) term(document, query, key, found);
    starts[key + 1] = found.length / 2;
  }
  return {
    starts,
    places: Int32Array.from({ length: found.length / 2 }, (_, at) => found[2 * at] as number),
    amounts: Float32Array.from({ length: found.length / 2 }, (_, at) => found[2 * at + 1] as number),
    pattern,
    certainty: pattern ? certaintyOf(pattern, "argmax") : 0,
  };
}

/** Whether a case is for a token in a phase. */
function holds({ tokens, phase: own }: Pick<CaseLayout, "tokens" | "phase">, token: number, phase: number): boolean {
  return (tokens?.has(token) ?? true) && (own === undefined || own === phase);
}

function passageOf(
  { cases, period, values }: Layout,
  { document, position: query, scores }: Observation,
  decision: Decision,
  known: NearsByPoints,
): Passage {
  const tokens = document.tokens.slice(0, query + 1);
  const distinct = Int32Array.from(new Set(tokens));
  const phase = (document.position + query) % period;
  const wanted = sharesOf(scores, decision);
  const current = tokens[query] as number;
  const own = cases.find((each) => holds(each, current, phase));
  const nearsOf = (each: CaseLayout, points: Curve["points"], from: number, except?: number): Nears => {
    const byToken = known.get(points) ?? new Map<number, Nears>();
    known.set(points, byToken);
    const nears = byToken.get(from) ?? nearsFrom(values, each, points, from, except);
    byToken.set(from, nears);
    return nears;
  };
  return {
    query,
    case: own,
    distinct,
    which: Int32Array.from(tokens, (token) => distinct.indexOf(token)),
    nears: own?.differences && nearsOf(own, own.differences, current),
    copyNears: (own?.copies ?? []).map(
      ({ near }) => own && near && Array.from(distinct, (from) => nearsOf(own, near, from, from)),
    ),
    wanted,
    constant: certaintyOf(wanted, decision),
  };
}

/** Tokens, and the places of the numbers at the points that each lies between, with the share of the second one. */
export interface Nears {
  readonly tokens: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly share: Float64Array;
}

function nearsFrom(
  values: readonly number[],
  own: CaseLayout,
  points: Curve["points"],
  from: number,
  except?: number,
): Nears {
  const found = values.flatMap((value, token) => {
    const difference = value - (values[from] as number);
    if (!own.isOther[token] || token === except || Number.isNaN(difference)) return [];
    const near: number[] = [];
    between(points, difference, near);
    const [left = 0, , right = left, share = 0] = near;
    return [{ token, left, right, share }];
  });
  return {
    tokens: Int32Array.from(found, ({ token }) => token),
    left: Int32Array.from(found, ({ left }) => left),
    right: Int32Array.from(found, ({ right }) => right),
    share: Float64Array.from(found, ({ share }) => share),
  };
}
