import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { CompilerError, type ErrorCode } from "../../../src/errors.ts";
import { fetchModel, hubReference, type FetchOptions, type HubReference } from "../../../src/extract/hub/index.ts";
import { HubServer, type Recorded } from "./server.ts";

export const TOKEN = "hf_secretOfTheTests";
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Bytes that differ from place to place. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 2654435761) >>> 24) & 255);
}

export const WEIGHTS = bytesOf(300_000);
export const FILES: Readonly<Record<string, string | Uint8Array>> = {
  ".gitattributes": "nothing",
  "README.md": "# A model",
  "config.json": '{"model_type": "gpt2"}',
  "tokenizer.json": '{"model": {}}',
  "vocab.json": "{}",
  "merges.txt": "#version: 0.2",
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": bytesOf(20_000, 7),
  "onnx/decoder_model.onnx": bytesOf(20_000, 8),
};

export const isWeights = ({ at, method, path }: Recorded): boolean =>
  at === "cdn" && method === "GET" && path.endsWith("/model.safetensors");

/** A hub for the tests of a file, a new cache for each of them, and what they all do. */
export function scene(): Scene {
  const made = new Scene();
  beforeAll(() => made.open());
  afterEach(() => {
    made.reset();
  });
  afterAll(() => made.close());
  return made;
}

class Scene {
  server!: HubServer;
  readonly #folders: string[] = [];
  #home: string | undefined;
  /** Delays that were waited for, in milliseconds; no time passes. */
  readonly delays: number[] = [];

  async open(): Promise<void> {
    this.server = await HubServer.start();
    this.reset();
  }

  reset(): void {
    this.server.reset();
    this.server.add({ name: "owner/name", commit: COMMIT, files: FILES });
    this.delays.length = 0;
    this.#home = undefined;
  }

  async close(): Promise<void> {
    await this.server.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  /** HF_HOME of the present test. */
  get home(): string {
    if (this.#home === undefined) {
      this.#home = mkdtempSync(join(tmpdir(), "weights2ts-hub-"));
      this.#folders.push(this.#home);
    }
    return this.#home;
  }

  get cache(): string {
    return join(this.home, "hub");
  }

  get repository(): string {
    return join(this.cache, "models--owner--name");
  }

  get environment(): Record<string, string> {
    return { HF_HOME: this.home, HF_ENDPOINT: this.server.endpoint, HF_TOKEN: TOKEN };
  }

  async fetch(text = "owner/name", options: Partial<FetchOptions> = {}): Promise<string> {
    return fetchModel(referenceOf(text), {
      environment: this.environment,
      wait: (milliseconds) => {
        this.delays.push(milliseconds);
        return Promise.resolve();
      },
      ...options,
    });
  }

  /** The message of the CompilerError with which a fetch fails; none ever shows the token. */
  async refusal(code: ErrorCode, text = "owner/name", options: Partial<FetchOptions> = {}): Promise<string> {
    const error: unknown = await this.fetch(text, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof CompilerError)) throw error instanceof Error ? error : new Error("nothing was refused");
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    expect(`${error.stack} ${error.fix} ${JSON.stringify(error)}`).not.toContain("secret");
    return error.message;
  }

  /** Names of the blobs, those that are not complete included. */
  async blobs(): Promise<string[]> {
    return (await readdir(join(this.repository, "blobs")).catch(() => [])).sort();
  }
}

export function referenceOf(text: string): HubReference {
  const reference = hubReference(text);
  if (!reference) throw new Error(`${text} is no reference`);
  return reference;
}
