import type { Program, ShortcutsNode } from "../ir/index.ts";
import {
  createTokenizer,
  tokensByText,
  type NamingTokenizer,
  type Shortcut,
  type TokenizerData,
} from "../runtime/index.ts";
import { stringLiteral } from "./escape.ts";
import { twoDigitKey } from "./names.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importOf } from "./statements.ts";
import { counted, percent, twoDigits } from "./wording.ts";

/** Most of one file, so that it stays below 400 lines and 20 KB with its comment. */
const MOST_LINES = 360;
const MOST_CHARACTERS = 15_000;

/** Columns after which a rule takes a line for each of its tokens. */
const WIDE = 100;

/** `src/shortcuts.ts` and the files that it reads, `src/shortcuts-01.ts` and on; none where the program has no shortcuts. */
export function shortcutPlans({ shortcuts }: Program, tokenizer: TokenizerData): SourceFilePlan[] {
  if (!shortcuts) return [];
  const files = filesOf(writtenRules(shortcuts.rules, createTokenizer(tokenizer)));
  const names = files.map((_, index) => twoDigitKey("shortcuts", index + 1));
  const modules = files.map((_, index) => `shortcuts-${twoDigits(index + 1)}.ts`);
  const tables = names.map((name) => `...${name}`).join(", ");
  return [
    {
      path: "src/shortcuts.ts",
      source: [
        importOf(["readShortcuts"], "./runtime/index.ts", ["Shortcuts"]),
        ...names.map((name, index) => importOf([name], `./${modules[index]}`)),
        importOf(["tokenizer"], "./weights.ts"),
        exportedConst("shortcuts", "Shortcuts", `readShortcuts(tokenizer, [${tables}])`, proseOf(shortcuts)),
      ],
    },
    ...files.map((lines, index): SourceFilePlan => {
      const prose = `[what stands before, the token that follows], part ${index + 1} of ${files.length}: those that end in the same token stand together, and what is met most often comes first.`;
      const code = `[\n${lines.join("\n")}\n]`;
      return {
        path: `src/${modules[index]}`,
        source: [
          importOf([], "./runtime/index.ts", ["WrittenShortcut"]),
          exportedConst(names[index] as string, "readonly WrittenShortcut[]", code, prose),
        ],
      };
    }),
  ];
}

function proseOf({ rules, heldOut }: ShortcutsNode): string {
  return `Where a text ends in one of these, the next token is decided before the rest of the program is asked; of several, the longest one decides. They say what is predicted, not how: they were read off the original's own choices, and no measure of how much of it is explained counts them.

${counted(rules.length, "shortcut")}. On text that none of them was found on, they decide ${percent(heldOut.decided)} of all positions, and in ${percent(heldOut.precision)} of those as the original does. Delete a line, and the rest of the program decides there again.`;
}

/** Each rule as an element of an array literal, less the layout. */
function writtenRules(rules: readonly Shortcut[], tokenizer: NamingTokenizer): string[] {
  const ids = tokensByText(tokenizer);
  const nameOf = (token: number): string => {
    const text = tokenizer.tokenText(token);
    if (ids.get(text) !== token) throw new Error(`A shortcut names token ${token}, whose text is not its own.`);
    return stringLiteral(text);
  };
  return rules.map(({ after, next }) => {
    const text = tokenizer.decode(after);
    const readsBack = isSame(encoded(tokenizer, text), after);
    return `[${readsBack ? stringLiteral(text) : `[${after.map(nameOf).join(", ")}]`}, ${nameOf(next)}],`;
  });
}

/** The tokens of a text; none where it is not made of the vocabulary's words. */
function encoded(tokenizer: NamingTokenizer, text: string): number[] {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((token, index) => token === other[index]);

/** The rules in runs that each fill a file at most. */
function filesOf(rules: readonly string[]): string[][] {
  const files: string[][] = [];
  let [lines, characters] = [Infinity, Infinity];
  for (const rule of rules) {
    const height = rule.length > WIDE ? rule.split('", ').length + 4 : 1;
    if (lines + height > MOST_LINES || characters + rule.length > MOST_CHARACTERS) {
      files.push([]);
      [lines, characters] = [0, 0];
    }
    files.at(-1)?.push(rule);
    lines += height;
    characters += new TextEncoder().encode(rule).length + 4 * height;
  }
  return files;
}
