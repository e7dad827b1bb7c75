import type { AlgorithmLook, ByToken } from "../../runtime/index.ts";
import { fittedScores, type Attending } from "./attention-fit.ts";
import type { Phases } from "./trim.ts";

/** A way in which a head may look. */
export interface LookForm {
  readonly name: string;
  /** The best looks of this form for some patterns. */
  readonly fit: (queries: readonly Attending[], vocabulary: Vocabulary) => AlgorithmLook[];
}

/** What tokens are called, and how many phases positions have. */
export interface Vocabulary extends Phases {
  readonly words: readonly string[];
}

/** Most tokens back of each step of a kernel but the last. */
const STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 11, 15, 31, 63];
/** A score beyond this share of nothing is as good as it. */
const MOST = 20;
/** Scores are written with two decimals. */
const HUNDRED = 100;

type Part = "tokens" | "pairs" | "phases" | "kernel";

const form = (...parts: readonly Part[]): LookForm => ({
  name: parts.length === 0 ? "even" : parts.join(" and "),
  fit: (queries, vocabulary) => (parts.length === 0 ? [] : looksOf(parts, queries, vocabulary)),
});

/** From the simplest to the richest; those with phases come only where positions have some. */
export function lookForms({ period }: Pick<Vocabulary, "period">): LookForm[] {
  const plain = [
    form(),
    form("tokens"),
    form("kernel"),
    form("kernel", "tokens"),
    form("pairs"),
    form("kernel", "pairs"),
  ];
  const phased = [form("phases"), form("phases", "tokens"), form("phases", "pairs"), form("kernel", "phases", "pairs")];
  return period > 1 ? [...plain, ...phased] : plain;
}

function looksOf(parts: readonly Part[], queries: readonly Attending[], vocabulary: Vocabulary): AlgorithmLook[] {
  const { period } = vocabulary;
  const scores = fittedScores(queries, ({ tokens, first, query }, key) =>
    parts.map((part) => {
      if (part === "tokens") return [`tokens ${tokens[key]}`, 1] as const;
      if (part === "pairs") return [`pairs ${tokens[query]} ${tokens[key]}`, 1] as const;
      if (part === "phases") return [`phases ${(first + query) % period} ${(first + key) % period}`, 1] as const;
      return [`kernel ${stepOf(query - key)}`, 1] as const;
    }),
  );
  const common = commonest(queries);
  return parts.flatMap((part) => {
    const look = READ[part](scores, common, vocabulary);
    return look ? [look] : [];
  });
}

function stepOf(back: number): number {
  const step = STEPS.findIndex((last) => back <= last);
  return step < 0 ? STEPS.length : step;
}

/** The tokens that are attended to, those first that get most of all attention. */
function commonest(queries: readonly Attending[]): number[] {
  const totals = new Map<number, number>();
  for (const { tokens, query, pattern } of queries) {
    for (let key = 0; key <= query; key++) {
      const token = tokens[key] as number;
      totals.set(token, (totals.get(token) ?? 0) + (pattern[key] as number));
    }
  }
  return [...totals].sort(([one, first], [other, second]) => second - first || one - other).map(([token]) => token);
}

type Read = (
  scores: ReadonlyMap<string, number>,
  common: readonly number[],
  vocabulary: Vocabulary,
) => AlgorithmLook | undefined;

/** What adds the same to all keys of a query changes nothing: the commonest token, or the furthest step, scores 0. */
const READ: Readonly<Record<Part, Read>> = {
  tokens: (scores, common, { words }) => {
    const listed = relative(scores, common, words, (token) => `tokens ${token}`);
    return Object.keys(listed).length > 0 ? { kind: "tokens", scores: listed } : undefined;
  },
  pairs: (scores, common, { words }) => {
    const asking = [
      ...new Set(
        [...scores.keys()].filter((name) => name.startsWith("pairs ")).map((name) => Number(name.split(" ")[1])),
      ),
    ];
    const rows = asking
      .sort((one, other) => one - other)
      .flatMap((query) => {
        const row = relative(scores, common, words, (token) => `pairs ${query} ${token}`);
        return Object.keys(row).length > 0 ? [[words[query] as string, row] as const] : [];
      });
    return rows.length > 0 ? { kind: "pairs", scores: Object.fromEntries(rows) } : undefined;
  },
  phases: (scores, _common, { period }) => {
    const rows = Array.from({ length: period }, (_, query) => {
      const row = Array.from({ length: period }, (_own, key) => scores.get(`phases ${query} ${key}`) ?? 0);
      return row.map((score) => written(score - (row.at(-1) as number)));
    });
    return { kind: "phases", scores: rows };
  },
  kernel: (scores) => {
    const known = [...STEPS, Infinity].flatMap((last, step) => {
      const score = scores.get(`kernel ${step}`);
      return score === undefined ? [] : [[last, score] as const];
    });
    const base = known.at(-1)?.[1] ?? 0;
    const steps = known.map(([last, score]): [number, number] => [
      last === Infinity ? 2 * (STEPS.at(-1) ?? 0) : last,
      written(score - base),
    ]);
    return { kind: "kernel", steps: merged(steps) };
  },
};

/** Scores less that of the commonest token that has one. */
function relative(
  scores: ReadonlyMap<string, number>,
  common: readonly number[],
  words: readonly string[],
  nameOf: (token: number) => string,
): ByToken<number> {
  const base = common.map((token) => scores.get(nameOf(token))).find((score) => score !== undefined) ?? 0;
  const entries = [...common]
    .sort((one, other) => one - other)
    .flatMap((token) => {
      const score = scores.get(nameOf(token));
      const own = score === undefined ? 0 : written(score - base);
      return own === 0 ? [] : [[words[token] as string, own] as const];
    });
  return Object.fromEntries(entries);
}

/** Neighbouring steps with the same score become one. */
function merged(steps: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return steps.filter(([, score], index) => index === steps.length - 1 || steps[index + 1]?.[1] !== score);
}

function written(score: number): number {
  return Math.round(Math.min(MOST, Math.max(-MOST, score)) * HUNDRED) / HUNDRED + 0;
}

/** The looks without scores that are nearer to 0 than this; neighbouring distances that are as near to each other share one. */
export function sparserLooks(looks: readonly AlgorithmLook[], least: number): AlgorithmLook[] {
  const kept = <Value>(by: ByToken<Value>, isKept: (value: Value) => boolean): [string, Value][] =>
    Object.entries(by).filter(([, value]) => isKept(value));
  const isLarge = (score: number): boolean => Math.abs(score) >= least;
  return looks.flatMap((look): AlgorithmLook[] => {
    switch (look.kind) {
      case "tokens": {
        const entries = kept(look.scores, isLarge);
        return entries.length > 0 ? [{ ...look, scores: Object.fromEntries(entries) }] : [];
      }
      case "pairs": {
        const rows = Object.entries(look.scores).map(([word, row]) => [word, kept(row, isLarge)] as const);
        const full = rows.flatMap(([word, row]) => (row.length > 0 ? [[word, Object.fromEntries(row)] as const] : []));
        return full.length > 0 ? [{ ...look, scores: Object.fromEntries(full) }] : [];
      }
      case "kernel": {
        const steps = look.steps.map(([last, score]): [number, number] => [last, isLarge(score) ? score : 0]);
        const few = merged(steps);
        return few.some(([, score]) => score !== 0) ? [{ ...look, steps: few }] : [];
      }
      default:
        return [look];
    }
  });
}
