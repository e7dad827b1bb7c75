import { nodesOf, rewrite, sourcesBefore, touched, type Program, type Source } from "../../ir/index.ts";
import { counted, type ExactPass } from "./pass.ts";

const NAME = "expand-paths";

/**
 * Writes out what every dense look, dense move, dense part of an MLP and the unembedding read: the stream is a sum over
 * its sources, so that a score is a sum over pairs of sources and a moved value a sum over sources, once the layer
 * norms' scales are given (Elhage et al. 2021). Removes nothing: it is what later passes drop terms from.
 */
export const expandPaths: ExactPass = {
  name: NAME,
  apply(program) {
    const beforeAttention = program.blocks.map((_, block) => sourcesBefore(program, { block, before: "attention" }));
    const beforeMlp = program.blocks.map((_, block) => sourcesBefore(program, { block, before: "mlp" }));
    const beforeEnd = sourcesBefore(program, { block: program.blocks.length, before: "end" });
    return rewrite(program, {
      look(node, { block }) {
        if (node.kind !== "denseLook") return node;
        const sources = beforeAttention[block] ?? [];
        if (same(node.paths?.query, sources) && same(node.paths?.key, sources)) return node;
        return { ...node, origin: touched(node.origin, NAME), paths: { query: sources, key: sources } };
      },
      moves: (node, { block }) => (node.kind === "denseMove" ? withReads(node, beforeAttention[block] ?? []) : node),
      part: (node, { block }) => (node.kind === "densePart" ? withReads(node, beforeMlp[block] ?? []) : node),
      unembed: (node) => withReads(node, beforeEnd),
    });
  },
  removed(before, after) {
    const looks = nodesOf(after).flatMap((node) => (node.kind === "denseLook" && node.paths ? [node.paths] : []));
    const terms = looks.reduce((sum, { query, key }) => sum + query.length * key.length, 0);
    return before === after
      ? "Every path is written out."
      : `Wrote the scores of ${counted(looks.length, "head")} as sums of ${counted(terms, "term")}, and what they move, what the MLPs read and what the unembedding reads as sums over their sources; no term is dropped.`;
  },
};

function withReads<Node extends { readonly origin: Program["origin"]; readonly reads?: readonly Source[] }>(
  node: Node,
  sources: readonly Source[],
): Node {
  return same(node.reads, sources) ? node : { ...node, origin: touched(node.origin, NAME), reads: sources };
}

const same = (list: readonly Source[] | undefined, sources: readonly Source[]): boolean =>
  list !== undefined && list.length === sources.length && list.every((source, index) => source === sources[index]);
