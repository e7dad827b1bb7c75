/** A share with three significant digits, such as "0.743 %". */
export function percent(share: number): string {
  return `${number(100 * share)} %`;
}

/** Three significant digits, without needless zeros. */
export function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A markdown table; the first row is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Neurons that are no longer run as they were. */
export function replacedNeurons({ total: _, ...replaced }: Readonly<Record<string, number>>): number {
  return Object.values(replaced).reduce((sum, count) => sum + count, 0);
}
