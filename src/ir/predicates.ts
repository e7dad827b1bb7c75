import type { Here, TokenSet } from "../runtime/index.ts";

/** Tokens that a predicate asks for. */
export interface NamedTokens {
  /** An UPPER_CASE identifier: the same name stands for the same tokens in all of a program. */
  readonly name: string;
  /** Ids in rising order. */
  readonly tokens: readonly number[];
}

/** A question about a place in a text, as data; see Here of the runtime for what each one means. */
export type Predicate = Question | Combination;

/** A question that is asked of the text itself. */
export type Question =
  | { readonly kind: "token"; readonly back: number; readonly set: NamedTokens }
  | { readonly kind: "anyOfLast"; readonly count: number; readonly set: NamedTokens }
  | { readonly kind: "noneSoFar"; readonly set: NamedTokens }
  /** The last token of the set stands so far back, both ends included. */
  | { readonly kind: "since"; readonly set: NamedTokens; readonly least: number; readonly most: number }
  | { readonly kind: "repeats"; readonly length: number }
  /** Tokens before this one, both ends included; no upper end where `most` is absent. */
  | { readonly kind: "position"; readonly least: number; readonly most?: number }
  | { readonly kind: "inside"; readonly marks: NamedTokens }
  | { readonly kind: "depth"; readonly opening: NamedTokens; readonly closing: NamedTokens; readonly least: number };

/** Other predicates put together. */
export type Combination =
  | { readonly kind: "and" | "or"; readonly of: readonly Predicate[] }
  | { readonly kind: "not"; readonly of: readonly [Predicate] };

/** Combinations inside each other that a reader still follows. */
export const DEEPEST = 3;

/** How many combinations are inside each other: 0 for a question. */
export function depthOf(predicate: Predicate): number {
  return "of" in predicate ? 1 + Math.max(0, ...predicate.of.map(depthOf)) : 0;
}

/** Every set that a predicate asks for, in the order in which it is written, repetitions included. */
export function setsOf(predicate: Predicate): NamedTokens[] {
  switch (predicate.kind) {
    case "and":
    case "or":
    case "not":
      return predicate.of.flatMap(setsOf);
    case "token":
    case "anyOfLast":
    case "noneSoFar":
    case "since":
      return [predicate.set];
    case "inside":
      return [predicate.marks];
    case "depth":
      return [predicate.opening, predicate.closing];
    default:
      return [];
  }
}

/** The predicate as a function of a place; `vocabulary` is the number of tokens. The code of `predicateCode` does the same. */
export function holdsAt(predicate: Predicate, vocabulary: number): (here: Here) => boolean {
  const setOf = ({ tokens }: NamedTokens): TokenSet => {
    const members = new Uint8Array(vocabulary);
    for (const token of tokens) members[token] = 1;
    return { members };
  };
  switch (predicate.kind) {
    case "and": {
      const all = predicate.of.map((part) => holdsAt(part, vocabulary));
      return (here) => all.every((part) => part(here));
    }
    case "or": {
      const all = predicate.of.map((part) => holdsAt(part, vocabulary));
      return (here) => all.some((part) => part(here));
    }
    case "not": {
      const part = holdsAt(predicate.of[0], vocabulary);
      return (here) => !part(here);
    }
    case "token": {
      const set = setOf(predicate.set);
      return (here) => here.back(predicate.back).isIn(set);
    }
    case "anyOfLast": {
      const set = setOf(predicate.set);
      return (here) => here.anyOfLast(predicate.count, set);
    }
    case "noneSoFar": {
      const set = setOf(predicate.set);
      return (here) => here.noneSoFar(set);
    }
    case "since": {
      const set = setOf(predicate.set);
      return (here) => here.since(set) >= predicate.least && here.since(set) <= predicate.most;
    }
    case "repeats":
      return (here) => here.repeats(predicate.length);
    case "position":
      return ({ position }) => position >= predicate.least && position <= (predicate.most ?? Infinity);
    case "inside": {
      const marks = setOf(predicate.marks);
      return (here) => here.isInside(marks);
    }
    case "depth": {
      const [opening, closing] = [setOf(predicate.opening), setOf(predicate.closing)];
      return (here) => here.depth(opening, closing) >= predicate.least;
    }
  }
}
