import { existsSync, readFileSync, statSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { waitForReal } from "../../../src/extract/hub/retry.ts";
import { isWeights, scene, WEIGHTS } from "./scene.ts";
import { etagOf, type Recorded } from "./server.ts";

const hub = scene();
const BLOB = etagOf(WEIGHTS);
const incomplete = () => join(hub.repository, "blobs", `${BLOB}.incomplete`);
const weightRequests = () => hub.server.requests.filter(isWeights);
const isApi = ({ path }: Recorded) => path.startsWith("/api/");

async function expectWeights(): Promise<void> {
  const folder = await hub.fetch();
  expect(readFileSync(join(folder, "model.safetensors")).equals(WEIGHTS)).toBe(true);
  expect(existsSync(incomplete())).toBe(false);
}

function leave(bytes: Uint8Array): void {
  mkdirSync(join(hub.repository, "blobs"), { recursive: true });
  writeFileSync(incomplete(), bytes);
}

describe("only the rest is fetched", () => {
  it("after a connection that was reset in the middle", async () => {
    hub.server.fail(isWeights, { resetAfter: 100_000 }, 1);
    await expectWeights();
    expect(hub.delays).toEqual([500]);
    const [first, second] = weightRequests();
    // What was sent last before a reset may not arrive.
    const from = Number(/\d+/.exec(second?.headers.range ?? "0")?.[0]);
    expect(from).toBeLessThanOrEqual(first?.bytes ?? 0);
    expect(second?.bytes).toBe(WEIGHTS.length - from);
  });

  it("after a body that ended early", async () => {
    hub.server.fail(isWeights, { endAfter: 70_000, headers: { "content-length": undefined } }, 1);
    await expectWeights();
    expect(hub.server.bytesServed(isWeights)).toBe(WEIGHTS.length);
  });

  it("after a server that fell silent, in the middle or before it answered", async () => {
    hub.server.fail(isApi, { stallAfter: -1 }, 1);
    hub.server.fail(isWeights, { stallAfter: 70_000 }, 1);
    await hub.fetch("owner/name", { patience: 2000 });
    expect(hub.delays).toEqual([500, 500]);
    expect(hub.server.bytesServed(isWeights)).toBe(WEIGHTS.length);
  });

  it("of a slow body, which counts as alive as long as something comes", async () => {
    hub.server.pieces = { bytes: 20_000, pause: 300 };
    await hub.fetch("owner/name", { patience: 4000 });
    expect(weightRequests()).toHaveLength(1);
  });

  it("of what an earlier run left", async () => {
    leave(WEIGHTS.subarray(0, 200_000));
    await expectWeights();
    expect(hub.server.bytesServed(isWeights)).toBe(100_000);
  });

  it("which may be nothing but the check of the hash", async () => {
    leave(WEIGHTS);
    await expectWeights();
    expect(weightRequests()).toEqual([]);
  });

  it("however often the connection breaks off, as long as each brings something", async () => {
    hub.server.fail(isWeights, { resetAfter: 30_000 }, 8);
    await expectWeights();
    expect(hub.delays).toEqual(Array<number>(8).fill(500));
    expect(hub.server.bytesServed(isWeights)).toBe(WEIGHTS.length);
  });
});

describe("the file is begun anew", () => {
  it("where the server does not understand Range", async () => {
    leave(WEIGHTS.subarray(0, 200_000));
    hub.server.fail(isWeights, { whole: true }, 1);
    await expectWeights();
    expect(hub.server.bytesServed(isWeights)).toBe(WEIGHTS.length);
  });

  it("where what is there is too long or the server refuses the rest", async () => {
    leave(new Uint8Array(WEIGHTS.length + 1));
    await expectWeights();
    expect(weightRequests()[0]?.headers.range).toBeUndefined();
    const second = weightRequests().length;
    expect(second).toBe(1);
  });

  it("after 416", async () => {
    leave(WEIGHTS.subarray(0, 200_000));
    hub.server.fail(isWeights, { status: 416 }, 1);
    await expectWeights();
    expect(weightRequests().map(({ headers }) => headers.range)).toEqual(["bytes=200000-", undefined]);
  });

  it("once, where the hash is wrong: of what was there, or of what comes", async () => {
    leave(new Uint8Array(200_000));
    await expectWeights();
    expect(hub.server.bytesServed(isWeights)).toBe(100_000 + WEIGHTS.length);
  });

  it("and refused when the hash is wrong again", async () => {
    hub.server.fail(isWeights, { damaged: true });
    const message = await hub.refusal("hub-hash");
    expect(message).toContain("model.safetensors");
    expect(message).toContain(BLOB);
    expect(weightRequests()).toHaveLength(2);
    expect(await hub.blobs()).not.toContain(BLOB);
    expect(existsSync(incomplete())).toBe(false);
  });

  it("for git's hashes too", async () => {
    hub.server.fail(({ method, path }) => method === "GET" && path.endsWith("config.json"), { damaged: true });
    expect(await hub.refusal("hub-hash")).toContain("config.json");
  });

  it("not where another part comes than was asked for", async () => {
    leave(WEIGHTS.subarray(0, 200_000));
    hub.server.fail(isWeights, { headers: { "content-range": `bytes 0-${WEIGHTS.length - 1}/${WEIGHTS.length}` } });
    await hub.refusal("hub-answer");
    expect(statSync(incomplete()).size).toBe(200_000);
  });
});

describe("a server that is busy or broken is asked again", () => {
  it.each([429, 500, 502, 503])("after %i, with growing delays", async (status) => {
    hub.server.fail(isApi, { status }, 3);
    await hub.fetch();
    expect(hub.delays).toEqual([500, 1000, 2000]);
  });

  it("after as long as it says, up to a minute", async () => {
    hub.server.fail(isApi, { status: 429, headers: { "retry-after": "7" } }, 1);
    hub.server.fail(({ method }) => method === "HEAD", { status: 503, headers: { "retry-after": "3600" } }, 1);
    hub.server.fail(isWeights, { status: 429, headers: { "retry-after": "0" } }, 1);
    await hub.fetch();
    expect(hub.delays).toEqual([7000, 60_000, 500]);
  });

  it("but not for ever", async () => {
    hub.server.fail(isApi, { status: 503 });
    expect(await hub.refusal("hub-failed")).toContain("503");
    expect(hub.delays).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(hub.server.requests).toHaveLength(6);
  });

  it("not for ever either where each answer begins anew and breaks off at the same place", async () => {
    hub.server.fail(isWeights, { whole: true, resetAfter: 100_000 });
    expect(await hub.refusal("hub-failed")).toContain("broke off");
    // How much of an answer arrives before its end is a matter of luck, so that a row may begin anew a few times.
    expect(weightRequests().length).toBeGreaterThanOrEqual(6);
    expect(weightRequests().length).toBeLessThan(30);
  });

  it("where the CDN refuses an address that has run out", async () => {
    hub.server.fail(isWeights, { status: 403 }, 1);
    await expectWeights();
    expect(
      hub.server.requests.filter(
        ({ at, method, path }) => at === "hub" && method === "GET" && /resolve.*safetensors/.test(path),
      ),
    ).toHaveLength(2);
  });
});

describe("a person who gives up", () => {
  it("ends the work at once, and what has come stays for the next time", async () => {
    const controller = new AbortController();
    hub.server.pieces = { bytes: 20_000, pause: 10 };
    hub.server.onPiece = () => {
      if (hub.server.bytesServed(isWeights) >= 100_000) controller.abort(new Error("enough"));
    };
    await expect(hub.fetch("owner/name", { signal: controller.signal })).rejects.toThrow("enough");
    const kept = statSync(incomplete()).size;
    expect(kept).toBeGreaterThan(0);
    hub.server.reset();
    await expectWeights();
    expect(hub.server.bytesServed(isWeights)).toBe(WEIGHTS.length - kept);
  });

  it("need not wait for a delay or a silent server to pass", async () => {
    for (const fault of [{ status: 503, headers: { "retry-after": "60" } }, { stallAfter: -1 }]) {
      hub.server.reset();
      hub.server.fail(isApi, fault);
      const signal = AbortSignal.timeout(100);
      const reason: unknown = await hub
        .fetch("owner/name", { signal, wait: waitForReal })
        .catch((error: unknown) => error);
      expect(reason).toBe(signal.reason);
    }
  });

  it("before the work begins asks nobody", async () => {
    await expect(hub.fetch("owner/name", { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(hub.server.requests).toEqual([]);
  });
});
