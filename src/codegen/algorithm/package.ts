import { createHash } from "node:crypto";
import { headId, mlpId, type HeadPlace } from "../../ir/index.ts";
import { renderExplanationTable, renderFidelityTable, rounded, type Report } from "../../report/index.ts";
import type { Average } from "../../runtime/index.ts";
import type { Recognised } from "../../simplify/index.ts";
import { runtimeFiles } from "../copied-files.ts";
import { writeFiles } from "../emit.ts";
import { markdownText, shown, stringLiteral } from "../escape.ts";
import type { PackageFile } from "../input.ts";
import { laidOut } from "../layout.ts";
import { promptOf } from "../prompt.ts";
import { budgetSentence } from "../report-tables.ts";
import { settingsTexts } from "../skeletons.ts";
import { builtSources, type SourceFilePlan } from "../source-project.ts";
import { exportedConst, importOf } from "../statements.ts";
import { render } from "../templates.ts";
import { count, counted, listed } from "../wording.ts";
import { averagesPlan } from "./averages-file.ts";
import type { AlgorithmInput } from "./input.ts";
import { namesOf, type Names } from "./names.ts";
import { factsPlan, factsUsed } from "./recent.ts";
import { scoresPlan } from "./scores-file.ts";

/**
 * Writes the package of an algorithm, all but README.md and report.json, into a folder. Nothing is written unless all of it
 * type-checks. The same input makes the same bytes.
 *
 * @throws CompilerError internal, where the emitted source does not type-check
 */
export async function emitAlgorithm(input: AlgorithmInput, folder: string): Promise<void> {
  await writeFiles(await algorithmFiles(input), folder);
}

/** Every file that `emitAlgorithm` writes. */
export async function algorithmFiles(input: AlgorithmInput): Promise<PackageFile[]> {
  const names = namesOf(input.recognised);
  const settings = await Promise.all(
    settingsTexts(input.model.id).map(async ({ path, text }) => ({ path, contents: await laidOut(path, text) })),
  );
  const runtime = runtimeFiles();
  const verbatim = new Map([...settings, ...runtime].map(({ path, contents }) => [path, contents]));
  const built = await builtSources(plansOf(input, names), verbatim);
  const sources = [...[...built].map(([path, contents]) => ({ path, contents })), ...runtime];
  const manifest = JSON.stringify(manifestOf(input, names, sources));
  return [
    ...settings,
    ...sources,
    { path: "weights/tokenizer.json", contents: `${JSON.stringify(input.tokenizer)}\n` },
    { path: "manifest.json", contents: await laidOut("manifest.json", manifest) },
    { path: "ledger.jsonl", contents: input.ledger.map((entry) => `${JSON.stringify(entry)}\n`).join("") },
  ];
}

/** Writes README.md and report.json into the folder of an algorithm's package. */
export async function emitAlgorithmReport(input: AlgorithmInput, report: Report, folder: string): Promise<void> {
  const { model, decision, recognised } = input;
  const { fidelity } = report;
  const readme = render("algorithm-README.md", {
    title: markdownText(model.id),
    parameters: count(model.parameters),
    sha256: shown(model.sha256),
    averages: recognised.algorithm.averages.length > 0,
    facts: factsUsed(recognised.algorithm.cases).length > 0,
    prompt: stringLiteral(promptOf(input.contexts.flat(2), input.tokenizer)),
    positive: decision === "positive",
    decision: decision === "positive" ? "set of tokens with a score above 0" : "most likely token",
    budget: budgetSentence(report),
    fidelity: renderFidelityTable(report),
    positions: count(fidelity.positions),
    documents: count(fidelity.documents),
    explanation: renderExplanationTable(report),
  });
  await writeFiles(
    [
      { path: "README.md", contents: await laidOut("README.md", readme) },
      { path: "report.json", contents: await laidOut("report.json", JSON.stringify(report)) },
    ],
    folder,
  );
}

function plansOf(input: AlgorithmInput, names: Names): SourceFilePlan[] {
  const { averages, cases } = input.recognised.algorithm;
  const first = cases[0];
  const after = first?.after?.[0];
  const next = Object.keys(first?.scores ?? {})[0];
  const hasExample = after !== undefined && next !== undefined;
  return [
    { path: "src/index.ts", source: render("algorithm-index.ts", {}) },
    {
      path: "src/edits.ts",
      source: render("algorithm-edits.ts", {
        average: names.get(averages[0] as Average) ?? null,
        example: hasExample,
        after: stringLiteral(after ?? ""),
        next: stringLiteral(next ?? ""),
      }),
    },
    { path: "src/tokenizer.ts", source: render("algorithm-tokenizer.ts", {}) },
    { path: "src/node-files.d.ts", source: render("node-files.d.ts", {}) },
    modelPlan(input, names),
    ...(names.size > 0 ? [averagesPlan(input, names)] : []),
    ...(factsUsed(cases).length > 0 ? [factsPlan(cases)] : []),
    scoresPlan(input, names),
  ];
}

/** `src/model.ts`: the whole algorithm at a glance. */
function modelPlan({ model, recognised, costs }: AlgorithmInput, names: Names): SourceFilePlan {
  const { algorithm, idle } = recognised;
  const own = algorithm.averages.map((average) => names.get(average) as string);
  const patterns = (algorithm.patterns ?? []).map((pattern) => names.get(pattern) as string);
  const period =
    algorithm.period === undefined
      ? ""
      : `period: ${algorithm.period}, // positions count by their remainder at division by this\n${algorithm.phasesFrom ? `phasesFrom: "${algorithm.phasesFrom}", // the first token stands at 0\n` : ""}`;
  const code = `{
    context: ${algorithm.context},
    ${period}${patterns.length > 0 ? `patterns: [${patterns.join(", ")}],\n` : ""}averages: [${own.join(", ")}],
    cases,
  }`;
  const isRecent = algorithm.cases.some(({ recent }) => recent !== undefined);
  const on = [
    isRecent ? "the last few tokens" : "the current token",
    ...(algorithm.period === undefined ? [] : ["the phase of the position"]),
    ...(patterns.length === 0
      ? []
      : [`what ${counted(patterns.length, "head")} ${patterns.length === 1 ? "attends" : "attend"} to`]),
    ...(own.length === 0 ? [] : [`${counted(own.length, "average")} over the tokens so far`]),
  ];
  const found = `What comes next depends on ${listed(on)}${on.length === 1 ? " alone" : ""}.`;
  const silent = `${idle.length === 0 ? "" : ` ${idleInWords(idle)}`}${isRecent ? "" : unnamedInWords(recognised, costs)}`;
  return {
    path: "src/model.ts",
    source: [
      ...(own.length + patterns.length > 0 ? [importOf([...patterns, ...own], "./averages.ts")] : []),
      importOf([], "./runtime/index.ts", ["Algorithm"]),
      importOf(["cases"], "./scores.ts"),
      exportedConst(
        "model",
        "Algorithm",
        code,
        `${shown(model.id)} as an algorithm: tokens in, next-token scores out. ${found}${silent} No weights are read: the original's ${count(model.parameters)} parameters are gone.`,
      ),
    ],
  };
}

function idleInWords(idle: readonly HeadPlace[]): string {
  return `The answers do not depend on ${headsInWords(idle)}.`;
}

/** The heads that no average or pattern is named after, though answers depend on them; nothing where there is none. */
function unnamedInWords({ heads, patternHeads, idle }: Recognised, costs: AlgorithmInput["costs"]): string {
  const isSame = (one: HeadPlace) => (other: HeadPlace) => one.block === other.block && one.head === other.head;
  const places = costs.heads.flatMap((own, block) => own.map((_, head) => ({ block, head })));
  const unnamed = places.filter((place) => ![...heads, ...patternHeads, ...idle].some(isSame(place)));
  const isBefore = (place: HeadPlace): boolean => patternHeads.some(({ block }) => block > place.block);
  const [feeding, left] = [unnamed.filter(isBefore), unnamed.filter((place) => !isBefore(place))];
  return [
    ...(feeding.length > 0 ? [` Where later heads look is also the doing of ${headsInWords(feeding)}.`] : []),
    ...(left.length > 0
      ? [` No average is named after ${headsInWords(left)}: the scores say what that comes to.`]
      : []),
  ].join("");
}

function headsInWords(places: readonly HeadPlace[]): string {
  return listed(places.map(({ block, head }) => `head ${head} of block ${block}`));
}

/** Heads stand in for each other: what all of them cost together, split by what each costs alone. */
function pricesOfHeads({ heads, attention }: AlgorithmInput["costs"], block: number): number[] {
  const alone = heads[block] ?? [];
  const sum = alone.reduce((total, cost) => total + cost, 0);
  return alone.map((cost) => (sum === 0 ? 0 : ((attention[block] ?? 0) * cost) / sum));
}

function manifestOf(input: AlgorithmInput, names: Names, sources: readonly PackageFile[]): object {
  const { model, decision, costs, recognised } = input;
  const { averages, patterns = [] } = recognised.algorithm;
  const { id, sha256, parameters } = model;
  const sites = costs.mlps.flatMap((ofMlp, block) => [
    ...pricesOfHeads(costs, block).map((price, index) => {
      const own = recognised.heads.flatMap((place, at) => (place.block === block && place.head === index ? [at] : []));
      const pattern = recognised.patternHeads.findIndex((place) => place.block === block && place.head === index);
      const named = [
        ...patterns.slice(pattern, pattern < 0 ? 0 : pattern + 1),
        ...own.map((at) => averages[at] as Average),
      ];
      return {
        id: headId(block, index),
        kind: "rule",
        price,
        ...(own.length > 0 && { averages: own }),
        ...(pattern >= 0 && { pattern }),
        identifier: named.length > 0 ? named.map((node) => names.get(node)).join(", ") : "cases",
        source: named.length > 0 ? "src/averages.ts" : "src/scores.ts",
        transformerLens: `blocks.${block}.attn.hook_z[..., ${index}, :]`,
      };
    }),
    {
      id: mlpId(block),
      kind: "rule",
      price: ofMlp,
      identifier: "cases",
      source: "src/scores.ts",
      transformerLens: `blocks.${block}.hook_mlp_out`,
    },
  ]);
  const inOrder = [...sources].sort((one, other) => (one.path < other.path ? -1 : 1));
  const files = inOrder.map(
    ({ path, contents }) => [path, createHash("sha256").update(contents).digest("hex")] as const,
  );
  return {
    schema: 1,
    form: "algorithm",
    model: { id, sha256, parameters },
    decision,
    sites: rounded(sites),
    tensors: [],
    files: Object.fromEntries(files),
  };
}
