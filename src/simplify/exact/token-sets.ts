/** A set of tokens that tokenizers make obvious: every token whose decoded text matches a pattern, flags "u". */
export interface TokenPattern {
  /** An UPPER_CASE identifier of the emitted source. */
  readonly name: string;
  /** A noun phrase. */
  readonly description: string;
  readonly pattern: string;
  /** Fewer tokens than this are no set: one letter that happens to be a word of a list, as in a vocabulary "a", "b". */
  readonly fewest: number;
}

/** A set by the shape of the text. */
const shape = (name: string, description: string, pattern: string): TokenPattern => ({
  name,
  description,
  pattern,
  fewest: 1,
});

/** A set by a list of words, each with an optional space before it, the first letter small or capital. */
function words(name: string, description: string, list: string): TokenPattern {
  const either = list.split(" ").map((word) => {
    const first = word.charAt(0);
    return first === first.toUpperCase() ? word : `[${first.toUpperCase()}${first}]${word.slice(1)}`;
  });
  return { name, description, pattern: `^ ?(?:${either.join("|")})$`, fewest: 2 };
}

/** How a token's text shows a byte that is no whole character, and what it decodes to on its own. */
const BROKEN = "<0x[0-9A-F]{2}>|\\uFFFD";

/** Over `tokenText` of the tokenizer. From general to particular: of two with the same tokens, the earlier one is kept. */
export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  shape("SPECIAL", "marks such as <|endoftext|>", "^<(?!0x)\\|?[^\\s<>|]+\\|?>$"),
  shape("PARTIAL_CHARACTERS", "part of a character's UTF-8 bytes", BROKEN),
  shape("LEADING_SPACE", "a space, then something else", "^ \\S"),
  shape("WHITESPACE", "spaces, tabs and line ends alone", "^\\s+$"),
  shape("NEWLINES", "text with a line end", "\\n"),
  shape("SPACED_WORDS", "a space, then letters alone", "^ \\p{L}+$"),
  shape("LETTERS_ONLY", "letters alone, no space before them", "^\\p{L}+$"),
  shape("CAPITALISED", "text that begins with a capital letter", "^ ?\\p{Lu}"),
  shape("ALL_CAPITALS", "two or more capital letters alone", "^ ?\\p{Lu}{2,}$"),
  shape("DIGITS", "digits alone", "^ ?[0-9]+$"),
  shape("YEARS", "four digits that begin with 1 or 20", "^ ?(?:1[0-9]|20)[0-9]{2}$"),
  shape("PUNCTUATION", "punctuation and symbols alone", `^ ?(?:(?!${BROKEN})[\\p{P}\\p{S}])+$`),
  shape("SENTENCE_ENDS", "marks that end a sentence", "^ ?[.!?]+[\"'”’)]*$"),
  shape("CLAUSE_BREAKS", "commas, colons, semicolons and dashes", "^ ?(?:[,;:–—]|--)$"),
  shape("OPENING_BRACKETS", "opening brackets", "^ ?[(\\[{]+$"),
  shape("CLOSING_BRACKETS", "closing brackets", "^ ?[)\\]}]+$"),
  shape("QUOTES", "quotation marks and apostrophes", "^ ?[\"'`“”‘’«»]+$"),
  shape("CONTRACTIONS", "the ends of contracted words", "^['’](?:s|t|d|m|re|ve|ll)$"),
  words(
    "MONTHS",
    "names of months",
    "January February March April May June July August September October November December",
  ),
  words("WEEKDAYS", "names of weekdays", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
  words(
    "NUMBER_WORDS",
    "numbers in words",
    "zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million billion",
  ),
  words("ARTICLES", "articles", "the a an"),
  words("DEMONSTRATIVES", "demonstratives", "this that these those"),
  words("PRONOUNS", "personal pronouns", "I you he she it we they me him her us them"),
  words("POSSESSIVES", "possessive pronouns", "my your his her its our their mine yours hers ours theirs"),
  words("QUESTION_WORDS", "question words and relative pronouns", "who whom whose which what when where why how"),
  words(
    "PREPOSITIONS",
    "prepositions",
    "of in to for with on at from by about into through after over between under against during without before upon within toward towards among across behind near",
  ),
  words("CONJUNCTIONS", "conjunctions", "and or but nor yet so because although though while if unless since than as"),
  words("AUXILIARIES", "forms of be, have and do", "be is am are was were been being have has had having do does did"),
  words("MODALS", "modal verbs", "can could may might must shall should will would"),
  words("NEGATIONS", "negations", "not no never none nothing nobody neither"),
];
