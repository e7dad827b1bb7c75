import type { ClassVectorsNode, Program, TokenVectorsNode } from "../ir/index.ts";
import { aligned } from "./aligned.ts";
import { effectLines } from "./context-prose.ts";
import { highest } from "./extremes.ts";
import type { TokenEffects } from "./token-effects.ts";
import type { TokenText } from "./token-text.ts";

/** Rows of a table that are shown, and those that they are chosen from: pieces of characters say nothing. */
const SHOWN = 3;
const CONSIDERED = 24;
/** Tokens that stand for a group. */
const NAMED = 3;

type TableNode = ClassVectorsNode | TokenVectorsNode;
type ReadProgram = Pick<Program, "tensors" | "tokenClasses">;

/** "a vector by the class of the current token", "a vector by the group of the previous token, one of 90, along 12 directions" */
export function tableClause(node: TableNode, here: "current" | "attended"): string {
  const token = placeOf(node.back, here);
  if (node.kind === "classVectors") return `a vector by the class of ${token}`;
  const [, rank = 0] = node.amounts.shape;
  const directions = rank === 1 ? "one direction" : `${rank} directions`;
  const which = node.groups ? `the group of ${token}, one of ${rowsOfTokens(node)}` : token;
  return `a vector by ${which}${node.first ? ", with one for what stands first," : ","} along ${directions}`;
}

/** Rows of a table that tokens have: all but that of what stands first. */
function rowsOfTokens({ amounts, first }: TokenVectorsNode): number {
  return (amounts.shape[0] ?? 0) - (first ? 1 : 0);
}

function placeOf(back: number, here: "current" | "attended"): string {
  if (back === 0) return `the ${here} token`;
  if (here === "attended") return `the token ${back === 1 ? "before" : `${back} before`} the attended one`;
  return back === 1 ? "the previous token" : `the token ${back} back`;
}

/** What the lines of a table are; empty for what is no table. */
export function vectorsCaption(node: { readonly kind: string; readonly groups?: unknown }): string {
  const whose = { classVectors: "Classes", tokenVectors: node.groups ? "Groups of tokens" : "Tokens" }[node.kind];
  return whose
    ? `${whose} farthest from the mean of all, and what their vectors less that mean raise and lower by themselves:`
    : "";
}

/**
 * The rows of a table that are farthest from their mean, and the tokens that they raise and lower by themselves when it
 * is taken off: `NOUNS  raises " was"; lowers " the"`.
 */
export function tableLines(
  node: TableNode,
  program: ReadProgram,
  effects: (vector: ArrayLike<number>) => TokenEffects,
  tokens: TokenText,
): string[] {
  const rows = node.kind === "classVectors" ? classRows(node, program) : tokenRows(node, program, tokens);
  return aligned(
    rows.flatMap(({ name, vector }) => {
      const { raises, lowers } = effects(vector);
      return effectLines(tokens, raises, lowers).map((line, index) => [index === 0 ? name : "", line]);
    }),
  );
}

interface TableRow {
  readonly name: string;
  /** (width) */
  readonly vector: Float64Array;
}

function classRows({ vectors }: ClassVectorsNode, { tensors, tokenClasses }: ReadProgram): TableRow[] {
  const [classes = 0, width = 0] = vectors.shape;
  const centred = lessColumnMeans(tensors.get(vectors), width);
  const rowAt = (row: number): Float64Array => centred.subarray(row * width, (row + 1) * width);
  const lengths = Array.from({ length: classes }, (_, row) =>
    rowAt(row).reduce((sum, value) => sum + value * value, 0),
  );
  return highest(lengths, SHOWN).map((row) => ({ name: tokenClasses?.names[row] ?? "", vector: rowAt(row) }));
}

function tokenRows(node: TokenVectorsNode, { tensors }: ReadProgram, tokens: TokenText): TableRow[] {
  const { groups, amounts, directions } = node;
  const [, rank = 0] = amounts.shape;
  const rows = rowsOfTokens(node);
  const [, width = 0] = directions.shape;
  const centred = lessColumnMeans(tensors.get(amounts).subarray(0, rows * rank), rank);
  const along = tensors.get(directions);
  const products = innerProducts(along, rank, width);
  const farthest = highest(
    Array.from({ length: rows }, (_, row) => squaredLength(centred, row, products, rank)),
    groups ? rows : CONSIDERED,
  );
  const vectorOf = (row: number): Float64Array => {
    const vector = new Float64Array(width);
    for (let index = 0; index < rank; index++) {
      const amount = centred[row * rank + index] as number;
      for (let column = 0; column < width; column++) {
        vector[column] = (vector[column] as number) + amount * (along[index * width + column] as number);
      }
    }
    return vector;
  };
  if (!groups) {
    const telling = tokens.telling(farthest).slice(0, SHOWN);
    return telling.map((token) => ({ name: tokens.list([token]), vector: vectorOf(token) }));
  }
  // Groups of one token say nothing of what is alike.
  const members = membersOf(tensors.get(groups), rows);
  const shared = farthest.filter((row) => (members[row] as readonly number[]).length > 1);
  return (shared.length > 0 ? shared : farthest)
    .slice(0, SHOWN)
    .map((row) => ({ name: groupName(members[row] as readonly number[], tokens), vector: vectorOf(row) }));
}

/** The tokens of each group. */
function membersOf(groupOf: Float32Array, groups: number): number[][] {
  const members: number[][] = Array.from({ length: groups }, () => []);
  groupOf.forEach((group, token) => members[group]?.push(token));
  return members;
}

/** `" he", " she" and 4 more` */
function groupName(members: readonly number[], tokens: TokenText): string {
  const named = tokens.telling([...members]).slice(0, NAMED);
  const others = members.length - named.length;
  return others > 0 ? `${tokens.list(named)} and ${others} more` : tokens.list(named);
}

/** The squared length of a row's vector, from its amounts and the products of the directions. */
function squaredLength(amounts: Float64Array, row: number, products: Float64Array, rank: number): number {
  let sum = 0;
  for (let one = 0; one < rank; one++) {
    for (let other = 0; other < rank; other++) {
      const both = (amounts[row * rank + one] as number) * (amounts[row * rank + other] as number);
      sum += both * (products[one * rank + other] as number);
    }
  }
  return sum;
}

function innerProducts(rows: Float32Array, count: number, width: number): Float64Array {
  const products = new Float64Array(count * count);
  for (let one = 0; one < count; one++) {
    for (let other = 0; other < count; other++) {
      let sum = 0;
      for (let column = 0; column < width; column++) {
        sum += (rows[one * width + column] as number) * (rows[other * width + column] as number);
      }
      products[one * count + other] = sum;
    }
  }
  return products;
}

/** A matrix with so many columns, less the mean of each of them. */
function lessColumnMeans(values: Float32Array, columns: number): Float64Array {
  const rows = values.length / columns;
  const means = new Float64Array(columns);
  for (let index = 0; index < values.length; index++) {
    const column = index % columns;
    means[column] = (means[column] as number) + (values[index] as number) / rows;
  }
  return Float64Array.from(values, (value, index) => value - (means[index % columns] as number));
}
