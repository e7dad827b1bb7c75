/** The words of a text: what stands between white space. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}

/** Fewest insertions, deletions and substitutions that turn one list of words into the other (Levenshtein 1966). */
export function wordEditDistance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  from.forEach((word, line) => {
    const next = [line + 1];
    to.forEach((other, column) => {
      const substituted = (row[column] as number) + (word === other ? 0 : 1);
      next.push(Math.min(substituted, (row[column + 1] as number) + 1, (next[column] as number) + 1));
    });
    row = next;
  });
  return row[to.length] as number;
}
