import { lift, type LiftConfig, type Program } from "../../src/ir/index.ts";
import { canonicalise } from "../../src/simplify/index.ts";
import { randomLiftSource } from "../ir/random-model.ts";

/** A random program after the exact passes. */
export function canonicalProgram(seed: number, options: Partial<LiftConfig> = {}): Program {
  const source = randomLiftSource(seed, options);
  const tokenTexts = Array.from({ length: source.config.vocabulary }, (_, id) => `t${id}`);
  return canonicalise(lift(source), tokenTexts).program;
}
