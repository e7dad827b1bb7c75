import { expect, test } from "vitest";
import { mapParts, rewrite } from "../../../src/ir/index.ts";
import type { Profile } from "../../../src/profile/index.ts";
import { hintsFor } from "../../../src/simplify/refit/hints.ts";
import { programOfEveryKind } from "../../engine/every-kind.ts";

const program = programOfEveryKind("gelu_new");
const profile = {
  heads: program.blocks.map(({ attention }, block) => attention.heads.map((_, head) => ({ price: 10 * block + head }))),
  mlps: program.blocks.map((_, block) => ({ price: 100 + block })),
} as unknown as Profile;

test("heads that look and move by rule are held to their originals, and MLPs without weights of their own", () => {
  // Of every block, the second head looks by rules and moves a vector by class; MLPs have dense parts.
  expect(hintsFor(program, profile)).toEqual([
    { block: 0, head: 1, weight: 1 },
    { block: 1, head: 1, weight: 11 },
  ]);
  const byText = rewrite(program, {
    mlp: (mlp) => ({ ...mlp, parts: mlp.parts.filter(({ kind }) => kind.endsWith("Vectors")) }),
  });
  expect(hintsFor(byText, profile).filter(({ head }) => head === undefined)).toEqual([
    { block: 0, weight: 100 },
    { block: 1, weight: 101 },
  ]);
  const constant = mapParts(byText, (part) =>
    part.kind === "tokenVectors" || part.kind === "classVectors"
      ? { ...part, kind: "constantPart", vector: program.finalNorm.bias! }
      : part,
  );
  expect(hintsFor(constant, profile).filter(({ head }) => head === undefined)).toEqual([]);
});
