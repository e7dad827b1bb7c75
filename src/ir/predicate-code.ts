import type { Predicate } from "./predicates.ts";

/** The predicate as an expression of TypeScript over `here`, its sets by their names. `holdsAt` does the same. */
export function predicateCode(predicate: Predicate): string {
  switch (predicate.kind) {
    case "and":
    case "or": {
      if (predicate.of.length === 0) return String(predicate.kind === "and");
      return predicate.of.map((part) => operand(part, predicate.kind)).join(predicate.kind === "and" ? " && " : " || ");
    }
    case "not": {
      const [part] = predicate.of;
      return `!${isOneTerm(part) ? predicateCode(part) : `(${predicateCode(part)})`}`;
    }
    case "token":
      return `here.${PLACES[predicate.back] ?? `back(${predicate.back})`}.isIn(${predicate.set.name})`;
    case "anyOfLast":
      return `here.anyOfLast(${predicate.count}, ${predicate.set.name})`;
    case "noneSoFar":
      return `here.noneSoFar(${predicate.set.name})`;
    case "since":
      return range(`here.since(${predicate.set.name})`, predicate.least, predicate.most);
    case "repeats":
      return predicate.length === 1 ? "here.seenBefore" : `here.repeats(${predicate.length})`;
    case "position":
      return range("here.position", predicate.least, predicate.most);
    case "inside":
      return `here.isInside(${predicate.marks.name})`;
    case "depth":
      return `here.depth(${predicate.opening.name}, ${predicate.closing.name}) >= ${predicate.least}`;
  }
}

const PLACES = ["token", "previous"];

/** Inside "&&" and "||", the other one of the two stands in parentheses; a combination of one is that one. */
function operand(part: Predicate, within: "and" | "or"): string {
  if (part.kind !== "and" && part.kind !== "or") return predicateCode(part);
  const [only] = part.of;
  if (only && part.of.length === 1) return operand(only, within);
  const other = part.kind !== within && part.of.length > 1;
  return other ? `(${predicateCode(part)})` : predicateCode(part);
}

/** Whether "!" before it takes all of it. */
function isOneTerm(predicate: Predicate): boolean {
  return !["and", "or", "since", "position", "depth"].includes(predicate.kind);
}

/** "value >= least && value <= most", as short as it can be: values are whole numbers from 0 on. */
function range(value: string, least: number, most = Infinity): string {
  if (least === most) return `${value} === ${least}`;
  const ends = [...(least > 0 ? [`${value} >= ${least}`] : []), ...(most < Infinity ? [`${value} <= ${most}`] : [])];
  return ends.length > 0 ? ends.join(" && ") : `${value} >= 0`;
}
