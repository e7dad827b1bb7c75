import { facts, indexOfHighest, type Case } from "../../../runtime/index.ts";
import { written } from "../written.ts";
import { fittedNumbers } from "./linear.ts";
import type { RecentInput } from "./rows.ts";

/** Most tokens that a fact starts with, and most facts. */
const LONGEST = 3;
const MOST = 2_000;

/** A table of what follows a few tokens, where that is always the same; undefined where it is not, or not in so few tokens. */
export function fittedFacts(input: RecentInput): Case | undefined {
  const { rows, words } = input;
  for (let length = 1; length <= LONGEST; length++) {
    const answers = new Map<string, number>();
    const holds = rows.every(({ back, scores }) => {
      if (back.length < length) return false;
      const key = back.slice(0, length).join();
      const answer = indexOfHighest(scores);
      const known = answers.get(key) ?? answer;
      answers.set(key, known);
      return known === answer;
    });
    if (!holds) continue;
    if (answers.size > MOST) return undefined;
    const columns = rows.map(({ back }) => {
      const column = new Float64Array(words.length);
      column[answers.get(back.slice(0, length).join()) as number] = 1;
      return [column];
    });
    const [score = 0] = fittedNumbers(input, (row) => columns[row] as Float64Array[], 1);
    const lines = [...answers]
      .map(([key, answer]) => [...key.split(",").map(Number).reverse(), answer])
      .sort((one, other) => compared(one, other))
      .map((line) => line.map((id) => words[id] as string));
    return { recent: [facts(lines, written(score))], scores: {}, others: 0 };
  }
  return undefined;
}

function compared(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((id, index) => id !== other[index]);
  return at < 0 ? 0 : (one[at] as number) - (other[at] as number);
}
