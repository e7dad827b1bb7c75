import { describe, expect, test } from "vitest";
import { headDescription, mlpDescription } from "../../src/codegen/descriptions.ts";
import type { HeadNode, MlpNode } from "../../src/ir/index.ts";
import type { HeadProfile, MlpProfile } from "../../src/profile/index.ts";
import { randomInput } from "./emitted.ts";

const { program, profile } = randomInput(5);

const headOf = (block: number, head: number): [HeadNode, HeadProfile] => [
  program.blocks[block]?.attention.heads[head] as HeadNode,
  profile.heads[block]?.[head] as HeadProfile,
];
const mlpOf = (block: number, explained?: number): [MlpNode, MlpProfile] => {
  const tokenTable = explained === undefined ? undefined : { by: "current token" as const, explained, tokens: 9 };
  const measured = profile.mlps[block] as MlpProfile;
  return [program.blocks[block]?.mlp as MlpNode, { ...measured, ...(tokenTable && { tokenTable }) }];
};

describe("a site's description", () => {
  test("of a head that looks by weights carries the rule's numbers", () => {
    const [head, measured] = headOf(1, 0);
    expect(headDescription(head, measured)).toEqual({
      described: measured.kernelFit?.explained,
      describedBy: "distance and first token",
      closestRule: { sink: 0.75, steps: measured.kernelFit?.rule.steps },
    });
  });

  test("of a head that looks by the rule has its score alone", () => {
    const [head, measured] = headOf(0, 0);
    expect(headDescription(head, measured)).toEqual({
      described: measured.kernelFit?.explained,
      describedBy: "distance and first token",
    });
  });

  test("of a constant is worth nothing", () => {
    expect(headDescription(...headOf(0, 1))).toEqual({ described: 0, describedBy: "a constant" });
    const [mlp, measured] = mlpOf(0, 0.9);
    const constant = { ...mlp, parts: mlp.parts.filter(({ kind }) => kind === "constantPart") };
    expect(mlpDescription(constant, measured)).toEqual({ described: 0, describedBy: "a constant" });
  });

  test("of an MLP is its table by one token, and at least 0", () => {
    expect(mlpDescription(...mlpOf(1, 0.4))).toEqual({ described: 0.4, describedBy: "current token" });
    expect(mlpDescription(...mlpOf(1, -0.4))).toEqual({ described: 0, describedBy: "current token" });
    expect(mlpDescription(...mlpOf(1))).toBeUndefined();
  });
});
