import { renderExplanationTable, renderFidelityTable, type Report } from "../report/index.ts";
import { writeFiles } from "./emit.ts";
import { markdownText, shown, stringLiteral } from "./escape.ts";
import type { EmitInput, PackageFile } from "./input.ts";
import { laidOut } from "./layout.ts";
import { blockFolder } from "./names.ts";
import { budgetSentence, domainTable } from "./report-tables.ts";
import { headsClause, neuronsClause, programCounts } from "./summary.ts";
import { render } from "./templates.ts";
import { tokenText } from "./token-text.ts";
import { capitalised, count } from "./wording.ts";

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
  const { model, decision } = input;
  const { fidelity } = report;
  return render("README.md", {
    title: markdownText(model.id),
    parameters: count(model.parameters),
    sha256: shown(model.sha256),
    map: mapOf(input),
    prompt: stringLiteral(promptOf(input)),
    positive: decision === "positive",
    decision: decision === "positive" ? "set of tokens with a score above 0" : "most likely token",
    budget: budgetSentence(report),
    fidelity: renderFidelityTable(report),
    byDomain: domainTable(report),
    positions: count(fidelity.positions),
    documents: count(fidelity.documents),
    continuations: fidelity.continuations > 0 ? count(fidelity.continuations) : null,
    explanation: renderExplanationTable(report),
    unexplained: unexplainedText(input),
  });
}

/** Longest prompt of the README's example, in tokens. */
const PROMPT_TOKENS = 8;

/** A few tokens of calibration text, which every tokenizer knows: plain words where there are any. */
function promptOf({ profile, tokenizer }: EmitInput): string {
  const text = tokenText(tokenizer);
  const prompts = profile.heads
    .flat()
    .flatMap((head) => head.contexts)
    .map(({ before, token }) => text.plain([...before, token].slice(-PROMPT_TOKENS)).trimStart());
  const plain = prompts.filter((prompt) => /^[\p{L} ]+$/u.test(prompt));
  const longest = (all: readonly string[]) =>
    all.reduce((best, prompt) => (prompt.length > best.length ? prompt : best), "");
  return longest(plain.length > 0 ? plain : prompts);
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
    ["  mlp.ts", "the MLP: constants, and neurons as they were"],
    ["  weights.ts", "the tensors that the block reads, by name"],
    ["src/vocabulary.ts", "tokens by what they say"],
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

function unexplainedText(input: EmitInput): string {
  const { heads, neurons } = programCounts(input);
  return [
    `${capitalised(headsClause(heads))}; ${neuronsClause(neurons)}.`,
    ...(heads.byRule > 0 ? ["What heads that look by rule move goes through opaque weights too."] : []),
    "The embeddings of tokens and positions are read as they are.",
  ].join(" ");
}
