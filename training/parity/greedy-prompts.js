// Prints 200 prompts of 32 tokens from the select split as JSON, for make-greedy.py and the test that uses its output.
// Usage (after `npm run build`): node training/parity/greedy-prompts.js
import { loadModel } from "../../dist/extract/index.js";
import { createTokenizer } from "../../dist/runtime/index.js";
import { openText } from "../../dist/text/index.js";

const model = await loadModel("tiny");
const text = openText({ kind: "default" }, createTokenizer(model.tokenizer), model.config.context, { select: 60_000 });
const prompts = text
  .select()
  .map(({ tokens }) => tokens.slice(0, 32))
  .filter(({ length }) => length === 32)
  .slice(0, 200);
process.stdout.write(JSON.stringify(prompts));
