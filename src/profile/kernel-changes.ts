import type { HeadNode, LookNode, Program } from "../ir/index.ts";
import type { KernelLook, SinkLook } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { HeadChange } from "./change-prices.ts";
import { distanceBuckets } from "./distance-buckets.ts";
import { fitKernel } from "./kernel-fit.ts";
import type { Statistics } from "./statistics.ts";

/** A head that looks by a kernel and a sink, moving what it moved. */
export interface KernelChange extends HeadChange {
  readonly rule: KernelLook;
  readonly sink: SinkLook;
}

/** Fits a kernel and a sink to every head that looks by weights. */
export function kernelChanges(
  program: Program,
  { heads }: Statistics,
  documents: readonly TokenDocument[],
  longest: number,
): KernelChange[] {
  if (documents.length === 0) return [];
  const buckets = distanceBuckets(longest);
  const queries = Array.from(
    { length: longest },
    (_, query) => documents.filter(({ tokens }) => tokens.length > query).length,
  );
  return program.blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head) => {
      const statistics = heads[block]?.[head];
      const looksByWeights = node.looks.some(({ kind }) => kind === "denseLook");
      if (!statistics || !looksByWeights || node.moves.kind === "constantMove") return [];
      const { rule, sink } = fitKernel(buckets, queries, statistics);
      return [{ block, head, rule, sink, replacement: lookingBy(node, rule, sink) }];
    }),
  );
}

function lookingBy(head: HeadNode, rule: KernelLook, sink: SinkLook): HeadNode {
  const base = { shape: ["time", "time"] as const, origin: head.origin };
  const looks: LookNode[] = [
    { ...base, id: `${head.id}.sink`, kind: "sinkLook", rule: sink },
    { ...base, id: `${head.id}.kernel`, kind: "kernelLook", rule },
  ];
  return { ...head, looks };
}
