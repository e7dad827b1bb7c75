import type { HeadNode } from "../ir/index.ts";

/** Whether where a head looks matters, and rules alone decide it. */
export const looksByRules = ({ looks, moves }: HeadNode): boolean =>
  moves.kind !== "constantMove" && looks.length > 0 && looks.every(({ kind }) => kind !== "denseLook");

/** Whether where a head looks matters, and weights decide it. */
export const looksByWeights = ({ looks, moves }: HeadNode): boolean =>
  moves.kind !== "constantMove" && looks.some(({ kind }) => kind === "denseLook");
