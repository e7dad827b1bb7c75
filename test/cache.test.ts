import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cached, cacheFolder, cacheKey, openCache } from "../src/cache.ts";
import { temporaryFolder } from "./cli/command-line.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Paths of the files below a folder. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function opened(folder: string) {
  const notes: string[] = [];
  return { notes, cache: openCache(folder, (text) => notes.push(text)) };
}

describe("a cache", () => {
  it("gives back what was put, also to another run", async () => {
    const folder = temporaryFolder();
    await opened(folder).cache.put("abcd", bytes("value"));
    expect(await opened(folder).cache.get("abcd")).toEqual(bytes("value"));
    expect(await opened(folder).cache.get("abce")).toBeUndefined();
  });

  it("ignores files that are cut short or have a wrong bit", async () => {
    const folder = temporaryFolder();
    const { cache } = opened(folder);
    await cache.put("abcd", bytes("value"));
    const [path] = filesIn(folder) as [string];
    const whole = readFileSync(path);

    for (const length of [0, 10, 32, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await cache.get("abcd"), `${length} bytes`).toBeUndefined();
    }
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 1) ^ 1, flipped.length - 1);
    writeFileSync(path, flipped);
    expect(await cache.get("abcd")).toBeUndefined();
  });

  it("stays whole when many put the same key at once, and leaves no temporary files", async () => {
    const folder = temporaryFolder();
    const values = Array.from({ length: 20 }, (_, index) => bytes(String(index).repeat(10_000)));
    await Promise.all(values.map((value) => opened(folder).cache.put("abcd", value)));
    expect(values).toContainEqual(await opened(folder).cache.get("abcd"));
    expect(filesIn(folder)).toHaveLength(1);
  });

  it("that cannot be written says so once and goes on", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const { cache, notes } = opened(join(file, "cache"));
    await cache.put("abcd", bytes("value"));
    await cache.put("abce", bytes("value"));
    expect(await cache.get("abcd")).toBeUndefined();
    expect(notes).toEqual([expect.stringMatching(/cannot be written \(ENOTDIR\)/)]);
  });
});

describe("cached", () => {
  it("computes once for the same parts, and again for others or after damage", async () => {
    const folder = temporaryFolder();
    const { cache } = opened(folder);
    let computed = 0;
    const compute = () => Promise.resolve({ computed: ++computed });
    expect(await cached(cache, "profile", ["model", 1], compute)).toEqual({ computed: 1 });
    expect(await cached(cache, "profile", ["model", 1], compute)).toEqual({ computed: 1 });
    expect(await cached(cache, "profile", ["model", 2], compute)).toEqual({ computed: 2 });
    expect(await cached(cache, "score", ["model", 1], compute)).toEqual({ computed: 3 });
    for (const path of filesIn(folder)) writeFileSync(path, "damaged");
    expect(await cached(cache, "profile", ["model", 1], compute)).toEqual({ computed: 4 });
  });

  it("has keys that keep parts apart", async () => {
    const keys = await Promise.all([cacheKey("a", ["b", "c"]), cacheKey("a", ["bc"]), cacheKey("ab", ["c"])]);
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

it("lies where WEIGHTS2TS_CACHE says, else where the system keeps caches", () => {
  expect(cacheFolder({ WEIGHTS2TS_CACHE: "/some/where" })).toBe("/some/where");
  expect(cacheFolder({})).toMatch(/weights2ts/);
});
