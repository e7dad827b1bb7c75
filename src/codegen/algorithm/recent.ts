import type { Case, Facts, Near, Points, Recent, Wave, Waves } from "../../runtime/index.ts";
import { stringLiteral } from "../escape.ts";
import type { SourceFilePlan } from "../source-project.ts";
import { exportedConst } from "../statements.ts";
import { counted, listed } from "../wording.ts";

/** The lines of all facts that cases know. */
export function factsUsed(cases: readonly Case[]): readonly Facts["lines"][number][] {
  return cases.flatMap(({ recent = [] }) => recent.flatMap((own) => (own.kind === "facts" ? own.lines : [])));
}

/** `src/facts.ts`: a line for each fact. */
export function factsPlan(cases: readonly Case[]): SourceFilePlan {
  const lines = factsUsed(cases);
  const code = `[\n${lines.map((line) => `[${line.map(stringLiteral).join(", ")}]`).join(",\n")},\n]`;
  const length = (lines[0]?.length ?? 2) - 1;
  const what = length === 1 ? "a token" : `${counted(length, "token")} in a row`;
  return {
    path: "src/facts.ts",
    source: [
      exportedConst(
        "known",
        "readonly (readonly string[])[]",
        code,
        `What the model knows, a line each: ${what}, and what follows. Without its line the model no longer knows a fact; a line that is added or changed is as good as the others.`,
      ),
    ],
  };
}

/** What recent tokens say, as it stands in a case. */
export function recentCode(own: Recent): string {
  switch (own.kind) {
    case "facts":
      return `facts(known, ${own.score})`;
    case "waves":
      return `waves(${own.modulus}, [\n${own.waves.map(waveCode).join(",\n")},\n])`;
    case "near":
      return `near(\n[${own.foreseen.map((term) => `[${term.join(", ")}]`).join(", ")}],\n${pointsCode(own.points)})`;
  }
}

/** What recent tokens say, in words. */
export function recentLines(own: Recent): string[] {
  switch (own.kind) {
    case "facts":
      return ["what is known to follow the last tokens"];
    case "waves":
      return wavesLines(own);
    case "near":
      return [`numbers near ${formulaOf(own)},`, "where back(n) is the number n tokens before the current one"];
  }
}

function waveCode({ frequency, turns, amplitude, phase }: Wave): string {
  const angle = phase === undefined ? "" : `, phase: ${phase}`;
  return `{ frequency: ${frequency}, turns: [${turns.join(", ")}], amplitude: ${amplitude}${angle} }`;
}

/** Points of a curve, as they stand in the source. */
export const pointsCode = (points: Points): string => `[${points.map((point) => `[${point.join(", ")}]`).join(", ")}]`;

/** The waves whose sum says where numbers come next: those that count each recent number as often as the next one. */
function wavesLines({ modulus, waves }: Waves): string[] {
  const frequencies = waves.filter(({ frequency, turns, amplitude }) => amplitude > 0 && isSum(frequency, turns));
  const [first] = frequencies;
  if (!first) return [`numbers where waves modulo ${modulus} add up`];
  const places = first.turns.flatMap((times, back) => (times === 0 ? [] : [back]));
  const sum = listed(places.reverse().map((back) => (back === 0 ? "the current number" : `the number ${back} back`)));
  const rest = waves.length - frequencies.length;
  return [
    `the sum of ${sum}, modulo ${modulus}: there, waves of frequency ${listed(frequencies.map(({ frequency }) => String(frequency)))} are at their highest`,
    ...(rest > 0 ? [`by how much, ${counted(rest, "other wave")} say`] : []),
  ];
}

const isSum = (frequency: number, turns: readonly number[]): boolean =>
  turns.some((times) => times !== 0) && turns.every((times) => times === 0 || times === frequency);

/** "1.2 + 0.8 * back(2) - 0.1 * back(1) * back(0)". */
function formulaOf({ foreseen }: Near): string {
  return foreseen
    .map(([factor, ...back], index) => {
      const product = [String(Math.abs(factor)), ...back.map((place) => `back(${place})`)].join(" * ");
      if (index === 0) return factor < 0 ? `-${product}` : product;
      return `${factor < 0 ? "-" : "+"} ${product}`;
    })
    .join(" ");
}
