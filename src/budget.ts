import { CompilerError } from "./errors.ts";

/** What a compiled program may cost in fidelity. */
export interface Budget {
  readonly metric: "flips" | "wer" | "kl" | "exact";
  /** A share between 0 and 1 for flips and wer, nats per token for kl, 0 for exact. */
  readonly limit: number;
}

/** The budget of a compilation that names none. */
export const DEFAULT_BUDGET = "flips=1%";

const NUMBER = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a budget: "1%", "flips=1%", "wer=1%", "kl=0.0005" or "exact".
 *
 * @throws CompilerError budget-invalid on anything else, and on shares above 100 %
 */
export function parseBudget(text: string): Budget {
  if (text === "exact") return { metric: "exact", limit: 0 };
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
