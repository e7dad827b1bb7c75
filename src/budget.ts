import { CompilerError } from "./errors.ts";

/**
 * What a budget limits. "exact" allows nothing; "rules" allows no opaque part in any block, and takes what fidelity is left.
 */
export const BUDGET_METRICS = ["flips", "wer", "kl", "exact", "rules"] as const;
export type BudgetMetric = (typeof BUDGET_METRICS)[number];

/** How the budget that limits opaque parts is written. */
const RULES_ONLY = "rules-only";

/** What a compiled program may cost in fidelity. */
export interface Budget {
  readonly metric: BudgetMetric;
  /** A share between 0 and 1 for flips and wer, nats per token for kl, 0 for exact and for rules. */
  readonly limit: number;
}

/** The budget of a compilation that names none. */
export const DEFAULT_BUDGET = "flips=1%";

const NUMBER = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a budget: "1%", "flips=1%", "wer=1%", "kl=0.0005", "exact" or "rules-only".
 *
 * @throws CompilerError budget-invalid on anything else, and on shares above 100 %
 */
export function parseBudget(text: string): Budget {
  if (text === "exact") return { metric: "exact", limit: 0 };
  if (text === RULES_ONLY) return { metric: "rules", limit: 0 };
  const equals = text.indexOf("=");
  const metric = equals < 0 ? "flips" : text.slice(0, equals);
  const amount = text.slice(equals + 1);
  if (metric === "kl") return { metric, limit: numberOf(amount, text) };
  if ((metric !== "flips" && metric !== "wer") || !amount.endsWith("%")) throw invalid(text);
  const limit = numberOf(amount.slice(0, -1), text) / 100;
  if (limit > 1) throw invalid(text);
  return { metric, limit };
}

/** The budget in the form that `parseBudget` reads. */
export function formatBudget({ metric, limit }: Budget): string {
  if (metric === "exact") return metric;
  if (metric === "rules") return RULES_ONLY;
  return metric === "kl" ? `kl=${limit}` : `${metric}=${Number((limit * 100).toPrecision(12))}%`;
}

function numberOf(amount: string, text: string): number {
  const value = NUMBER.test(amount) ? Number(amount) : Infinity;
  if (value === Infinity) throw invalid(text);
  return value;
}

function invalid(text: string): CompilerError {
  return CompilerError.of("budget-invalid", { text });
}
