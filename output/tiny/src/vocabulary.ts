import { tokenizer } from "./weights.ts";

/** Ids of the tokens whose own text matches, to name tokens by what they say. */
export function tokensMatching(pattern: RegExp): number[] {
  const ids = Array.from({ length: tokenizer.size }, (_, id) => id);
  return ids.filter((id) => pattern.test(tokenizer.tokenText(id)));
}

/** Marks such as <|endoftext|>: 1 token. */
export const SPECIAL = /^<(?!0x)\|?[^\s<>|]+\|?>$/u;

/** Part of a character's UTF-8 bytes: 129 tokens. */
export const PARTIAL_CHARACTERS = /<0x[0-9A-F]{2}>|\uFFFD/u;

/** A space, then something else: 335 tokens. */
export const LEADING_SPACE = /^ \S/u;

/** Spaces, tabs and line ends alone: 17 tokens. */
export const WHITESPACE = /^\s+$/u;

/** Text with a line end: 8 tokens. */
export const NEWLINES = /\n/u;

/** A space, then letters alone: 313 tokens. */
export const SPACED_WORDS = /^ \p{L}+$/u;

/** Letters alone, no space before them: 448 tokens. */
export const LETTERS_ONLY = /^\p{L}+$/u;

/** Text that begins with a capital letter: 71 tokens. */
export const CAPITALISED = /^ ?\p{Lu}/u;

/** Digits alone: 19 tokens. */
export const DIGITS = /^ ?[0-9]+$/u;

/** Punctuation and symbols alone: 67 tokens. */
export const PUNCTUATION = /^ ?(?:(?!<0x[0-9A-F]{2}>|\uFFFD)[\p{P}\p{S}])+$/u;

/** Marks that end a sentence: 5 tokens. */
export const SENTENCE_ENDS = /^ ?[.!?]+["'”’)]*$/u;

/** Commas, colons, semicolons and dashes: 4 tokens. */
export const CLAUSE_BREAKS = /^ ?(?:[,;:–—]|--)$/u;

/** Opening brackets: 5 tokens. */
export const OPENING_BRACKETS = /^ ?[(\[{]+$/u;

/** Closing brackets: 4 tokens. */
export const CLOSING_BRACKETS = /^ ?[)\]}]+$/u;

/** Quotation marks and apostrophes: 6 tokens. */
export const QUOTES = /^ ?["'`“”‘’«»]+$/u;

/** The ends of contracted words: 2 tokens. */
export const CONTRACTIONS = /^['’](?:s|t|d|m|re|ve|ll)$/u;

/** Numbers in words: 4 tokens. */
export const NUMBER_WORDS =
  /^ ?(?:[Zz]ero|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|[Ee]leven|[Tt]welve|[Tt]wenty|[Tt]hirty|[Ff]orty|[Ff]ifty|[Hh]undred|[Tt]housand|[Mm]illion|[Bb]illion)$/u;

/** Articles: 10 tokens. */
export const ARTICLES = /^ ?(?:[Tt]he|[Aa]|[Aa]n)$/u;

/** Demonstratives: 5 tokens. */
export const DEMONSTRATIVES = /^ ?(?:[Tt]his|[Tt]hat|[Tt]hese|[Tt]hose)$/u;

/** Personal pronouns: 20 tokens. */
export const PRONOUNS = /^ ?(?:I|[Yy]ou|[Hh]e|[Ss]he|[Ii]t|[Ww]e|[Tt]hey|[Mm]e|[Hh]im|[Hh]er|[Uu]s|[Tt]hem)$/u;

/** Possessive pronouns: 11 tokens. */
export const POSSESSIVES =
  /^ ?(?:[Mm]y|[Yy]our|[Hh]is|[Hh]er|[Ii]ts|[Oo]ur|[Tt]heir|[Mm]ine|[Yy]ours|[Hh]ers|[Oo]urs|[Tt]heirs)$/u;

/** Question words and relative pronouns: 6 tokens. */
export const QUESTION_WORDS = /^ ?(?:[Ww]ho|[Ww]hom|[Ww]hose|[Ww]hich|[Ww]hat|[Ww]hen|[Ww]here|[Ww]hy|[Hh]ow)$/u;

/** Prepositions: 26 tokens. */
export const PREPOSITIONS =
  /^ ?(?:[Oo]f|[Ii]n|[Tt]o|[Ff]or|[Ww]ith|[Oo]n|[Aa]t|[Ff]rom|[Bb]y|[Aa]bout|[Ii]nto|[Tt]hrough|[Aa]fter|[Oo]ver|[Bb]etween|[Uu]nder|[Aa]gainst|[Dd]uring|[Ww]ithout|[Bb]efore|[Uu]pon|[Ww]ithin|[Tt]oward|[Tt]owards|[Aa]mong|[Aa]cross|[Bb]ehind|[Nn]ear)$/u;

/** Conjunctions: 12 tokens. */
export const CONJUNCTIONS =
  /^ ?(?:[Aa]nd|[Oo]r|[Bb]ut|[Nn]or|[Yy]et|[Ss]o|[Bb]ecause|[Aa]lthough|[Tt]hough|[Ww]hile|[Ii]f|[Uu]nless|[Ss]ince|[Tt]han|[Aa]s)$/u;

/** Forms of be, have and do: 17 tokens. */
export const AUXILIARIES =
  /^ ?(?:[Bb]e|[Ii]s|[Aa]m|[Aa]re|[Ww]as|[Ww]ere|[Bb]een|[Bb]eing|[Hh]ave|[Hh]as|[Hh]ad|[Hh]aving|[Dd]o|[Dd]oes|[Dd]id)$/u;

/** Modal verbs: 7 tokens. */
export const MODALS = /^ ?(?:[Cc]an|[Cc]ould|[Mm]ay|[Mm]ight|[Mm]ust|[Ss]hall|[Ss]hould|[Ww]ill|[Ww]ould)$/u;

/** Negations: 3 tokens. */
export const NEGATIONS = /^ ?(?:[Nn]ot|[Nn]o|[Nn]ever|[Nn]one|[Nn]othing|[Nn]obody|[Nn]either)$/u;
