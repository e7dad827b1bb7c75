import { CHARACTER_NAMES } from "../../character-names.ts";

/**
 * UPPER_CASE names for groups of tokens: each after its commonest member that makes a name nobody else has, such as
 * LIKE_THE for " the" and LIKE_ENDING_ING for "ing", which goes on a word.
 *
 * @param counts how often each token occurs
 */
export function classNames(
  groupOf: Int32Array,
  groups: number,
  tokenTexts: readonly string[],
  counts: ArrayLike<number>,
): string[] {
  const used = new Set<string>();
  return Array.from({ length: groups }, (_, group) => {
    const members = tokenTexts
      .map((text, token) => ({ name: nameOf(text), count: counts[token] ?? 0, token }))
      .filter(({ token }) => groupOf[token] === group)
      .sort((one, other) => other.count - one.count || one.token - other.token);
    const free = members.find(({ name }) => name !== undefined && !used.has(name))?.name;
    const name = free ?? `CLASS_${String(group).padStart(2, "0")}`;
    used.add(name);
    return name;
  });
}

function nameOf(text: string): string | undefined {
  const word = text.startsWith(" ") && text.length > 1 ? text.slice(1) : text;
  if (/^[A-Za-z][A-Za-z0-9]*$/u.test(word)) {
    const kind = word !== text ? "" : /^[A-Z]/u.test(word) ? "START_" : "ENDING_";
    const capital = word !== text && /^[A-Z]/u.test(word) && word.length > 1 ? "CAPITAL_" : "";
    return `LIKE_${kind}${capital}${word.toUpperCase()}`;
  }
  if (/^[0-9]+$/u.test(word)) return `LIKE_NUMBER_${word}`;
  const names = Array.from(word, (character) => CHARACTER_NAMES[character]);
  if (names.length === 0 || names.length > 3 || names.includes(undefined)) return undefined;
  return `LIKE_${names.join("_")}`;
}
