const SHORTEST_PIECE = 400;
const LONGEST_PIECE = 4000;

/** Where text is best cut: between paragraphs, else between lines, else between words. */
const BREAKS = ["\n\n", "\n", " "];

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

/** The best place to cut between two places; past the end it is the end. */
function endOfPiece(text: string, earliest: number, latest: number): number {
  if (earliest >= text.length) return text.length;
  const choices = text.slice(earliest, latest);
  for (const mark of BREAKS) {
    const place = choices.indexOf(mark);
    if (place >= 0) return earliest + place + mark.length;
  }
  // Between the halves of a surrogate pair there is no place to cut.
  const end = Math.min(latest, text.length);
  return (text.codePointAt(end - 1) ?? 0) > 0xffff ? end + 1 : end;
}
