/**
 * What a score says: the shapes of report.json and frontier.json, their tables and the chart.
 * Measures nothing, reads and writes no file: data in, data or text out.
 */
export { renderFrontierChart } from "./frontier-chart.ts";
export { frontierRows, frontierSchema, renderFrontierTable, tierOf, type Frontier, type Tier } from "./frontier.ts";
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
