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

  test("of a head that looks by a rule is the better one of that rule and the closest by distance", () => {
    const [head, measured] = headOf(0, 0);
    const closestRule = { sink: 0.75, steps: measured.kernelFit?.rule.steps };
    const byDistance = measured.kernelFit?.explained ?? 0;
    const closest = { described: byDistance, describedBy: "distance and first token", closestRule };
    expect(headDescription(head, measured)).toEqual(closest);
    expect(headDescription(head, measured, byDistance / 2)).toEqual(closest);
    expect(headDescription(head, measured, (1 + byDistance) / 2)).toEqual({
      described: (1 + byDistance) / 2,
      describedBy: "sink + kernel",
      closestRule,
    });
  });

  test("of a constant is that of what it replaced, and the constant itself is worth nothing", () => {
    const [head, measured] = headOf(0, 1);
    expect(headDescription(head, measured)).toMatchObject({
      described: measured.kernelFit?.explained,
      describedBy: "distance and first token",
    });
    const { kernelFit, ...unfitted } = measured;
    expect(kernelFit).toBeDefined();
    expect(headDescription(head, unfitted)).toEqual({ described: 0, describedBy: "a constant" });
    const [mlp, table] = mlpOf(0, 0.9);
    const constant = { ...mlp, parts: mlp.parts.filter(({ kind }) => kind === "constantPart") };
    expect(mlpDescription(constant, table)).toEqual({ described: 0.9, describedBy: "current token" });
    const { tokenTable, ...unread } = table;
    expect(tokenTable).toBeDefined();
    expect(mlpDescription(constant, unread)).toEqual({ described: 0, describedBy: "a constant" });
  });

  test("of an MLP is its table by one token, and at least 0", () => {
    expect(mlpDescription(...mlpOf(1, 0.4))).toEqual({ described: 0.4, describedBy: "current token" });
    expect(mlpDescription(...mlpOf(1, -0.4))).toEqual({ described: 0, describedBy: "current token" });
    expect(mlpDescription(...mlpOf(1))).toBeUndefined();
  });
});
