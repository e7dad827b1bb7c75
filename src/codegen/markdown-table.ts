/** A table of Markdown: the first row is its head, all columns but the first are numbers. */
export function markdownTable([head, ...rows]: readonly (readonly string[])[]): string {
  if (!head) return "";
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
