import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import { DEFAULT_BUDGET, parseBudget } from "../budget.ts";
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
  return new Option("--budget <budget>", "1%, flips=1%, wer=1%, kl=0.0005 or exact").argParser(parseBudget);
}

/** --budget with the default of a compilation. */
export function budgetOptionWithDefault(): Option {
  return budgetOption().default(parseBudget(DEFAULT_BUDGET), DEFAULT_BUDGET);
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
