import { describe, expect, it } from "vitest";
import type { Observation } from "../../../src/profile/index.ts";
import { runnerOf, type Algorithm, type Average, type Case } from "../../../src/runtime/index.ts";
import { joined } from "../../../src/simplify/algorithm/join.ts";
import { seededUniform } from "../../ir/random-model.ts";

const WORDS = ["a", "b", "c"];
const share: Average = { looks: [], worth: { a: 1 } };

/** After some tokens, in a phase or in all: "a" the likelier the more of them there were. */
function rising(after: readonly string[], most: number, phase?: number): Case {
  const points = [
    [0, -2],
    [1, most],
  ] as const;
  return { after, ...(phase !== undefined && { phase }), scores: { a: { of: share, points } }, others: 0 };
}

function withCases(...cases: readonly Case[]): Algorithm {
  return { context: 64, period: 2, averages: [share], cases };
}

function joinedOnce(algorithm: Algorithm): Algorithm | undefined {
  const uniform = seededUniform(3);
  const run = runnerOf(algorithm, WORDS);
  const observations = Array.from({ length: 150 }).flatMap(() => {
    const tokens = Array.from({ length: 8 }, () => Math.floor(uniform() * WORDS.length));
    const document = { id: "drawn", domain: "drawn", tokens, position: Math.floor(uniform() * 2), scored: [2, 4, 7] };
    const { scores } = run(tokens, document.position);
    return document.scored.map((position): Observation => {
      return { document, position, heads: [], streams: [], attended: [], scores: scores[position]! };
    });
  });
  const heads = [{ block: 0, head: 0 }];
  return joined(algorithm, { words: WORDS, decision: "argmax", observations, heads, patternHeads: [] }, 1e-4);
}

describe("joining cases", () => {
  it("makes one of two that say nearly the same", () => {
    const found = joinedOnce(withCases(rising(["a"], 3), rising(["b"], 3.02), rising(["c"], -4)));
    expect(found?.cases.map(({ after }) => after?.toSorted())).toEqual([["c"], ["a", "b"]]);
  });

  it("puts it behind what is for other phases of the same tokens", () => {
    const found = joinedOnce(
      withCases(rising(["a", "b", "c"], 3, 0), rising(["a"], -4, 1), rising(["b", "c"], 3.02, 1)),
    );
    expect(found?.cases.map(({ after, phase }) => [after?.toSorted(), phase])).toEqual([
      [["a"], 1],
      [["a", "b", "c"], undefined],
    ]);
  });

  it("leaves alone what says another thing, or speaks of other next tokens", () => {
    expect(joinedOnce(withCases(rising(["a"], 3), rising(["b", "c"], -4)))).toBeUndefined();
    const other: Case = { after: ["b", "c"], scores: { b: 2 }, others: 0 };
    expect(joinedOnce(withCases(rising(["a"], 3), other))).toBeUndefined();
  });
});
