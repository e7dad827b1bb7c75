/** Words of planted models: a quotation mark, two brackets, five names, sixteen words. */
export const WORDS: readonly string[] = [
  '"',
  "(",
  ")",
  ...["Ada", "Bob", "Cid", "Dot", "Eve"],
  ...[
    "ant",
    "bee",
    "cat",
    "dog",
    "elk",
    "fox",
    "gnu",
    "hen",
    "ibis",
    "jay",
    "kid",
    "lion",
    "mole",
    "newt",
    "owl",
    "pig",
  ],
];

export const QUOTE = 0;
export const OPENING = 1;
export const CLOSING = 2;
export const NAMES: readonly number[] = [3, 4, 5, 6, 7];
/** The first of the words that are nothing else. */
export const FIRST_WORD = 8;
