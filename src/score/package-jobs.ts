import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compiledModule } from "../engine/index.ts";
import { buildPackage } from "../package-build.ts";

/** Jobs that run a package: modules of `jobs/` whose default export takes the package first. */
const PACKAGE_JOBS = [
  "outline-package",
  "compare-document",
  "continue-prompt",
  "measure-variants",
  "mean-outputs",
  "simulate-heads",
] as const;

/** The name of a job that runs a package. */
export type PackageJob = (typeof PACKAGE_JOBS)[number];

/** A package built in a temporary folder, ready to be imported by worker threads. */
export interface BuiltPackage {
  /** The module of a job, bound to this package, for `Engine.map`. */
  job(name: PackageJob): URL;
  /** Deletes the temporary folder. */
  remove(): Promise<void>;
}

/** Imports the package and gives it to the jobs; everything in it is the package's own code. */
const BRIDGE = `import { load } from "./dist/index.js";
import { model } from "./dist/model.js";
import { machine } from "./dist/weights.js";
import * as runtime from "./dist/runtime/index.js";

export const running = { program: await load(), model, machine, runtime };
`;

/**
 * Builds a package without writing into it. Nothing of it runs before a worker thread imports a job.
 *
 * @throws CompilerError package-missing
 */
export async function buildForJobs(folder: string): Promise<BuiltPackage> {
  const built = await realpath(await mkdtemp(join(tmpdir(), "weights2ts-score-")));
  const remove = (): Promise<void> => rm(built, { recursive: true, force: true });
  try {
    await buildPackage(folder, built);
    await writeFile(join(built, "package.js"), BRIDGE);
    await mkdir(join(built, "jobs"));
    for (const name of PACKAGE_JOBS) await writeFile(join(built, "jobs", `${name}.js`), boundJob(name));
  } catch (error) {
    await remove();
    throw error;
  }
  return { job: (name) => pathToFileURL(join(built, "jobs", `${name}.js`)), remove };
}

/** A job as the engine takes it, with the package as the job's first argument. */
function boundJob(name: PackageJob): string {
  const module = compiledModule(new URL(`./jobs/${name}.ts`, import.meta.url));
  return `import run from ${JSON.stringify(module.href)};
import { running } from "../package.js";

export default (context, item) => run(running, context, item);
`;
}
