import { describe, expect, it } from "vitest";
import { matchMeaning, matchShare, ruleAttention } from "../../src/codegen/rule-attention.ts";
import type { LookNode } from "../../src/ir/index.ts";
import { attentionPattern, createPlainMachine, kernel, sink } from "../../src/runtime/index.ts";

const node = { id: "block00.head00.look", shape: ["time", "time"] as const, origin: { tensors: [], passes: [] } };

describe("the attention of rules in words", () => {
  it("is the attention that the runtime computes from the same rules", () => {
    const rules = [
      sink(2.5),
      kernel([
        [0, -0.5],
        [1, 3],
        [12, 0.5],
        [13, -1],
      ]),
    ] as const;
    const looks: LookNode[] = [
      { ...node, kind: "sinkLook", rule: rules[0] },
      { ...node, kind: "kernelLook", rule: rules[1] },
    ];
    const machine = createPlainMachine();
    const input = machine.store(new Float32Array(64), 64, 1);
    const text = { tokens: Array.from({ length: 64 }, () => 0), past: 0 };
    const pattern = attentionPattern(machine, rules, input, text);
    const last = machine.values(pattern).slice(63 * 64);
    const back = (from: number, to: number) => last.slice(63 - to, 64 - from).reduce((sum, share) => sum + share, 0);

    const attention = ruleAttention(looks, 256);
    // 32-bit against 64-bit arithmetic.
    expect(attention?.read).toBe(64);
    expect(attention?.first).toBeCloseTo(last[0] as number, 6);
    expect(attention?.self).toBeCloseTo(back(0, 0), 6);
    expect(attention?.previous).toBeCloseTo(back(1, 1), 6);
    expect(attention?.near).toBeCloseTo(back(2, 11), 6);
    expect(attention?.far).toBeCloseTo(back(12, 62), 6);
  });

  it("adds up to one in texts of any length", () => {
    const looks: LookNode[] = [{ ...node, kind: "kernelLook", rule: kernel([[1, 1]]) }];
    for (const context of [1, 2, 3, 11, 64, 1024]) {
      const { first, self, previous, near, far } = ruleAttention(looks, context) ?? {};
      expect((first ?? 0) + (self ?? 0) + (previous ?? 0) + (near ?? 0) + (far ?? 0)).toBeCloseTo(1, 12);
    }
  });

  it("names a head after matches where one of them draws more than half of what the runtime gives to 64 tokens", () => {
    const softmax = (score: number): number => Math.exp(score) / (Math.exp(score) + 63);
    for (const score of [0, 1.5, 4, 4.2, 7]) expect(matchShare(score, 256)).toBeCloseTo(softmax(score), 12);
    expect(matchMeaning(1, matchShare(4, 256))).toBeUndefined();
    expect(matchMeaning(1, matchShare(4.2, 256))).toBe("induction");
    expect(matchMeaning(0, matchShare(4.2, 256))).toBe("duplicateToken");
    // In a short text fewer tokens share what is left.
    expect(matchMeaning(0, matchShare(4, 32))).toBe("duplicateToken");
  });
});
