import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/engine/index.ts";
import { bytesOf, COMMIT, FILES, isWeights, scene } from "./scene.ts";

const SEED = 6;
const KILLS = 20;
/** Large enough that a process can be killed in the middle of it; `npm run bench:download` takes the size of GPT-2 small. */
const LARGE_WEIGHTS = bytesOf(Number(process.env["WEIGHTS2TS_DOWNLOAD_BYTES"] ?? 8_000_000));

const hub = scene();

function serveLarge(): void {
  hub.server.add({ name: "owner/name", commit: COMMIT, files: { ...FILES, "model.safetensors": LARGE_WEIGHTS } });
  hub.server.pieces = { bytes: 2 ** 16, pause: 1 };
}

function start(): ChildProcess {
  const child = join(import.meta.dirname, "child.ts");
  return spawn(process.execPath, ["--import", "tsx", child, "owner/name"], {
    env: { ...process.env, ...hub.environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The folder that a process prints, which must hold the whole file. */
async function finished(child: ChildProcess): Promise<string> {
  const [folder, [code]] = await Promise.all([
    text(child.stdout as Readable),
    once(child, "exit") as Promise<[number]>,
  ]);
  expect(code).toBe(0);
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  expect(hash(readFileSync(join(folder, "model.safetensors")))).toBe(hash(LARGE_WEIGHTS));
  return folder;
}

describe("processes that share a cache", () => {
  it("download a file once when two of them want it at once", { timeout: 600_000 }, async () => {
    serveLarge();
    const folders = await Promise.all([start(), start()].map(finished));
    expect(folders[0]).toBe(folders[1]);
    expect(hub.server.bytesServed(isWeights)).toBe(LARGE_WEIGHTS.length);
  });

  it(`end with the right bytes after being killed at ${KILLS} random points`, { timeout: 600_000 }, async () => {
    serveLarge();
    const random = createRandom(SEED);
    let kept = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start();
      const before = hub.server.bytesServed(isWeights);
      const after = Math.floor(random() * (LARGE_WEIGHTS.length / KILLS));
      hub.server.onPiece = () => {
        if (hub.server.bytesServed(isWeights) - before > after) child.kill("SIGKILL");
      };
      await once(child, "exit");
      expect(child.signalCode).toBe("SIGKILL");
      expect(existsSync(join(hub.repository, "refs", "main"))).toBe(false);
      const [weights] = (await hub.blobs()).filter((name) => name.length > 64);
      if (weights !== undefined) kept = readFileSync(join(hub.repository, "blobs", weights)).length;
    }
    hub.server.onPiece = () => undefined;
    expect(kept).toBeGreaterThan(0);
    const before = hub.server.bytesServed(isWeights);
    await finished(start());
    expect(hub.server.bytesServed(isWeights) - before).toBe(LARGE_WEIGHTS.length - kept);
  });
});
