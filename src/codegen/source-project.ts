import { Project, ts, type SourceFileStructure, type StatementStructures } from "ts-morph";
import { CompilerError } from "../errors.ts";
import { laidOut } from "./layout.ts";

/** A TypeScript file to build: its statements as ts-morph takes them, or its text. */
export interface SourceFilePlan {
  readonly path: string;
  readonly source: string | readonly (string | StatementStructures)[];
}

/**
 * Builds the files, lays them out, and type-checks them as one package, all in memory.
 *
 * @param plans what is to be built and laid out
 * @param verbatim files that are part of the package as they are, package.json and tsconfig.json among them
 * @throws CompilerError internal, with the file and the message of the first error of types or syntax
 */
export async function builtSources(
  plans: readonly SourceFilePlan[],
  verbatim: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const project = packageProject(verbatim);
  const built = new Map<string, string>();
  for (const { path, source } of plans) {
    const structure: Omit<SourceFileStructure, "kind"> | string =
      typeof source === "string" ? source : { statements: [...source] };
    const file = project.createSourceFile(`/${path}`, structure);
    const text = await laidOut(path, file.getFullText());
    file.replaceWithText(text);
    built.set(path, text);
  }
  checkTypes(project);
  return built;
}

function packageProject(verbatim: ReadonlyMap<string, string>): Project {
  const settings = ts.parseConfigFileTextToJson("tsconfig.json", verbatim.get("tsconfig.json") ?? "{}");
  const { options } = ts.convertCompilerOptionsFromJson(
    (settings.config as { compilerOptions?: unknown }).compilerOptions,
    "/",
  );
  // ts-morph takes every file for CommonJS under NodeNext, whatever package.json says; this is the nearest that it checks.
  const modules = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  const compilerOptions = { ...options, ...modules, noEmit: true };
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions });
  for (const [path, text] of verbatim) {
    if (path.endsWith(".ts")) project.createSourceFile(`/${path}`, text);
    else project.getFileSystem().writeFileSync(`/${path}`, text);
  }
  return project;
}

function checkTypes(project: Project): void {
  const [diagnostic] = project.getPreEmitDiagnostics();
  if (!diagnostic) return;
  const file = diagnostic.getSourceFile()?.getFilePath().slice(1) ?? "tsconfig.json";
  const message = ts.flattenDiagnosticMessageText(diagnostic.compilerObject.messageText, " ");
  const reason = `the emitted ${file}:${diagnostic.getLineNumber() ?? 1} does not type-check: ${message}`;
  throw CompilerError.of("internal", { reason });
}
