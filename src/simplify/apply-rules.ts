import type { MlpNode, Program, RulePartNode } from "../ir/index.ts";
import type { RuleReplacement } from "./candidate.ts";

/** Digits of a rule's strength: as the source prints it. */
const STRENGTH_DIGITS = 3;

/** The rules without the neurons that are taken, or that an earlier rule has; rules that lose all of theirs go. */
export function withoutTaken(rules: readonly RuleReplacement[], taken: ReadonlySet<number>): RuleReplacement[] {
  const gone = new Set(taken);
  return rules.flatMap((rule) => {
    const levels = rule.levels.filter(([neuron]) => !gone.has(neuron));
    for (const [neuron] of levels) gone.add(neuron);
    return levels.length > 0 ? [{ ...rule, levels }] : [];
  });
}

/** The MLP with a part for every rule: strength times a vector of length one, what its neurons write more where it holds. */
export function withRules(
  program: Program,
  before: MlpNode,
  rest: MlpNode,
  rules: readonly RuleReplacement[],
  values: Map<string, Float32Array>,
): MlpNode {
  if (rules.length === 0) return rest;
  const parts = rules.map((rule): RulePartNode => {
    const written = changeOf(program, before, rule);
    const length = Math.hypot(...written);
    const strength = Number(length.toPrecision(STRENGTH_DIGITS));
    const [[first] = [0]] = rule.levels;
    const id = `${before.id}.rule${String(first).padStart(4, "0")}`;
    const origin = { tensors: before.origin.tensors, passes: [...before.origin.passes, rule.proposer] };
    const writes = { name: `${id}.writes`, shape: [program.width], origin };
    values.set(
      writes.name,
      Float32Array.from(written, (value) => (strength > 0 ? value / strength : 0)),
    );
    const neurons = rule.levels.map(([neuron]) => neuron);
    return { kind: "rulePart", id, shape: ["time", program.width], origin, when: rule.when, strength, writes, neurons };
  });
  const rulesBefore = rest.parts.filter(({ kind }) => kind === "constantPart").length;
  return { ...rest, parts: [...rest.parts.slice(0, rulesBefore), ...parts, ...rest.parts.slice(rulesBefore)] };
}

/** What the neurons of a rule write where it holds, less what they write elsewhere (width). */
function changeOf({ width, tensors }: Program, { parts }: MlpNode, { levels }: RuleReplacement): Float64Array {
  const changes = new Map(levels.map(([neuron, otherwise, when]) => [neuron, when - otherwise]));
  const sum = new Float64Array(width);
  for (const part of parts) {
    if (part.kind !== "densePart") continue;
    const output = tensors.get(part.output);
    part.neurons.forEach((neuron, row) => {
      const change = changes.get(neuron) ?? 0;
      if (change === 0) return;
      for (let column = 0; column < width; column++) {
        sum[column] = (sum[column] as number) + change * (output[row * width + column] as number);
      }
    });
  }
  return sum;
}
