import type { Program, TokenClassesNode } from "../ir/index.ts";
import { render } from "./templates.ts";
import type { SourceFilePlan } from "./source-project.ts";
import type { TokenText } from "./token-text.ts";
import { counted } from "./wording.ts";

/** What the list of classes may take of a file of at most 400 lines and 20 KB; the rest is the frame around it. */
const LINES = 340;
const BYTES = 16_000;
/** Longest line of members, in characters, behind the sign of a comment. */
const WIDTH = 108;
/** Bytes of a line that are not members: indent, signs, line end. */
const LINE_FRAME = 8;
/** The least that is said of a class's members, in bytes. */
const LEAST = 24;

/** What of a program the list needs. */
type ClassifiedProgram = Pick<Program, "tokenClasses" | "tensors">;

/** The file that lists the classes of tokens: `src/token-classes.ts`; none where no rule speaks of any. */
export function tokenClassesPlans(program: ClassifiedProgram, tokens: TokenText): SourceFilePlan[] {
  if (!program.tokenClasses) return [];
  const classes = describedClasses(program.tokenClasses, program, tokens);
  return [
    {
      path: "src/token-classes.ts",
      source: render("token-classes.ts", { classes, all: classes.every(({ isWhole }) => isWhole) }),
    },
  ];
}

interface DescribedClass {
  readonly name: string;
  /** Comments above the name, where there is room, or the one behind it. */
  readonly lines: readonly string[];
  readonly trailing: string | null;
  /** Whether all members are listed. */
  readonly isWhole: boolean;
}

/** Classes with as many of their members as fit; what small classes leave of their share goes to the others. */
function describedClasses(
  { names, classes }: TokenClassesNode,
  program: ClassifiedProgram,
  tokens: TokenText,
): DescribedClass[] {
  const members: number[][] = names.map(() => []);
  program.tensors.get(classes).forEach((index, token) => members[index]?.push(token));
  const linesEach = Math.floor(LINES / names.length) - 1;
  const texts = members.map((all) => tokens.telling(all).map((token) => tokens.list([token])));
  const share = evenShare(
    texts.map((all) => byteLength(all.join(", "))),
    BYTES - names.reduce((sum, name) => sum + name.length + 2 * LINE_FRAME, 0),
  );
  return names.map((name, index): DescribedClass => {
    const all = texts[index] ?? [];
    const size = members[index]?.length ?? 0;
    const lines = filledLines(`${counted(size, "token")}: `, all, Math.max(linesEach, 1), Math.max(share, LEAST));
    const listed = { name, isWhole: !lines.isCut && all.length === size };
    return linesEach < 1
      ? { ...listed, lines: [], trailing: lines.text[0] ?? "" }
      : { ...listed, lines: lines.text, trailing: null };
  });
}

/** The most that each may take so that all together keep within a total: those that need less leave the rest. */
function evenShare(needs: readonly number[], total: number): number {
  let left = total;
  const rising = needs.toSorted((one, other) => one - other);
  for (const [index, need] of rising.entries()) {
    const share = left / (rising.length - index);
    if (need > share) return share;
    left -= need;
  }
  return Infinity;
}

/** Items in lines, as many as fit in so many lines and bytes; what is left out is an ellipsis. */
function filledLines(
  start: string,
  items: readonly string[],
  most: number,
  bytes: number,
): { readonly text: readonly string[]; readonly isCut: boolean } {
  const done: string[] = [];
  let line = start;
  let used = 0;
  for (const [index, item] of items.entries()) {
    const isLast = index === items.length - 1;
    const next = `${item}${isLast ? "" : ", "}`;
    used += byteLength(next);
    const room = isLast ? WIDTH : WIDTH - 1; // for the ellipsis
    const fits = line.length + next.length <= room;
    if (used > bytes || (!fits && done.length + 1 === most)) return { text: [...done, `${line}…`], isCut: true };
    if (!fits) {
      done.push(line.trimEnd());
      used += LINE_FRAME;
      line = "";
    }
    line += next;
  }
  return { text: [...done, line], isCut: false };
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
