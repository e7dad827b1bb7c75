import { readdirSync, readFileSync } from "node:fs";
import type { PackageFile } from "./input.ts";

/** Both the sources and the built compiler lie two folders below its root. */
const ROOT = new URL("../../", import.meta.url);

/** The runtime, verbatim. */
export function runtimeFiles(): { path: string; contents: string }[] {
  return textFiles("src/runtime/", /\.ts$/u).map(({ name, contents }) => ({ path: `src/runtime/${name}`, contents }));
}

/** The sources of the kernels, verbatim, and what they compile to. */
export function kernelFiles(): PackageFile[] {
  const sources = textFiles("kernels/", /^(?:.*\.ts|asconfig\.json)$/u);
  return [
    ...sources.map(({ name, contents }) => ({ path: `kernels/${name}`, contents })),
    { path: "weights/kernels.wasm", contents: readFileSync(new URL("dist/kernels.wasm", ROOT)) },
  ];
}

function textFiles(folder: string, pattern: RegExp): { name: string; contents: string }[] {
  const url = new URL(folder, ROOT);
  const names = readdirSync(url).filter((name) => pattern.test(name));
  return names.sort().map((name) => ({ name, contents: readFileSync(new URL(name, url), "utf8") }));
}
