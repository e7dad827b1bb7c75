import type { HeadNode, LookNode, Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { HeadChange } from "./change-prices.ts";
import { distanceBuckets } from "./distance-buckets.ts";
import { matchCells, matchDocuments } from "./match-cells.ts";
import { attendedMatches, fitMatches, type MatchScores } from "./match-fit.ts";
import type { Statistics } from "./statistics.ts";

/** A head that looks by distance, first token and repetitions, moving what it moved. */
export interface MatchChange extends HeadChange {
  readonly matched: MatchScores;
}

/** Fits such looks to the heads that look by weights and attend to repetitions. */
export function matchChanges(
  program: Program,
  { heads }: Statistics,
  documents: readonly TokenDocument[],
  longest: number,
): MatchChange[] {
  if (documents.length === 0) return [];
  const buckets = distanceBuckets(longest);
  const queries = matchCells(matchDocuments(documents), buckets);
  return program.blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head) => {
      const mass = heads[block]?.[head]?.byFeature;
      const looksByWeights = node.looks.some(({ kind }) => kind === "denseLook");
      if (!mass || !looksByWeights || node.moves.kind === "constantMove") return [];
      const kinds = attendedMatches(buckets, queries, mass);
      if (kinds.length === 0) return [];
      const matched = fitMatches(buckets, queries, mass, kinds);
      return [{ block, head, matched, replacement: lookingBy(node, matched) }];
    }),
  );
}

function lookingBy(head: HeadNode, { rule, sink, matches }: MatchScores): HeadNode {
  const base = { shape: ["time", "time"] as const, origin: head.origin };
  const looks: LookNode[] = [
    { ...base, id: `${head.id}.sink`, kind: "sinkLook", rule: sink },
    { ...base, id: `${head.id}.kernel`, kind: "kernelLook", rule },
    ...matches.map((match): LookNode => ({
      ...base,
      id: `${head.id}.${match.keyBack === 0 ? "duplicate" : "induction"}`,
      kind: "matchLook",
      rule: match,
    })),
  ];
  return { ...head, looks };
}
