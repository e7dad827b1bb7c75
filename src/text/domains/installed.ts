import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * The folder of an installed data package.
 *
 * @param entry a module of the package that Node can resolve
 * @param levels how many folders above that module the package's root lies
 */
export function packageFolder(entry: string, levels: number): string {
  let folder = dirname(require.resolve(entry));
  for (let level = 0; level < levels; level++) folder = dirname(folder);
  return folder;
}

/** The files of a folder whose names end in `suffix`, sorted by name, each with its text. */
export function textFiles(folder: string, suffix: string): { name: string; text: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => ({ name: name.slice(0, -suffix.length), text: readFileSync(join(folder, name), "utf8") }));
}

/** Groups of `size` neighbours, the last one possibly shorter. */
export function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  const groups: Item[][] = [];
  for (let start = 0; start < items.length; start += size) groups.push(items.slice(start, start + size));
  return groups;
}
