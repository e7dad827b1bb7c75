import type { AddCommand } from "../command.ts";
import { addCompile } from "./compile.ts";
import { addDoctor } from "./doctor.ts";
import { addRun } from "./run.ts";
import { addScore } from "./score.ts";
import { addTune } from "./tune.ts";

/** Every command, in the order of the help. */
export const commands: readonly AddCommand[] = [addCompile, addTune, addScore, addRun, addDoctor];
