import type { NamedTokens, Predicate, RulePartNode } from "../ir/index.ts";
import { effectLines, withSurroundings } from "./context-prose.ts";
import type { EmitInput } from "./input.ts";
import type { TokenText } from "./token-text.ts";
import { counted, aboutNats, positivePercent } from "./wording.ts";

/** Contexts shown of a rule. */
const CONTEXTS = 2;

/** The doc comment of a rule: when it writes, real contexts of its first neuron, what it stands for, costs and explains. */
export function ruleProse(
  { profile, ledger }: EmitInput,
  block: number,
  rule: RulePartNode,
  tokens: TokenText,
): string {
  const [first = 0] = rule.neurons;
  const neuron = profile.mlps[block]?.neurons[first];
  const site = rule.id.replace(/rule(\d+)$/u, "neuron$1");
  const entry = ledger.find(({ action, site: at }) => action === "accepted" && at === site);
  const [strongest] = neuron?.contexts ?? [];
  const contexts = withSurroundings(neuron?.contexts ?? []).slice(0, CONTEXTS);
  const effects = neuron ? effectLines(tokens, neuron.raises, neuron.lowers) : [];
  return [
    `Writes one vector ${predicateWords(rule.when)}. Stands for ${counted(rule.neurons.length, "neuron")}.`,
    "",
    ...contexts.flatMap((context) => [
      `  ${tokens.context(context)}`,
      ...(context === strongest ? effects.map((effect) => `    ${effect}`) : []),
    ]),
    "",
    ...(entry?.predictedKl === undefined ? [] : [`Costs ${aboutNats(entry.predictedKl)}.`]),
    ...(entry?.explained === undefined
      ? []
      : [`The rule explains ${positivePercent(entry.explained)} of these neurons' effect on unseen text.`]),
  ].join("\n");
}

/** The predicate as the rest of a sentence: "where the token is in MONTHS and the previous one is not in DIGITS". */
export function predicateWords(predicate: Predicate): string {
  return `where ${words(predicate)}`;
}

const at = (back: number): string =>
  back === 0 ? "the token" : back === 1 ? "the previous token" : `the token ${back} back`;

function negated(predicate: Predicate): string {
  if (predicate.kind === "token") return `${at(predicate.back)} is not in ${name(predicate.set)}`;
  if (predicate.kind === "anyOfLast") return `none of the last ${predicate.count} tokens is in ${name(predicate.set)}`;
  return `not (${words(predicate)})`;
}

const name = ({ name: own }: NamedTokens): string => own;

function words(predicate: Predicate): string {
  switch (predicate.kind) {
    case "and":
    case "or":
      if (predicate.of.length === 0) return predicate.kind === "and" ? "anything holds" : "nothing holds";
      return predicate.of
        .map((part) => ("of" in part && part.kind !== "not" ? `(${words(part)})` : words(part)))
        .join(` ${predicate.kind} `);
    case "not":
      return negated(predicate.of[0]);
    case "token":
      return `${at(predicate.back)} is in ${name(predicate.set)}`;
    case "anyOfLast":
      return `one of the last ${predicate.count} tokens is in ${name(predicate.set)}`;
    case "noneSoFar":
      return `no token so far is in ${name(predicate.set)}`;
    case "since":
      return `the last token of ${name(predicate.set)} is ${predicate.least} to ${predicate.most} back`;
    case "repeats":
      return predicate.length === 1 ? "the token came before" : `the last ${predicate.length} tokens came before`;
    case "position":
      return predicate.most === undefined
        ? `at least ${predicate.least} tokens come before`
        : `${predicate.least} to ${predicate.most} tokens come before`;
    case "inside":
      return `an odd number of tokens so far is in ${name(predicate.marks)}`;
    case "depth":
      return `at least ${predicate.least} of ${name(predicate.opening)} are not closed by ${name(predicate.closing)}`;
  }
}
