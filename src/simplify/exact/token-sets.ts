/** A set of tokens that tokenizers make obvious: every token whose decoded text matches a pattern, flags "u". */
export interface TokenPattern {
  /** An UPPER_CASE identifier of the emitted source. */
  readonly name: string;
  /** A noun phrase. */
  readonly description: string;
  readonly pattern: string;
}

/** A word list as a pattern: each with an optional space before it, the first letter small or capital. */
function words(list: string): string {
  const either = list.split(" ").map((word) => {
    const first = word.charAt(0);
    return first === first.toUpperCase() ? word : `[${first.toUpperCase()}${first}]${word.slice(1)}`;
  });
  return `^ ?(?:${either.join("|")})$`;
}

/** How a token's text shows a byte that is no whole character, and what it decodes to on its own. */
const BROKEN = "<0x[0-9A-F]{2}>|\\uFFFD";

/** Over `tokenText` of the tokenizer. From general to particular: of two with the same tokens, the earlier one is kept. */
export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  { name: "SPECIAL", description: "marks such as <|endoftext|>", pattern: "^<(?!0x)\\|?[^\\s<>|]+\\|?>$" },
  {
    name: "PARTIAL_CHARACTERS",
    description: "part of a character's UTF-8 bytes",
    pattern: BROKEN,
  },
  { name: "LEADING_SPACE", description: "a space, then something else", pattern: "^ \\S" },
  { name: "WHITESPACE", description: "spaces, tabs and line ends alone", pattern: "^\\s+$" },
  { name: "NEWLINES", description: "text with a line end", pattern: "\\n" },
  { name: "SPACED_WORDS", description: "a space, then letters alone", pattern: "^ \\p{L}+$" },
  { name: "LETTERS_ONLY", description: "letters alone, no space before them", pattern: "^\\p{L}+$" },
  { name: "CAPITALISED", description: "text that begins with a capital letter", pattern: "^ ?\\p{Lu}" },
  { name: "ALL_CAPITALS", description: "two or more capital letters alone", pattern: "^ ?\\p{Lu}{2,}$" },
  { name: "DIGITS", description: "digits alone", pattern: "^ ?[0-9]+$" },
  { name: "YEARS", description: "four digits that begin with 1 or 20", pattern: "^ ?(?:1[0-9]|20)[0-9]{2}$" },
  {
    name: "PUNCTUATION",
    description: "punctuation and symbols alone",
    pattern: `^ ?(?:(?!${BROKEN})[\\p{P}\\p{S}])+$`,
  },
  { name: "SENTENCE_ENDS", description: "marks that end a sentence", pattern: "^ ?[.!?]+[\"'”’)]*$" },
  { name: "CLAUSE_BREAKS", description: "commas, colons, semicolons and dashes", pattern: "^ ?(?:[,;:–—]|--)$" },
  { name: "OPENING_BRACKETS", description: "opening brackets", pattern: "^ ?[(\\[{]+$" },
  { name: "CLOSING_BRACKETS", description: "closing brackets", pattern: "^ ?[)\\]}]+$" },
  { name: "QUOTES", description: "quotation marks and apostrophes", pattern: "^ ?[\"'`“”‘’«»]+$" },
  { name: "CONTRACTIONS", description: "the ends of contracted words", pattern: "^['’](?:s|t|d|m|re|ve|ll)$" },
  {
    name: "MONTHS",
    description: "names of months",
    pattern: words("January February March April May June July August September October November December"),
  },
  {
    name: "WEEKDAYS",
    description: "names of weekdays",
    pattern: words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
  },
  {
    name: "NUMBER_WORDS",
    description: "numbers in words",
    pattern: words(
      "zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million billion",
    ),
  },
  { name: "ARTICLES", description: "articles", pattern: words("the a an") },
  { name: "DEMONSTRATIVES", description: "demonstratives", pattern: words("this that these those") },
  {
    name: "PRONOUNS",
    description: "personal pronouns",
    pattern: words("I you he she it we they me him her us them"),
  },
  {
    name: "POSSESSIVES",
    description: "possessive pronouns",
    pattern: words("my your his her its our their mine yours hers ours theirs"),
  },
  {
    name: "QUESTION_WORDS",
    description: "question words and relative pronouns",
    pattern: words("who whom whose which what when where why how"),
  },
  {
    name: "PREPOSITIONS",
    description: "prepositions",
    pattern: words(
      "of in to for with on at from by about into through after over between under against during without before upon within toward towards among across behind near",
    ),
  },
  {
    name: "CONJUNCTIONS",
    description: "conjunctions",
    pattern: words("and or but nor yet so because although though while if unless since than as"),
  },
  {
    name: "AUXILIARIES",
    description: "forms of be, have and do",
    pattern: words("be is am are was were been being have has had having do does did"),
  },
  {
    name: "MODALS",
    description: "modal verbs",
    pattern: words("can could may might must shall should will would"),
  },
  { name: "NEGATIONS", description: "negations", pattern: words("not no never none nothing nobody neither") },
];
