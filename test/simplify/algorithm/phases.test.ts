import { describe, expect, test } from "vitest";
import { lift, withTensor, type Program } from "../../../src/ir/index.ts";
import { ObservedModel } from "../../../src/profile/index.ts";
import type { DocumentScores } from "../../../src/simplify/algorithm/fidelity.ts";
import { phasesOf } from "../../../src/simplify/algorithm/trim.ts";
import type { TokenDocument } from "../../../src/text/index.ts";
import { randomDocuments } from "../../engine/random-documents.ts";
import { randomLiftSource, seededNormal } from "../../ir/random-model.ts";

const LENGTH = 4;
const UNUSED = 5;

/** Even positions are alike, and odd ones; but the last ones, which no text has, are like no others. */
function alternating(): Program {
  const program = lift(randomLiftSource(1));
  const { embed, context, width } = program;
  const normal = seededNormal(5);
  const rows = Array.from({ length: 2 }, () => Array.from({ length: width }, () => normal()));
  const positions = Array.from({ length: context }, (_, position) =>
    position < context - UNUSED ? (rows[position % 2] as number[]) : rows.flat().slice(0, width).map(normal),
  );
  return withTensor(program, embed.positions, Float32Array.from(positions.flat()));
}

const program = alternating();

const phasesWhere = (begins: (index: number) => number) => {
  const documents: TokenDocument[] = randomDocuments(3, 7, LENGTH, 20).map((own, index) => ({
    ...own,
    position: begins(index),
  }));
  const targets = new ObservedModel(program).scores(documents);
  return phasesOf(program, documents, (scores) => difference(targets, scores), 0);
};

describe("phases", () => {
  test("are counted from the first token where texts give the same answers wherever others begin", () => {
    expect(phasesWhere((index) => 2 * (index % 4))).toEqual({ period: 2, phasesFrom: "text" });
  });

  test("are none where all texts begin at one place, which says nothing of others", () => {
    expect(phasesWhere(() => 2)).toEqual({ period: 1 });
  });

  test("are none where it matters where a text begins, and no period says how", () => {
    expect(phasesWhere((index) => index)).toEqual({ period: 1 });
  });
});

/** As flips the share of rows that differ at all. */
function difference(targets: DocumentScores, scores: DocumentScores) {
  const rows = targets.flatMap((document, index) =>
    document.map((row, place) => {
      const own = scores[index]?.[place] as Float32Array;
      return row.reduce((sum, value, at) => sum + (value - (own[at] as number)) ** 2, 0);
    }),
  );
  const flips = rows.filter((square) => square > 1e-6).length / rows.length;
  return { flips, flipsHigh: flips, match: 1 - flips, kl: rows.reduce((sum, square) => sum + square, 0) / rows.length };
}
