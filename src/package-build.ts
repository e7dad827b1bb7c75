import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { CompilerError } from "./errors.ts";
import { isPackage } from "./output-folder.ts";

/** What of a package is built, by paths such as "src/index.ts", and whether its comments stay. */
export interface PackageBuild {
  readonly isBuilt?: (path: string) => boolean;
  readonly removeComments?: boolean;
}

/**
 * Builds a compiled package as its own `npm run build` would, but outside it and without looking at types.
 *
 * @param folder the package
 * @param destination an empty folder for the JavaScript; it must last as long as the program runs
 * @returns the URL of the built index.js
 * @throws CompilerError package-missing
 */
export async function buildPackage(
  folder: string,
  destination: string,
  { isBuilt = () => true, removeComments = false }: PackageBuild = {},
): Promise<string> {
  const sources = await readdir(join(folder, "src"), { recursive: true }).catch((): string[] => []);
  if (!(await isPackage(folder)) || !sources.includes("index.ts")) {
    throw CompilerError.of("package-missing", { path: folder });
  }
  const { default: typescript } = await import("typescript");
  const compilerOptions = {
    target: typescript.ScriptTarget.ES2023,
    module: typescript.ModuleKind.ES2022,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    removeComments,
  };
  for (const name of sources.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))) {
    if (!isBuilt(`src/${name.replaceAll(sep, "/")}`)) continue;
    const source = await readFile(join(folder, "src", name), "utf8");
    const { outputText } = typescript.transpileModule(source, { compilerOptions, fileName: name });
    const path = join(destination, "dist", name.replace(/\.ts$/, ".js"));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, outputText);
  }
  await writeFile(join(destination, "package.json"), '{ "type": "module" }\n');
  await symlink(resolve(folder, "weights"), join(destination, "weights"), "junction");
  return pathToFileURL(join(destination, "dist", "index.js")).href;
}
