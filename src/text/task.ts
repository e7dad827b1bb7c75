import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { CompilerError } from "../errors.ts";
import type { TokenDocument } from "./token-document.ts";

const MOST_BYTES = 256 * 2 ** 20;

/** What a model accepts. */
interface ModelLimits {
  /** Most positions. */
  readonly context: number;
  /** Number of tokens. */
  readonly vocabulary: number;
}

/** The domain of a model's own documents. */
export const TASK_DOMAIN = "task";

/**
 * A model's own documents of one split: JSON lines of `{"tokens": [ids], "position": first position, "scored": [indices]}`.
 *
 * @throws CompilerError naming the file and the line where a document is not one that the model can read
 */
export function readTaskDocuments(path: string, split: string, model: ModelLimits): TokenDocument[] {
  const schema = documentSchema(model);
  const lines = readText(path).split("\n");
  const documents = lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const refused = (reason: string): CompilerError =>
      CompilerError.of("task-document", { path, line: index + 1, reason });
    const value = jsonOf(line);
    if (value === undefined) throw refused("it is not JSON");
    const document = schema.safeParse(value);
    if (!document.success) throw refused(document.error.issues.slice(0, 1).map(reasonOf).join());
    return [{ id: `${TASK_DOMAIN}/${split}/${index + 1}`, domain: TASK_DOMAIN, ...document.data }];
  });
  if (documents.length === 0) throw CompilerError.of("task-unreadable", { path, reason: "it has no documents" });
  return documents;
}

function documentSchema({ context, vocabulary }: ModelLimits) {
  const token = z.int().min(0).lt(vocabulary, `the vocabulary has ${vocabulary} tokens, numbered from 0`);
  return z
    .object({ tokens: z.array(token).min(1), position: z.int().min(0), scored: z.array(z.int().min(0)) })
    .refine(({ tokens, position }) => position + tokens.length <= context, {
      error: `position plus length exceeds the model's context of ${context}`,
    })
    .refine(({ tokens, scored }) => scored.every((place) => place < tokens.length), {
      path: ["scored"],
      error: "a place lies behind the last token",
    })
    .refine(({ scored }) => scored.every((place, index) => index === 0 || place > (scored[index - 1] ?? 0)), {
      path: ["scored"],
      error: "places must ascend without repetition",
    });
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MOST_BYTES) throw new RangeError(`it is larger than ${MOST_BYTES / 2 ** 20} MiB`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw CompilerError.of("task-unreadable", { path, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** The value of a line of JSON; undefined where it is not JSON. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function reasonOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}
