import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOURCES = fileURLToPath(new URL("../../../src", import.meta.url));
const TASKS =
  /\b(?:bce|aastar|abcde|tomita\d?|bin_majority|majority|interleave|unique_copy|sort-a|count-a|addition-a)/iu;

it("nothing in the compiler's source names a task of a benchmark", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((path) => TASKS.test(readFileSync(join(SOURCES, path), "utf8")))).toEqual([]);
});
