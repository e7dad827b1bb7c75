import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { depthOf, holdsAt, predicateCode, setsOf, type NamedTokens, type Predicate } from "../../src/ir/index.ts";
import { Here, type TokenSet } from "../../src/runtime/index.ts";

const VOCABULARY = 6;

/** Every set of tokens has one name. */
const sets: fc.Arbitrary<NamedTokens> = fc
  .subarray([0, 1, 2, 3, 4, 5])
  .map((tokens) => ({ name: `SET_${tokens.join("_")}`, tokens }));

const small = fc.nat({ max: 5 });

const questions: fc.Arbitrary<Predicate> = fc.oneof(
  fc.record({ kind: fc.constant("token" as const), back: small, set: sets }),
  fc.record({ kind: fc.constant("anyOfLast" as const), count: small, set: sets }),
  fc.record({ kind: fc.constant("noneSoFar" as const), set: sets }),
  fc.record({ kind: fc.constant("since" as const), set: sets, least: small, most: small }),
  fc.record({ kind: fc.constant("repeats" as const), length: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("position" as const), least: small }),
  fc.record({ kind: fc.constant("position" as const), least: small, most: small }),
  fc.record({ kind: fc.constant("inside" as const), marks: sets }),
  fc.record({ kind: fc.constant("depth" as const), opening: sets, closing: sets, least: small }),
);

const combined = (parts: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate> =>
  fc.oneof(
    parts,
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(parts, { minLength: 0, maxLength: 3 }),
    }),
    parts.map((part): Predicate => ({ kind: "not", of: [part] })),
  );

const predicates = combined(combined(combined(questions)));
const texts = fc.array(fc.nat({ max: VOCABULARY - 1 }), { minLength: 1, maxLength: 12 });

/** What TypeScript makes of the printed source. */
function evaluated(predicate: Predicate): (here: Here) => boolean {
  const sets = new Map(setsOf(predicate).map(({ name, tokens }) => [name, membersOf(tokens)]));
  const run = new Function("here", ...sets.keys(), `return ${predicateCode(predicate)};`) as (
    ...values: unknown[]
  ) => boolean;
  return (here) => run(here, ...sets.values());
}

const membersOf = (tokens: readonly number[]): TokenSet => ({
  members: Uint8Array.from({ length: VOCABULARY }, (_, token) => Number(tokens.includes(token))),
});

const places = (tokens: readonly number[]): Here[] => tokens.map((_, position) => new Here(tokens, position));

describe("a predicate", () => {
  it("means what its printed source does, on any text", () => {
    fc.assert(
      fc.property(predicates, texts, (predicate, tokens) => {
        const [interpreted, printed] = [holdsAt(predicate, VOCABULARY), evaluated(predicate)];
        expect(places(tokens).map(interpreted)).toEqual(places(tokens).map(printed));
      }),
      { numRuns: 400 },
    );
  });

  it("never looks ahead: it says the same when the text goes on", () => {
    fc.assert(
      fc.property(predicates, texts, texts, (predicate, tokens, more) => {
        const holds = holdsAt(predicate, VOCABULARY);
        const longer = places([...tokens, ...more]).slice(0, tokens.length);
        expect(longer.map(holds)).toEqual(places(tokens).map(holds));
      }),
    );
  });

  it("knows how deep it is", () => {
    const question: Predicate = { kind: "repeats", length: 1 };
    expect(depthOf(question)).toBe(0);
    expect(depthOf({ kind: "not", of: [{ kind: "and", of: [question, question] }] })).toBe(2);
  });

  it("reads like a condition that a person wrote", () => {
    const months = { name: "MONTHS", tokens: [1] };
    const digits = { name: "DIGITS", tokens: [2] };
    const predicate: Predicate = {
      kind: "and",
      of: [
        { kind: "token", back: 0, set: months },
        { kind: "not", of: [{ kind: "token", back: 1, set: digits }] },
        {
          kind: "or",
          of: [
            { kind: "repeats", length: 1 },
            { kind: "not", of: [{ kind: "since", set: digits, least: 0, most: 3 }] },
          ],
        },
      ],
    };
    expect(predicateCode(predicate)).toBe(
      "here.token.isIn(MONTHS) && !here.previous.isIn(DIGITS) && (here.seenBefore || !(here.since(DIGITS) <= 3))",
    );
  });
});

describe("a place in a text", () => {
  const set = (...tokens: number[]) => membersOf(tokens);
  const at = (tokens: readonly number[]): Here => new Here(tokens, tokens.length - 1);

  it("counts how many brackets are open, and lets none close that never opened", () => {
    expect(at([2, 1, 1, 0, 2]).depth(set(1), set(2))).toBe(1);
    expect(at([2, 2, 1]).depth(set(1), set(2))).toBe(1);
    expect(at([1, 2, 2]).depth(set(1), set(2))).toBe(0);
  });

  it("is inside quotation marks after an odd number of them", () => {
    expect(at([3, 0]).isInside(set(3))).toBe(true);
    expect(at([3, 0, 3]).isInside(set(3))).toBe(false);
  });

  it("finds repetitions that may overlap", () => {
    expect(at([4, 4]).seenBefore).toBe(true);
    expect(at([4, 4, 4]).repeats(2)).toBe(true);
    expect(at([4, 5, 4]).repeats(2)).toBe(false);
    expect(at([1, 2, 0, 1, 2]).repeats(2)).toBe(true);
  });

  it("has nothing before the first token", () => {
    expect(at([1]).previous.isIn(set(0, 1, 2, 3, 4, 5))).toBe(false);
    expect(at([1]).since(set(2))).toBe(Infinity);
  });
});
