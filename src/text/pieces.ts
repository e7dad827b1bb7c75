const SHORTEST_PIECE = 400;
const LONGEST_PIECE = 4000;

/**
 * Text cut into pieces of about `size` characters (at least 400 and at most 4,000), each ending with a paragraph where
 * one ends in time.
 */
export function piecesOf(text: string, size: number): string[] {
  const least = Math.round(Math.min(LONGEST_PIECE, Math.max(SHORTEST_PIECE, size)));
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start + least, start + 2 * least);
    const piece = text.slice(start, end).trim();
    if (piece !== "") pieces.push(piece);
    start = end;
  }
  return pieces;
}

/** The best place to cut between two places: after a paragraph, else at the text's end, else after a line or a word. */
function endOfPiece(text: string, earliest: number, latest: number): number {
  if (earliest >= text.length) return text.length;
  const choices = text.slice(earliest, latest);
  const after = (mark: string): number => choices.indexOf(mark) + mark.length;
  if (choices.includes("\n\n")) return earliest + after("\n\n");
  if (latest >= text.length) return text.length;
  for (const mark of ["\n", " "]) if (choices.includes(mark)) return earliest + after(mark);
  // Between the halves of a surrogate pair there is no place to cut.
  return (text.codePointAt(latest - 1) ?? 0) > 0xffff ? latest + 1 : latest;
}
