const WIDTH = 112;

/**
 * Prose as the text of a doc comment: paragraphs are filled, lines that begin with two spaces are kept as they are,
 * and nothing in it can end the comment or pass for a tag of JSDoc.
 */
export function commentText(prose: string): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    lines.push(...filled(paragraph.join(" ")));
    paragraph = [];
  };
  for (const line of prose.split("\n")) {
    if (line.startsWith("  ") || line.trim() === "") {
      flush();
      if (line.trim() !== "" || lines.at(-1) !== "") lines.push(line.trimEnd());
    } else {
      paragraph.push(line.trim());
    }
  }
  flush();
  while (lines[0] === "") lines.shift();
  while (lines.at(-1) === "") lines.pop();
  return lines.map(tagless).join("\n").replaceAll("*/", "*\\u002f");
}

/** A whole doc comment. */
export function docComment(prose: string): string {
  const lines = commentText(prose).split("\n");
  const [first = ""] = lines;
  if (lines.length === 1 && first.length <= WIDTH) return `/** ${first} */`;
  return ["/**", ...lines.map((line) => ` * ${line}`.trimEnd()), " */"].join("\n");
}

function filled(text: string): string[] {
  const lines: string[] = [];
  let current = "";
  // A number stays with its per cent sign or unit.
  for (const word of text.split(/ +(?!%|nats\b)/u)) {
    if (current !== "" && current.length + 1 + word.length > WIDTH) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return current === "" ? lines : [...lines, current];
}

/** A tag begins with an @ at the start of a line, after a blank, or after one of the signs that end a token of JSDoc. */
function tagless(line: string): string {
  return line.replace(/(?<=^|[\s*`{])@/gu, "\\u0040");
}
