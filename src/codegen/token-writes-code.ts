import type { ClassVectorsNode, TokenVectorsNode } from "../ir/index.ts";

/** The call that writes down vectors by tokens; `own` is where its weights are found. */
export function tokenWritesCode(node: ClassVectorsNode | TokenVectorsNode, own: string): string {
  return node.kind === "classVectors"
    ? `classVectors({ classes: W.tokenClasses, back: ${node.back}, vectors: ${own} })`
    : `tokenVectors({ back: ${node.back}, ${node.first ? "first: true, " : ""}...${own} })`;
}
