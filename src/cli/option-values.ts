import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import { DEFAULT_BUDGET, parseBudget, type Budget } from "../budget.ts";
import { DEFAULT_SIMPLIFY, REFITS, STRATEGIES } from "../simplify/index.ts";
import type { TextOption } from "../text-source.ts";

const HIGHEST_SEED = 2 ** 32 - 1;
const MOST_WORKERS = 256;
const MOST_TOKENS = 1_000_000;

/** A reader of whole numbers in a range, for Commander; what it throws becomes a usage error. */
export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** --budget: how much fidelity the result may cost. */
export function budgetOption(): Option {
  return new Option("--budget <budget>", "1%, flips=1%, wer=1%, kl=0.0005, exact or rules-only").argParser(parseBudget);
}

/** --budget with the default of a compilation. */
export function budgetOptionWithDefault(): Option {
  return budgetOption().default(parseBudget(DEFAULT_BUDGET), DEFAULT_BUDGET);
}

/** --budgets: one package for each. */
export function budgetsOption(budgets: string): Option {
  const parse = (text: string): Budget[] => namesIn(text).map(parseBudget);
  return new Option("--budgets <budgets>", "with commas between them")
    .default(parse(budgets), budgets)
    .argParser(parse);
}

/** --strategy: what the simplifier tries. */
export function strategyOption(): Option {
  return new Option("--strategy <strategy>", "full tries all rules; baseline the first few, as a mark to beat")
    .choices(STRATEGIES)
    .default(DEFAULT_SIMPLIFY.strategy);
}

/** --strategy where several packages are made. */
export function strategiesOption(): Option {
  return new Option(
    "--strategy <strategy>",
    "full tries all rules, baseline the first few; both makes two packages a budget",
  )
    .choices([...STRATEGIES, "both"])
    .default(DEFAULT_SIMPLIFY.strategy);
}

/** --refit: how what remains is fitted again. */
export function refitOption(): Option {
  return new Option(
    "--refit <steps>",
    "fit what remains again: not at all, by ridge regression, or by distillation too",
  )
    .choices(REFITS)
    .default(DEFAULT_SIMPLIFY.refit);
}

/** --without: what an ablation leaves out. */
export function withoutOption(): Option {
  return new Option("--without <names>", "proposers and refit steps to leave out, with commas between them")
    .default([], "none")
    .argParser(namesIn);
}

/** --shortcuts: rules on the output. */
export function shortcutsOption(): Option {
  return new Option("--shortcuts", "let rules on the last few tokens decide where they are sure, before the rest runs");
}

function namesIn(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("It must be one or more names, with commas between them.");
  return names;
}

/** --text: which documents are read. */
export function textOption(): Option {
  return new Option("--text <file|folder|self>", "text to read: yours, or the model's own samples")
    .default("default", "the installed text, or the model's own documents")
    .argParser(parseText);
}

function parseText(text: string): TextOption {
  if (text === "") throw new InvalidArgumentError("It must name a file or a folder, or be self or default.");
  return text === "default" || text === "self" ? text : { path: text };
}

/** --seed: the start of every random choice. */
export function seedOption(): Option {
  return new Option("--seed <number>", "start of the random choices")
    .default(0)
    .argParser(wholeNumber(0, HIGHEST_SEED));
}

/** --workers: threads; the result does not depend on it. */
export function workersOption(): Option {
  return new Option("--workers <number>", "worker threads; the result is the same for any number")
    .default(availableParallelism(), "one a core")
    .argParser(wholeNumber(1, MOST_WORKERS));
}

/** -n: how many tokens to write. */
export function tokensOption(): Option {
  return new Option("-n, --tokens <number>", "most tokens to write").default(40).argParser(wholeNumber(1, MOST_TOKENS));
}
