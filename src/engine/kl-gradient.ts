import { columnsOf, type Machine, type Tensor } from "../runtime/index.ts";
import type { Decision } from "../text/index.ts";

/** Scores (positions, vocabulary) in a machine's memory. */
export interface ScoresIn {
  readonly machine: Machine;
  readonly scores: Tensor;
}

/**
 * The sum over positions of KL(original || program) in nats, for "positive" of the tokens' binary KLs. The program's scores
 * become the gradient with respect to them; the original's are overwritten.
 */
export function klGradient(decision: Decision, original: ScoresIn, program: ScoresIn): number {
  if (decision === "positive") {
    return binaryKl(original.machine.values(original.scores), program.machine.values(program.scores));
  }
  const [before, after] = [original, program].map(({ machine, scores }) => machine.values(scores).slice());
  for (const { machine, scores } of [original, program]) machine.softmaxCausal(scores, columnsOf(scores)); // hides nothing
  return softmaxKl(
    { scores: before as Float32Array, shares: original.machine.values(original.scores) },
    { scores: after as Float32Array, shares: program.machine.values(program.scores) },
    columnsOf(program.scores),
  );
}

interface Softmaxed {
  readonly scores: Float32Array;
  readonly shares: Float32Array;
}

/**
 * With scores a and b, shares p and q, KL = sum p (a - b) - log Za + log Zb, and its gradient with respect to b is q - p.
 * The likeliest token tells log Z best: its score less the logarithm of its share.
 */
function softmaxKl(original: Softmaxed, program: Softmaxed, vocabulary: number): number {
  const [a, b, p, q] = [original.scores, program.scores, original.shares, program.shares];
  let kl = 0;
  for (let start = 0; start < q.length; start += vocabulary) {
    const end = start + vocabulary;
    let change = 0;
    let [best, programBest] = [start, start];
    for (let at = start; at < end; at++) {
      const share = p[at] as number;
      const programShare = q[at] as number;
      change += share * ((a[at] as number) - (b[at] as number));
      if (share > (p[best] as number)) best = at;
      if (programShare > (q[programBest] as number)) programBest = at;
    }
    const logSum = (a[best] as number) - Math.log(p[best] as number);
    const programLogSum = (b[programBest] as number) - Math.log(q[programBest] as number);
    kl += Math.max(0, change - logSum + programLogSum);
    for (let at = start; at < end; at++) q[at] = (q[at] as number) - (p[at] as number);
  }
  return kl;
}

/** Token by token, P log(P / Q) + (1 - P) log((1 - P) / (1 - Q)) with logistic P and Q; its gradient is Q - P. */
function binaryKl(original: Float32Array, program: Float32Array): number {
  let kl = 0;
  for (let at = 0; at < program.length; at++) {
    const a = original[at] as number;
    const b = program[at] as number;
    const share = 1 / (1 + Math.exp(-a));
    kl += share * (logLogistic(a) - logLogistic(b)) + (1 - share) * (logLogistic(-a) - logLogistic(-b));
    program[at] = 1 / (1 + Math.exp(-b)) - share;
  }
  return Math.max(0, kl);
}

function logLogistic(x: number): number {
  return x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
}
