/**
 * What a score says: the shape of report.json and its tables.
 * Measures nothing, reads and writes no file: data in, data or text out.
 */
export { rounded } from "./rounding.ts";
export {
  reportSchema,
  type Coverage,
  type DomainFidelity,
  type Interval,
  type MarginBin,
  type Report,
} from "./schema.ts";
export { renderExplanationTable, renderFidelityTable } from "./tables.ts";
