import { renderExplanationTable, renderFidelityTable, type Report } from "../report/index.ts";
import { writeFiles } from "./emit.ts";
import { markdownText, shown, stringLiteral } from "./escape.ts";
import type { EmitInput, PackageFile } from "./input.ts";
import { laidOut } from "./layout.ts";
import { manifestSites } from "./manifest.ts";
import { blockFolder, headFile, headKey, headName, twoDigitKey } from "./names.ts";
import { promptOf } from "./prompt.ts";
import { refitSentence } from "./refit-prose.ts";
import { budgetSentence, domainTable } from "./report-tables.ts";
import { partsClause, programCounts } from "./summary.ts";
import { render } from "./templates.ts";
import { lookKeys } from "./weights.ts";
import { capitalised, count, nats } from "./wording.ts";

/** Writes README.md and report.json into the folder of a package. The same input makes the same bytes. */
export async function emitReport(input: EmitInput, report: Report, folder: string): Promise<void> {
  await writeFiles(await reportFiles(input, report), folder);
}

/** The files that `emitReport` writes. */
export async function reportFiles(input: EmitInput, report: Report): Promise<PackageFile[]> {
  return Promise.all(
    [
      { path: "README.md", text: readmeText(input, report) },
      { path: "report.json", text: JSON.stringify(report) },
    ].map(async ({ path, text }) => ({ path, contents: await laidOut(path, text) })),
  );
}

function readmeText(input: EmitInput, report: Report): string {
  const { model, decision, profile, tokenizer } = input;
  const { fidelity } = report;
  return render("README.md", {
    title: markdownText(model.id),
    parameters: count(model.parameters),
    sha256: shown(model.sha256),
    map: mapOf(input),
    prompt: stringLiteral(
      promptOf(
        profile.heads.flat().flatMap(({ contexts }) => contexts),
        tokenizer,
      ),
    ),
    positive: decision === "positive",
    decision: decision === "positive" ? "set of tokens with a score above 0" : "most likely token",
    task: tokenizer.kind === "words",
    budget: budgetSentence(report),
    fidelity: renderFidelityTable(report),
    byDomain: domainTable(report),
    positions: count(fidelity.positions),
    documents: count(fidelity.documents),
    continuations: fidelity.continuations > 0 ? count(fidelity.continuations) : null,
    explanation: renderExplanationTable(report),
    unexplained: unexplainedText(input),
    classes: classExample(input),
    refit: refitSentence(input.ledger),
  });
}

function mapOf(input: EmitInput): { path: string; meaning: string }[] {
  const blocks = input.program.blocks.length;
  const folders =
    blocks === 1 ? blockFolder(0) : `${blockFolder(0)} … ${blockFolder(blocks - 1).slice("block-".length)}`;
  const entries: [path: string, meaning: string][] = [
    ["src/index.ts", "load(): encode, decode, generate, logits"],
    ["src/model.ts", "the whole forward pass on one screen"],
    [`src/${folders}/`, "one folder a block"],
    ["  block.ts", "what the block does, at a glance"],
    ["  head-00.ts …", "one file a head: where it looks, what it moves"],
    ["  mlp.ts", "the MLP: what stands for neurons, and those that are left"],
    ["  weights.ts", "the tensors that the block reads, by name"],
    ...shortcutEntries(input),
    ["src/vocabulary.ts", "tokens by what they say"],
    ...(input.program.tokenClasses
      ? [["src/token-classes.ts", "the classes of tokens that rules speak of"] satisfies [string, string]]
      : []),
    ["src/edits.ts", "changes of behaviour, yours to make"],
    ["src/weights.ts", "reads the weights; the only file that knows Node"],
    ["src/runtime/", "what the program runs on: tensors, attention, tokenizer, kernels"],
    ["kernels/", "AssemblyScript sources of the kernels"],
    ["weights/", "tensors (safetensors), compiled kernels, tokenizer"],
    ["manifest.json", "what every part and tensor was in the original model"],
    ["ledger.jsonl", "every step of the simplification and its price"],
    ["report.json", "all measurements"],
  ];
  const width = Math.max(...entries.map(([path]) => path.length));
  return entries.map(([path, meaning]) => ({ path: path.padEnd(width), meaning }));
}

function shortcutEntries({ program }: EmitInput): [path: string, meaning: string][] {
  return program.shortcuts ? [["src/shortcuts.ts …", "next tokens that the last ones decide: what, not how"]] : [];
}

/** Parts that are named as the weightiest unexplained ones. */
const WEIGHTIEST = 5;

function unexplainedText(input: EmitInput): string {
  const counts = programCounts(input);
  const weightiest = unexplainedSites(input).slice(0, WEIGHTIEST);
  return [
    `${capitalised(partsClause(counts))}.`,
    ...(counts.heads.byRule > 0
      ? [
          counts.heads.symbolic > 0
            ? "Of these, heads that only look by rule move values through opaque weights."
            : "What heads that look by rule move goes through opaque weights too.",
        ]
      : []),
    ...(counts.neurons.affine > 0 ? ["Linear maps are opaque weights like the neurons, only fewer."] : []),
    input.program.embed.knots
      ? `The embeddings of tokens are read as they are; those of positions lie on straight lines between ${input.program.embed.knots.length} of them.`
      : "The embeddings of tokens and positions are read as they are.",
    ...(weightiest.length > 1
      ? [
          "",
          "The unexplained parts that matter most, by what writing their mean everywhere is predicted to cost in KL divergence a position:",
          "",
          ...weightiest.map(({ source, price }) => `- \`${source}\`: ${nats(price)}`),
        ]
      : []),
  ].join("\n");
}

/** A look by classes to explain the tables with; null where there is none. */
function classExample({ program }: EmitInput): { head: string; source: string; scores: string; count: number } | null {
  for (const [block, { attention }] of program.blocks.entries()) {
    for (const [index, head] of attention.heads.entries()) {
      const at = head.looks.findIndex((look) => look.kind === "classLook");
      if (at < 0) continue;
      return {
        head: headName(head, index, program),
        source: `src/${blockFolder(block)}/${headFile(index)}`,
        scores: `W.${twoDigitKey("block", block)}.${headKey(index)}.${lookKeys(head.looks)[at]}`,
        count: program.tokenClasses?.names.length ?? 0,
      };
    }
  }
  return null;
}

/** Heads without a rule and MLPs with opaque weights, the weightiest first. */
function unexplainedSites(input: EmitInput): { source: string; price: number }[] {
  return manifestSites(input)
    .filter(({ kind, looks, neurons }) => (neurons ? kind !== "rule" : looks === "opaque"))
    .sort((one, other) => other.price - one.price);
}
