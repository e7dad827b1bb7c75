import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { CompilerError } from "../errors.ts";
import type { TextDocument } from "./document.ts";
import { piecesOf } from "./pieces.ts";
import type { TextDomain } from "./windows.ts";

const MOST_FILES = 100_000;
const MOST_BYTES = 256 * 2 ** 20;

/** With fewer documents than this, one of the splits, a fourteenth of all, could easily be empty. */
const ENOUGH_DOCUMENTS = 64;

/** Into about how many pieces a text is cut: so many that a split is empty once in some thousand texts. */
const PIECES = 128;

interface TextFile {
  readonly domain: string;
  readonly path: string;
}

/**
 * A person's own text: one file, or every file below a folder except hidden ones and links. A folder's subfolders are the
 * domains. Each file is a document; where there are fewer than 64 files, pieces of a few paragraphs are.
 *
 * A document is named by its text, so that equal texts never lie in two splits and a new file moves no other one.
 *
 * @throws CompilerError on files that cannot be read, are not UTF-8 text, or are too large
 */
export function readFiles(path: string): TextDomain[] {
  let bytes = 0;
  const files = filesAt(path).map((file) => {
    bytes += reading(file.path, () => statSync(file.path).size);
    if (bytes > MOST_BYTES) throw CompilerError.of("text-too-large", { path, most: `${MOST_BYTES / 2 ** 20} MiB` });
    const content = reading(file.path, () => readFileSync(file.path));
    return { domain: file.domain, text: textOf(file.path, content) };
  });
  const characters = files.reduce((total, { text }) => total + text.length, 0);
  const documents = files.flatMap(({ domain, text }) => {
    const pieces = files.length < ENOUGH_DOCUMENTS ? piecesOf(text, characters / PIECES) : [text];
    return pieces.map((piece) => ({ id: nameOf(piece), domain, text: piece }));
  });
  return domainsOf(documents);
}

function nameOf(text: string): string {
  return `text/${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/** Documents by domain, sorted by name; of equal documents only the first stays. */
function domainsOf(documents: readonly TextDocument[]): TextDomain[] {
  const known = new Set<string>();
  const domains = new Map<string, TextDocument[]>();
  for (const document of documents) {
    if (known.has(document.id)) continue;
    known.add(document.id);
    const own = domains.get(document.domain);
    if (own === undefined) domains.set(document.domain, [document]);
    else own.push(document);
  }
  return [...domains].sort(byName).map(([name, own]) => ({ name, documents: own }));
}

function filesAt(path: string): TextFile[] {
  const name = basename(resolve(path));
  const status = reading(path, () => statSync(path, { throwIfNoEntry: false }));
  if (status === undefined) throw CompilerError.of("text-missing", { path });
  if (status.isFile()) return [{ domain: basename(name, extname(name)), path }];
  if (!status.isDirectory()) throw unreadable(path, "it is neither a file nor a folder");
  const files: TextFile[] = [];
  for (const file of filesBelow(path, name, true)) {
    files.push(file);
    if (files.length > MOST_FILES) throw CompilerError.of("text-too-large", { path, most: `${MOST_FILES} files` });
  }
  return files;
}

/** Every ordinary file below a folder, sorted by path. */
function* filesBelow(folder: string, domain: string, top: boolean): Generator<TextFile> {
  const entries = reading(folder, () => readdirSync(folder, { withFileTypes: true }));
  for (const entry of entries.sort((one, other) => byName([one.name], [other.name]))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isFile()) yield { domain, path };
    else if (entry.isDirectory()) yield* filesBelow(path, top ? entry.name : domain, false);
  }
}

function byName([one]: readonly [string, ...unknown[]], [other]: readonly [string, ...unknown[]]): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A file's text with line ends as everywhere else. A zero byte is valid UTF-8, but only binary files have one. */
function textOf(path: string, content: Uint8Array): string {
  if (content.includes(0)) throw CompilerError.of("text-not-utf8", { path });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content).replaceAll("\r\n", "\n").trim();
  } catch {
    throw CompilerError.of("text-not-utf8", { path });
  }
}

function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function unreadable(path: string, reason: string): CompilerError {
  return CompilerError.of("text-unreadable", { path, reason });
}
