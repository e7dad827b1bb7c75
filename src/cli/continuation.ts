/** What a decoder shows for bytes that are not (yet) a character. */
const UNFINISHED = /\uFFFD+$/;

/**
 * The text that generated tokens add to a prompt, piece by piece, one piece a token. A character whose bytes are spread
 * over several tokens comes whole, with its last token.
 *
 * @param prompt ids of the tokens that are known already
 * @param decode the text of ids; decoding more ids may only add to the text, but for unfinished characters
 */
export function* continuation(
  prompt: readonly number[],
  generated: Iterable<number>,
  decode: (ids: readonly number[]) => string,
): Generator<string> {
  const ids = [...prompt];
  let shown = decode(ids).length;
  for (const id of generated) {
    ids.push(id);
    const finished = decode(ids).replace(UNFINISHED, "");
    yield finished.slice(shown);
    shown = Math.max(shown, finished.length);
  }
  yield decode(ids).slice(shown);
}
