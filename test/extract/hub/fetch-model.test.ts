import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DownloadProgress } from "../../../src/extract/hub/index.ts";
import { COMMIT, FILES, isWeights, scene, TOKEN, WEIGHTS } from "./scene.ts";
import { etagOf, HubServer } from "./server.ts";

const hub = scene();
const WEIGHTS_BLOB = etagOf(WEIGHTS);
const WANTED = ["config.json", "model.safetensors", "tokenizer.json"];

/** Puts a model into the cache as huggingface_hub does. */
function writeCache(files: Record<string, string | Uint8Array>, revision = "main", commit = COMMIT): string {
  const snapshot = join(hub.repository, "snapshots", commit);
  for (const folder of [snapshot, join(hub.repository, "blobs"), join(hub.repository, "refs")]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(join(hub.repository, "refs", revision), commit);
  for (const [file, content] of Object.entries(files)) {
    const etag = etagOf(Buffer.from(content));
    writeFileSync(join(hub.repository, "blobs", etag), content);
    symlinkSync(join("..", "..", "blobs", etag), join(snapshot, file));
  }
  return snapshot;
}

const COMPLETE = { "config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights" };
const isApi = ({ path }: { path: string }) => path.startsWith("/api/");
const isGet = ({ method, path }: { method: string; path: string }) => method === "GET" && !path.startsWith("/api/");

async function wantedFrom(files: Record<string, string | Uint8Array>): Promise<string[]> {
  hub.server.add({ name: "owner/name", commit: COMMIT, files });
  const folder = await hub.fetch();
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

describe("a model that is not in the cache", () => {
  it("is put there in huggingface_hub's layout, with no file that is not wanted", async () => {
    const folder = await hub.fetch();
    expect(folder).toBe(join(hub.repository, "snapshots", COMMIT));
    expect((await readdir(folder)).sort()).toEqual(WANTED);
    expect(readFileSync(join(hub.repository, "refs", "main"), "utf8")).toBe(COMMIT);
    expect(await hub.blobs()).toEqual(WANTED.map((file) => etagOf(Buffer.from(FILES[file]!))).sort());
    for (const file of WANTED) {
      const blob = etagOf(Buffer.from(FILES[file]!));
      expect(lstatSync(join(folder, file)).isSymbolicLink()).toBe(true);
      expect(readlinkSync(join(folder, file))).toBe(join("..", "..", "blobs", blob));
      expect(readFileSync(join(folder, file))).toEqual(Buffer.from(FILES[file]!));
    }
    expect(await readdir(join(hub.cache, ".locks", "models--owner--name"))).toEqual([]);
  });

  it("costs its own bytes and a few small answers", async () => {
    await hub.fetch();
    const sizes = WANTED.reduce((total, file) => total + Buffer.from(FILES[file]!).length, 0);
    const content = ({ status, path }: { status: number; path: string }) => status === 200 && !path.startsWith("/api/");
    expect(hub.server.bytesServed(content)).toBe(sizes);
  });

  it("is asked for with the token at the hub, and without it at the CDN", async () => {
    await hub.fetch();
    const atHub = hub.server.requests.filter(({ at }) => at === "hub");
    expect(new Set(atHub.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
    const atCdn = hub.server.requests.filter(({ at }) => at === "cdn");
    expect(atCdn).toHaveLength(1);
    expect(JSON.stringify(atCdn)).not.toContain("secret");
    expect(new Set(hub.server.requests.map(({ headers }) => headers["accept-encoding"]))).toEqual(
      new Set(["identity"]),
    );
  });

  it("is asked for without any token where there is none", async () => {
    await hub.fetch("owner/name", { environment: { ...hub.environment, HF_TOKEN: "" } });
    expect(hub.server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it("is found under the name that it had before", async () => {
    hub.server.move("old/name", "owner/name");
    expect(await hub.fetch("old/name")).toBe(join(hub.cache, "models--old--name", "snapshots", COMMIT));
  });

  it("may be of a branch in a folder, or of a commit, which needs no ref", async () => {
    hub.server.add({ name: "owner/name", commit: COMMIT, files: FILES, revisions: ["refs/pr/1"] });
    await hub.fetch("owner/name@refs/pr/1");
    expect(readFileSync(join(hub.repository, "refs", "refs", "pr", "1"), "utf8")).toBe(COMMIT);
    await hub.fetch(`owner/name@${COMMIT}`);
    expect(await readdir(join(hub.repository, "refs"))).toEqual(["refs"]);
  });

  it("tells its progress some times a second, up to the end", async () => {
    hub.server.pieces = { bytes: 10_000, pause: 20 };
    const told: DownloadProgress[] = [];
    await hub.fetch("owner/name", { onProgress: (progress) => told.push(progress) });
    const ofWeights = told.filter(({ file }) => file === "model.safetensors");
    expect(ofWeights.length).toBeGreaterThanOrEqual(3);
    expect(ofWeights.length).toBeLessThan(10);
    expect(ofWeights.at(-1)).toMatchObject({ bytes: WEIGHTS.length, total: WEIGHTS.length, secondsLeft: 0 });
    const { bytesPerSecond, secondsLeft, bytes, total } = ofWeights[1]!;
    expect(bytesPerSecond).toBeGreaterThan(0);
    expect(secondsLeft).toBeCloseTo((total - bytes) / bytesPerSecond);
  });
});

describe("of the files of a repository are wanted", () => {
  const config = { "config.json": "{}" };
  const index = (...shards: string[]) =>
    JSON.stringify({ weight_map: Object.fromEntries(shards.map((shard, place) => [`h.${place}`, shard])) });

  it("vocab.json, merges.txt and special tokens where there is no tokenizer.json", async () => {
    const old = { "vocab.json": "{}", "merges.txt": "", "special_tokens_map.json": "{}", "added_tokens.json": "{}" };
    const names = await wantedFrom({ ...config, ...old, "model.safetensors": "w", "tf_model.h5": "w" });
    expect(names.sort()).toEqual([...Object.keys(old), "config.json", "model.safetensors"].sort());
  });

  it.each([
    [["model.safetensors.index.json", "a.safetensors", "b.safetensors"], "pytorch_model.bin", "c.safetensors"],
    [["pytorch_model.bin"], "pytorch_model.bin.index.json", "onnx/model.onnx"],
    [["pytorch_model.bin.index.json", "a.bin", "b.bin"], "onnx/model.onnx", "c.bin"],
    [["decoder_model.onnx", "decoder_model.onnx_data"], "model.onnx", "onnx/model.onnx"],
    [["model.onnx"], "onnx/other.onnx", "flax_model.msgpack"],
  ])("%j and no other weights", async (weights, ...others) => {
    const files: Record<string, string> = { ...config };
    for (const name of [...weights, ...others]) {
      const path = name.startsWith("decoder") ? `onnx/${name}` : name;
      const suffix = name.includes("safetensors") ? "safetensors" : "bin";
      files[path] = path.endsWith("index.json") ? index(`a.${suffix}`, `b.${suffix}`, `a.${suffix}`) : path;
    }
    expect((await wantedFrom(files)).sort()).toEqual(["config.json", ...weights].sort());
  });

  it("none where there are no weights or no config.json", async () => {
    hub.server.add({ name: "owner/name", commit: COMMIT, files: { ...config, "tf_model.h5": "w" } });
    expect(await hub.refusal("hub-no-weights")).toContain("model.safetensors");
    hub.server.add({ name: "owner/name", commit: COMMIT, files: { "model.safetensors": "w" } });
    expect(await hub.refusal("hub-no-weights")).toContain("config.json");
  });

  it.each([
    "../x.safetensors",
    "/x.safetensors",
    "a\\x.safetensors",
    "sub/x.safetensors",
    "x.txt",
    "absent.safetensors",
  ])("none where the index names the shard %j", async (shard) => {
    const files = { ...config, "model.safetensors.index.json": index("a.safetensors", shard), "a.safetensors": "w" };
    hub.server.add({ name: "owner/name", commit: COMMIT, files: { ...files, "sub/x.safetensors": "w" } });
    await hub.refusal("hub-answer");
    expect(hub.server.requests.some(({ path }) => path.endsWith("a.safetensors"))).toBe(false);
  });
});

describe("a model that is in the cache", () => {
  it("as another tool put it there costs one question", async () => {
    const snapshot = writeCache({ ...FILES_OF_TOOL });
    expect(await hub.fetch()).toBe(snapshot);
    expect(hub.server.requests.map(({ path }) => path)).toEqual(["/api/models/owner/name/revision/main"]);
  });

  it("in part costs what is missing", async () => {
    writeCache({ "config.json": FILES["config.json"]!, "model.safetensors": WEIGHTS });
    await hub.fetch();
    expect(hub.server.requests.filter(isGet).every(({ path }) => path.endsWith("/tokenizer.json"))).toBe(true);
  });

  it("under an older commit is not fetched again where the files are the same", async () => {
    writeCache({ ...FILES_OF_TOOL }, "main", "f".repeat(40));
    expect(await hub.fetch()).toBe(join(hub.repository, "snapshots", COMMIT));
    expect(hub.server.requests.filter(isGet)).toEqual([]);
    expect(readFileSync(join(hub.repository, "refs", "main"), "utf8")).toBe(COMMIT);
  });

  it("with links to blobs that are gone is made whole again", async () => {
    const folder = await hub.fetch();
    rmSync(join(hub.repository, "blobs", WEIGHTS_BLOB));
    expect(await hub.fetch()).toBe(folder);
    expect(readFileSync(join(folder, "model.safetensors"))).toEqual(Buffer.from(WEIGHTS));
  });

  it("serves when the hub cannot be reached or stays broken", async () => {
    const snapshot = writeCache(COMPLETE);
    const environment = { ...hub.environment, HF_ENDPOINT: await closedPort() };
    expect(await hub.fetch("owner/name", { environment })).toBe(snapshot);
    expect(hub.delays).toEqual([]);
    hub.server.fail(isApi, { status: 503 });
    expect(await hub.fetch()).toBe(snapshot);
  });

  it("does not serve when the hub says no", async () => {
    writeCache(COMPLETE);
    hub.server.fail(isApi, { status: 403, headers: { "x-error-code": "GatedRepo" } });
    await hub.refusal("hub-denied");
  });
});

const FILES_OF_TOOL = Object.fromEntries(WANTED.map((file) => [file, FILES[file]!]));

async function closedPort(): Promise<string> {
  const server = await HubServer.start();
  const { endpoint } = server;
  await server.close();
  return endpoint;
}

describe("offline", () => {
  const offline = (revision = "main") =>
    hub.fetch(revision === "main" ? "owner/name" : `owner/name@${revision}`, {
      environment: { ...hub.environment, HF_HUB_OFFLINE: "1" },
    });

  it("the cache is all that is looked at", async () => {
    const snapshot = writeCache(COMPLETE);
    expect(await offline()).toBe(snapshot);
    expect(await offline(COMMIT)).toBe(snapshot);
    expect(hub.server.requests).toEqual([]);
  });

  it("shards, older tokenizers and ONNX in a folder count as complete", async () => {
    const index = JSON.stringify({ weight_map: { a: "a.bin" } });
    const old = { "config.json": "{}", "vocab.json": "{}", "merges.txt": "" };
    const snapshot = writeCache({ ...old, "pytorch_model.bin.index.json": index, "a.bin": "w" });
    expect(await offline()).toBe(snapshot);
    rmSync(join(snapshot, "pytorch_model.bin.index.json"));
    mkdirSync(join(snapshot, "onnx"));
    writeFileSync(join(snapshot, "onnx", "model.onnx"), "w");
    expect(await offline()).toBe(snapshot);
  });

  it.each([
    ["nothing", {}],
    ["no weights", { "config.json": "{}", "tokenizer.json": "{}" }],
    ["no tokenizer", { "config.json": "{}", "model.safetensors": "w" }],
    [
      "not all shards",
      {
        ...{ "config.json": "{}", "tokenizer.json": "{}", "a.safetensors": "w" },
        "model.safetensors.index.json": JSON.stringify({ weight_map: { a: "a.safetensors", b: "b.safetensors" } }),
      },
    ],
  ])("a cache with %s is refused with what to do", async (_, files) => {
    if (Object.keys(files).length > 0) writeCache(files);
    const environment = { ...hub.environment, HF_HUB_OFFLINE: "yes" };
    expect(await hub.refusal("hub-offline", "owner/name", { environment })).toContain(hub.repository);
    expect(hub.server.requests).toEqual([]);
  });

  it("by accident, without a copy, is told at once", async () => {
    const environment = { ...hub.environment, HF_ENDPOINT: await closedPort() };
    expect(await hub.refusal("hub-offline", "owner/name", { environment })).toContain("cannot be reached");
    expect(hub.delays).toEqual([]);
  });

  it("a ref leads to the last complete snapshot while a newer one is not complete", async () => {
    const snapshot = writeCache(COMPLETE, "main", "f".repeat(40));
    hub.server.fail(isWeights, { status: 500 });
    await hub.refusal("hub-failed");
    expect(existsSync(join(hub.repository, "snapshots", COMMIT, "config.json"))).toBe(true);
    expect(await offline()).toBe(snapshot);
  });
});

describe("what the hub refuses", () => {
  it.each([
    [401, "RepoNotFound", "hub-not-found", "repository"],
    [404, "RepoNotFound", "hub-not-found", "repository"],
    [404, "RevisionNotFound", "hub-not-found", "revision"],
    [404, "", "hub-not-found", "revision"],
    [401, "GatedRepo", "hub-denied", "GatedRepo"],
    [403, "GatedRepo", "hub-denied", "GatedRepo"],
    [401, "", "hub-denied", "401"],
    [400, "", "hub-failed", "400"],
  ] as const)("%i %s is %s", async (status, code, expected, says) => {
    hub.server.fail(isApi, { status, headers: { "x-error-code": code || undefined } });
    expect(await hub.refusal(expected)).toContain(says);
    expect(hub.delays).toEqual([]);
  });

  it("is told for the file too", async () => {
    hub.server.fail(
      ({ method }) => method === "HEAD",
      { status: 404, headers: { "x-error-code": "EntryNotFound" } },
      1,
    );
    expect(await hub.refusal("hub-not-found")).toContain("config.json");
    hub.server.fail(({ method }) => method === "HEAD", { status: 403, headers: { "x-error-code": "GatedRepo" } }, 1);
    await hub.refusal("hub-denied");
  });

  it("is a repository or revision that is not there", async () => {
    expect(await hub.refusal("hub-not-found", "owner/other")).toContain("owner/other");
    expect(await hub.refusal("hub-not-found", "owner/name@other")).toContain("owner/name@other");
  });

  it("never shows the token, not even one that no header takes, or that the server repeats", async () => {
    const environment = { ...hub.environment, HF_TOKEN: "hf_secret\u0007\u00e9" };
    await hub.refusal("hub-denied", "owner/name", { environment });
    expect(hub.server.requests).toEqual([]);
    hub.server.fail(isApi, {
      status: 401,
      headers: { "x-error-message": TOKEN, "x-error-code": `${TOKEN} x` },
      body: TOKEN,
    });
    await hub.refusal("hub-denied");
  });
});

describe("an answer that makes no sense is refused, and nothing is fetched for it", () => {
  const listing = (changes: object) =>
    JSON.stringify({ sha: COMMIT, siblings: Object.keys(FILES).map((rfilename) => ({ rfilename })), ...changes });
  const naming = (...names: unknown[]) => listing({ siblings: names.map((rfilename) => ({ rfilename })) });
  it.each([
    "not JSON",
    "[]",
    listing({ sha: "main" }),
    listing({ sha: "../../../../etc" }),
    listing({ sha: COMMIT.toUpperCase() }),
    listing({ sha: undefined }),
    listing({ siblings: "config.json" }),
    listing({ siblings: ["config.json"] }),
    naming("config.json", "../config.json"),
    naming("config.json", "a/../../b"),
    naming("config.json", "/etc/passwd"),
    naming("config.json", "a\\b"),
    naming("config.json", "C:b"),
    naming("config.json", "a//b"),
    naming("config.json", "./b"),
    naming("config.json", ""),
    naming("config.json", "a\u0000b"),
    naming("config.json", 3),
    naming(...Array.from({ length: 100_001 }, (_, index) => `${index}`)),
  ])("%.90j", async (body) => {
    hub.server.fail(isApi, { body });
    await hub.refusal("hub-answer");
    expect(hub.server.requests).toHaveLength(1);
    expect(existsSync(hub.repository)).toBe(false);
  });

  it("such as one without end", async () => {
    // Twice what is read at most, so that buffers on the way cannot hold the rest.
    hub.server.fail(isApi, { body: " ".repeat(64_000_000) });
    await hub.refusal("hub-answer");
    expect(hub.server.bytesServed()).toBeLessThan(64_000_000);
  });

  it("such as one about another commit", async () => {
    hub.server.fail(isApi, { body: listing({ sha: "f".repeat(40) }) });
    await hub.refusal("hub-answer", `owner/name@${COMMIT}`);
  });

  const isConfig = ({ path, method }: { path: string; method: string }) =>
    method === "HEAD" && path.startsWith("/files/") && path.endsWith("/config.json");
  it.each([
    [{ etag: undefined }],
    [{ etag: '"../../evil"' }],
    [{ etag: `"${"a".repeat(41)}"` }],
    [{ "content-length": undefined, "transfer-encoding": "chunked" }],
    [{ "x-linked-size": "-1" }],
    [{ "x-linked-size": "many" }],
    [{ "x-repo-commit": "f".repeat(40) }],
  ])("such as a file with %j", async (headers) => {
    hub.server.fail(isConfig, { headers });
    await hub.refusal("hub-answer");
    expect(await hub.blobs()).toEqual([]);
  });

  it("such as a redirect without what it leads to, in circles, or to another kind of address", async () => {
    const isHead = ({ path }: { path: string }) => path.endsWith("/resolve/" + COMMIT + "/config.json");
    for (const location of [hub.server.cdn, "file:///etc/passwd", "http://me:secret@localhost/", "http://["]) {
      hub.server.fail(isHead, { status: 302, headers: { location } }, 1);
      await hub.refusal("hub-answer");
    }
    hub.server.fail(isApi, { status: 302, headers: { location: "/api/models/owner/name/revision/main" } });
    hub.server.requests.length = 0;
    await hub.refusal("hub-answer");
    expect(hub.server.requests).toHaveLength(6);
  });

  it("such as a file too large to be wanted", async () => {
    hub.server.fail(({ method }) => method === "HEAD", { headers: { "x-linked-size": String(2 ** 40) } });
    await hub.refusal("file-too-large");
  });

  it("such as more bytes than announced, which are not kept", async () => {
    const isBody = ({ method, path }: { method: string; path: string }) =>
      method === "GET" && path.startsWith("/files/");
    hub.server.fail(isBody, { body: "x".repeat(5000), endAfter: 5000 }, 1);
    expect(await hub.refusal("hub-answer")).toContain("longer");
    hub.server.fail(isBody, { body: "x".repeat(5000) }, 1);
    expect(await hub.refusal("hub-answer")).toContain("5000");
    hub.server.fail(isBody, { headers: { "content-encoding": "gzip" } }, 1);
    expect(await hub.refusal("hub-answer")).toContain("compressed");
    await hub.fetch();
  });
});
