/**
 * Characters that nobody can see, or that change how their neighbours are shown: controls, joiners, bidirectional
 * overrides, signs that span the digits after them, blanks other than the space, variation selectors, private use, half
 * surrogate pairs, tags. Written out, and not as Unicode classes, so that every version of Unicode escapes the same ones.
 */
const UNSEEN = new RegExp(
  "[" +
    "\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2" +
    "\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f" +
    "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ud800-\\udfff\\ue000-\\uf8ff\\ufe00-\\ufe0f" +
    "\\ufeff\\uffa0\\ufff0-\\ufffc\\ufffe\\uffff" +
    "\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{10ffff}" +
    "]",
  "gu",
);

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A character as an escape that JavaScript reads in strings and in regular expressions with the flag "u". */
function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

function visible(text: string): string {
  return text.replace(UNSEEN, (character) => SHORT[character] ?? escaped(character));
}

/**
 * Text from a model as a comment may show it: on one line, everything visible, backslashes doubled, marks of our own
 * («», ‹›) and an accent without a letter escaped, and nothing that could end the comment.
 */
export function shown(text: string): string {
  return visible(text.replaceAll("\\", "\\\\"))
    .replace(/[«»‹›]/gu, escaped)
    .replace(/^\p{M}/u, escaped)
    .replaceAll("*/", "*\\u002f");
}

/** The same between double quotes. */
export function quoted(text: string): string {
  return `"${shown(text).replaceAll('"', '\\"')}"`;
}

/** A string literal of TypeScript that evaluates to the text. */
export function stringLiteral(text: string): string {
  return visible(JSON.stringify(text));
}

/** A regular expression literal with the flag "u". Throws a SyntaxError where the pattern is none. */
export function patternLiteral(pattern: string): string {
  return `/${visible(new RegExp(pattern, "u").source)}/u`;
}

/** Text from a model inside a paragraph or a table of Markdown. */
export function markdownText(text: string): string {
  return shown(text).replace(/[\\`*_[\]{}()<>#+!|~$&@:]/gu, "\\$&");
}
