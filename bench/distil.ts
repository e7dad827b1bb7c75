/**
 * Speed of distillation on the bundled model, and what a step costs in plain forward passes of the same text:
 * `npm run build && npx tsx bench/distil.ts [workers] [steps]`. Compare the ratio: absolute numbers depend on the machine's load.
 */
import { compare, Distillation, Engine } from "../src/engine/index.ts";
import { loadModel } from "../src/extract/index.ts";
import { lift, parametersOf, parameterValues, withParameters } from "../src/ir/index.ts";
import { createTokenizer } from "../src/runtime/index.ts";
import { canonicalise } from "../src/simplify/index.ts";
import { openText } from "../src/text/index.ts";

const TOKENS_PER_STEP = 2048;

const [workers, steps] = [Number(process.argv[2] ?? 2), Number(process.argv[3] ?? 8)];
const model = await loadModel("tiny");
const tokenizer = createTokenizer(model.tokenizer);
const original = lift(model);
const texts = Array.from({ length: original.vocabulary }, (_, id) => tokenizer.tokenText(id));
const { program } = canonicalise(original, texts);
const text = openText({ kind: "default" }, tokenizer, original.context, { calibrate: TOKENS_PER_STEP });
const documents = text.calibrate();
const tokens = documents.reduce((sum, document) => sum + document.tokens.length, 0);
const layout = parametersOf(program, ({ kind }) => kind !== "embed.tokens");

const engine = new Engine({ workers });
try {
  const distillation = new Distillation(engine, original, { decision: text.decision });
  const values = parameterValues(program, layout);
  const step = async (): Promise<void> => {
    await distillation.gradient(withParameters(program, layout, values), layout, documents);
  };
  const first = await speed(1, step); // also computes what the original does
  await speed(1, () => compare(engine, original, program, documents, text));
  const trained = await speed(steps, step);
  const forward = await speed(steps, () => compare(engine, original, program, documents, text));
  console.log(`${layout.length} numbers, ${tokens} tokens a step, ${workers} workers`);
  row("first step", first);
  row("step", trained);
  row("two forward passes", forward);
  console.log(`a step takes as long as ${((2 * forward) / trained).toFixed(1)} forward passes`);
} finally {
  await engine.close();
}

/** Tokens a second of the fastest of some repetitions, which other work on the machine disturbs least. */
async function speed(repetitions: number, work: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const started = performance.now();
    await work();
    least = Math.min(least, performance.now() - started);
  }
  return (1000 * tokens) / least;
}

function row(name: string, value: number): void {
  console.log(name.padEnd(20), `${Math.round(value)} tokens/s`.padStart(18));
}
