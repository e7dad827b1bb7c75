/**
 * Writes the generated parts of README.md from output/tiny: `npm run readme`. A test fails while they differ.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { withGeneratedParts } from "./readme-parts.ts";

const path = new URL("../README.md", import.meta.url);
writeFileSync(path, withGeneratedParts(readFileSync(path, "utf8")));
