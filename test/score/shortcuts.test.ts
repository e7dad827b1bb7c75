import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lift } from "../../src/ir/index.ts";
import { writeHandMadePackage } from "./hand-made-package.ts";
import { randomDocuments, randomModel, samples, score, temporaryFolder, testDocuments, withRules } from "./planted.ts";

const model = randomModel(1);
const documents = randomDocuments(3);
const source = samples(documents);

/** A package whose token 7 is always followed by token 2, or one without that. */
function packageOf(hasShortcut: boolean): string {
  const folder = temporaryFolder();
  writeHandMadePackage(folder, withRules(lift(model)), model.tokenizer);
  if (!hasShortcut) return folder;
  const path = join(folder, "src", "model.ts");
  const text = readFileSync(path, "utf8").replace("export const model: Model", "const rest: Model");
  const shortcut = `import { shortcutsOf } from "./runtime/index.ts";
export const model: Model = { ...rest, shortcuts: shortcutsOf([{ after: [7], next: 2 }]) };`;
  writeFileSync(path, text + shortcut);
  return folder;
}

describe("the score of a package with shortcuts", () => {
  test("counts what they decide, their flips and their source, and lets no other part of the headline profit", async () => {
    const plain = await score({ folder: packageOf(false), model, source });
    const short = await score({ folder: packageOf(true), model, source });
    const tokens = testDocuments(documents).flatMap((document) => document.tokens);
    expect(plain.explanation.coverage.decided).toBe(0);
    expect(short.explanation.coverage.decided).toBeCloseTo(
      tokens.filter((token) => token === 7).length / tokens.length,
      5,
    );
    expect(short.fidelity.flips.value).toBeGreaterThan(plain.fidelity.flips.value);
    const { recovery, simulation, falsification } = plain.explanation;
    expect(short.explanation).toMatchObject({ recovery, simulation, falsification });
    expect(short.explanation.bits).toBeLessThan(plain.explanation.bits);
    // The source of one rule, of a model of about 25,000 bits: nothing else changes.
    expect(short.explanation.bits).toBeGreaterThan(plain.explanation.bits - 0.05);
  });
});
