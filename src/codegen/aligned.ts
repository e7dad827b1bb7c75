/** Rows of cells as lines whose columns begin below each other. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** As many of the items as fit on a line so wide, with commas between them; the first one in any case. */
export function fitting(items: readonly string[], width: number): string {
  let line = items[0] ?? "";
  for (const item of items.slice(1)) {
    const longer = `${line}, ${item}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line;
}
