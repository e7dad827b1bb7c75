import { CompilerError } from "../errors.ts";
import { splitOf, type Split, type TextDocument } from "./document.ts";
import { defaultDomains } from "./domains/index.ts";
import { readFiles } from "./files.ts";
import { readTaskDocuments, TASK_DOMAIN } from "./task.ts";
import type { TextSource, TextTokenizer, TokenDocument } from "./token-document.ts";
import { drawWindows, type TextDomain } from "./windows.ts";

/** About how many positions of text are read unless a limit says otherwise; of a model's own documents, all are. */
const DEFAULT_LIMITS: Readonly<Record<Split, number>> = { calibrate: 16_000, select: 24_000, test: 40_000 };

/** A source whose splits can be read one by one. */
export interface OpenSource {
  /** The kinds of text there are. */
  readonly domains: readonly string[];
  /**
   * A split's documents in a fixed order, about `limit` positions. What is not needed is not tokenised.
   *
   * @throws CompilerError on documents that cannot be read, and where there are none
   */
  read(split: Split, limit: number | undefined): TokenDocument[];
}

/**
 * Opens a source of text for a model.
 *
 * @param context most tokens that the model reads at once
 * @throws CompilerError on text that cannot be read
 */
export function openSource(source: TextSource, tokenizer: TextTokenizer, context: number): OpenSource {
  switch (source.kind) {
    case "default": {
      const domains = defaultDomains.map((domain) => ({ name: domain.name, documents: domain.documents() }));
      return textSource(domains, "the default text", tokenizer, context);
    }
    case "path":
      return textSource(readFiles(source.path), source.path, tokenizer, context);
    case "task": {
      const model = { context, vocabulary: tokenizer.size };
      return {
        domains: [TASK_DOMAIN],
        read: (split, limit = Infinity) => upTo(limit, readTaskDocuments(source.task[split], split, model)),
      };
    }
    case "samples":
      return {
        domains: [...new Set(source.documents.map(({ domain }) => domain))],
        read(split, limit = DEFAULT_LIMITS[split]) {
          const own = source.documents.filter(({ id }) => splitOf(id) === split);
          return notEmpty(upTo(limit, own), "the model's own samples", split);
        },
      };
  }
}

function textSource(
  domains: readonly TextDomain[],
  place: string,
  tokenizer: TextTokenizer,
  context: number,
): OpenSource {
  const encode = ({ text }: TextDocument): number[] => {
    try {
      return tokenizer.encode(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw CompilerError.of("text-foreign", { path: place, reason: error.message });
    }
  };
  return {
    domains: domains.map(({ name }) => name),
    read(split, limit = DEFAULT_LIMITS[split]) {
      const own = domains.map(({ name, documents }) => ({
        name,
        documents: documents.filter(({ id }) => splitOf(id) === split),
      }));
      return notEmpty(drawWindows(own, encode, context, limit), place, split);
    },
  };
}

function notEmpty(documents: TokenDocument[], path: string, split: Split): TokenDocument[] {
  if (documents.length === 0) throw CompilerError.of("text-too-short", { path, split });
  return documents;
}

/** The first documents, until `limit` positions are scored. */
function upTo(limit: number, documents: readonly TokenDocument[]): TokenDocument[] {
  let positions = 0;
  return documents.filter(({ scored }) => {
    if (positions >= limit) return false;
    positions += scored.length;
    return true;
  });
}
