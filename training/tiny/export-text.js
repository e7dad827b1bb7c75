// Writes the calibrate split of the default text as JSON lines ({"domain", "text"}), for train.py.
// Usage (after `npm run build`): node training/tiny/export-text.js > FILE
import { defaultDomains } from "../../dist/text/domains/index.js";
import { splitOf } from "../../dist/text/document.js";

const heldOut = process.argv.includes("--held-out");
for (const domain of defaultDomains) {
  for (const { id, text } of domain.documents()) {
    if ((splitOf(id) === "select") === heldOut && splitOf(id) !== "test") {
      process.stdout.write(`${JSON.stringify({ domain: domain.name, text })}\n`);
    }
  }
}
