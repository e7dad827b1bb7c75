import type { TopLevelSpec } from "vega-lite";
import { formatBudget } from "../budget.ts";
import type { Frontier, Tier } from "./frontier.ts";

/** What is drawn over the flips, in the order of the legend. */
const MEASURES: readonly (readonly [name: string, value: (tier: Tier) => number])[] = [
  ["headline", ({ explanation }) => explanation.headline],
  ["bits", ({ explanation }) => explanation.bits],
  ["recovery", ({ explanation }) => explanation.recovery],
  ["simulation", ({ explanation }) => explanation.simulation],
];

/** Explanation against fidelity, one line a measure and strategy, as the text of an SVG. The same data makes the same bytes. */
export async function renderFrontierChart(frontier: Frontier): Promise<string> {
  // Loaded only by who draws: everything else of this folder starts without it.
  const [{ compile }, { parse, View }] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new View(parse(compile(chart(frontier)).spec), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

function chart({ model, tiers }: Frontier): TopLevelSpec {
  const lines = tiers.flatMap((tier) =>
    MEASURES.map(([measure, value]) => ({
      measure,
      strategy: tier.strategy,
      budget: formatBudget(tier.budget),
      flips: tier.fidelity.flips.value,
      low: tier.fidelity.flips.low,
      high: tier.fidelity.flips.high,
      // What is longer than its original, or worse than nothing, lies on the axis: the table has the number.
      explained: Math.max(0, value(tier)),
    })),
  );
  const x = {
    field: "flips",
    type: "quantitative",
    // Small shares need room, and there may be none at all.
    scale: { type: "sqrt", domainMin: 0 },
    axis: { format: "~p", title: "flips: positions with another answer than the original's" },
  } as const;
  const y = {
    field: "explained",
    type: "quantitative",
    scale: { domainMin: 0, domainMax: 1 },
    axis: { format: "~p", title: "explained" },
  } as const;
  const headlines = { filter: "datum.measure == 'headline'" };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: `Explanation against fidelity: ${model.id}`,
    width: 640,
    height: 360,
    background: "white",
    data: { values: lines },
    layer: [
      {
        mark: { type: "line", point: true },
        encoding: {
          x,
          y,
          color: { field: "measure", type: "nominal", sort: MEASURES.map(([name]) => name) },
          strokeDash: { field: "strategy", type: "nominal", sort: tiers.map(({ strategy }) => strategy) },
          opacity: { condition: { test: headlines.filter, value: 1 }, value: 0.4 },
        },
      },
      {
        transform: [headlines],
        mark: "rule",
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
      },
      {
        transform: [headlines],
        mark: { type: "text", align: "left", dx: 4, dy: -8 },
        encoding: { x, y, text: { field: "budget" } },
      },
    ],
  };
}
