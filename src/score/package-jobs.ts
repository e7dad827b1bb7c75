import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compiledModule } from "../engine/index.ts";
import { buildPackage } from "../package-build.ts";
import { RUNTIME, type PackageFiles } from "./package-files.ts";
import { reachableSources } from "./reachable.ts";

/** Jobs that run a package: modules of `jobs/` whose default export takes the package first. */
const PACKAGE_JOBS = [
  "outline-package",
  "compare-document",
  "continue-prompt",
  "measure-variants",
  "mean-outputs",
  "simulate-sites",
] as const;

/** The same for the package of an algorithm. */
const ALGORITHM_JOBS = ["outline-algorithm", "algorithm-means", "algorithm-document"] as const;

/** The name of a job that runs a package. */
export type PackageJob = (typeof PACKAGE_JOBS)[number] | (typeof ALGORITHM_JOBS)[number];

/** A package built in a temporary folder, ready to be imported by worker threads. */
export interface BuiltPackage {
  /** The module of a job, bound to this package, for `Engine.map`. */
  job(name: PackageJob): URL;
  /** Deletes the temporary folder. */
  remove(): Promise<void>;
}

/** What nothing that is loaded later can change. */
const FROZEN = `import { Machine } from "./dist/runtime/index.js";

Object.freeze(Machine);
Object.freeze(Machine.prototype);
`;

/** Imports the package and gives it to the jobs; everything in it is the package's own code. */
function bridge(hasEdits: boolean): string {
  const { href } = compiledModule(new URL("./plain-model.ts", import.meta.url));
  return `import "./frozen.js";
import { isGenuine, plainCopy } from ${JSON.stringify(href)};
import { load } from "./dist/index.js";
import { model } from "./dist/model.js";
import { machine } from "./dist/weights.js";
import * as runtime from "./dist/runtime/index.js";
${hasEdits ? 'import { edits } from "./dist/edits.js";\n' : ""}
const edited = ${hasEdits ? "runtime.applyEdits(model, edits)" : "model"};

export const running = {
  program: await load(),
  model: plainCopy(edited),
  machine,
  runtime,
  genuine: isGenuine(machine, runtime.Machine),
};
`;
}

/** The same for an algorithm; a structured clone reads every member once, and keeps what is shared. */
function algorithmBridge(hasEdits: boolean): string {
  return `import { load } from "./dist/index.js";
import { model } from "./dist/model.js";
import * as runtime from "./dist/runtime/index.js";
${hasEdits ? 'import { edits } from "./dist/edits.js";\n' : ""}
export const running = {
  program: await load(),
  algorithm: structuredClone(${hasEdits ? "runtime.applyAlgorithmEdits(model, edits)" : "model"}),
  runtime,
};
`;
}

/**
 * Builds a package without writing into it. Nothing of it runs before a worker thread imports a job. Only what its index
 * can reach is built, and without comments, so that nothing runs that its bits do not count.
 *
 * @throws CompilerError package-missing
 */
export function buildForJobs(files: Pick<PackageFiles, "folder" | "sources">): Promise<BuiltPackage> {
  return built(files, PACKAGE_JOBS, bridge);
}

/**
 * The same for the package of an algorithm.
 *
 * @throws CompilerError package-missing
 */
export function buildAlgorithmForJobs(files: Pick<PackageFiles, "folder" | "sources">): Promise<BuiltPackage> {
  return built(files, ALGORITHM_JOBS, algorithmBridge);
}

async function built(
  { folder, sources }: Pick<PackageFiles, "folder" | "sources">,
  jobs: readonly PackageJob[],
  bridgeOf: (hasEdits: boolean) => string,
): Promise<BuiltPackage> {
  const reached = new Set(reachableSources(sources).map(({ path }) => path));
  const isBuilt = (path: string): boolean => path.startsWith(RUNTIME) || reached.has(path);
  const destination = await realpath(await mkdtemp(join(tmpdir(), "weights2ts-score-")));
  const remove = (): Promise<void> => rm(destination, { recursive: true, force: true });
  try {
    await buildPackage(folder, destination, { isBuilt, removeComments: true });
    await writeFile(join(destination, "frozen.js"), FROZEN);
    await writeFile(join(destination, "package.js"), bridgeOf(reached.has("src/edits.ts")));
    await mkdir(join(destination, "jobs"));
    for (const name of jobs) await writeFile(join(destination, "jobs", `${name}.js`), boundJob(name));
  } catch (error) {
    await remove();
    throw error;
  }
  return { job: (name) => pathToFileURL(join(destination, "jobs", `${name}.js`)), remove };
}

/** A job as the engine takes it, with the package as the job's first argument. */
function boundJob(name: PackageJob): string {
  const module = compiledModule(new URL(`./jobs/${name}.ts`, import.meta.url));
  return `import run from ${JSON.stringify(module.href)};
import { running } from "../package.js";

export default (context, item) => run(running, context, item);
`;
}
