import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readSettings } from "../../../src/extract/hub/settings.ts";

const HOME = mkdtempSync(join(tmpdir(), "weights2ts-settings-"));
const FROM_FILE = "hf_fromFile";
mkdirSync(join(HOME, ".cache", "huggingface"), { recursive: true });
writeFileSync(join(HOME, ".cache", "huggingface", "token"), `${FROM_FILE}\n`);
writeFileSync(join(HOME, "other"), "hf_other");

afterAll(() => {
  rmSync(HOME, { recursive: true, force: true });
});

const read = (environment: Record<string, string>) => readSettings({ HOME, ...environment });
const cacheOf = async (environment: Record<string, string>) => (await read(environment)).cache;
const tokenOf = async (environment: Record<string, string>) => (await read(environment)).token;

describe("the cache lies where huggingface_hub has it", () => {
  it("by HF_HUB_CACHE, else HF_HOME, else XDG_CACHE_HOME, else in the home folder", async () => {
    expect(await cacheOf({ HF_HUB_CACHE: "/a", HF_HOME: "/b", XDG_CACHE_HOME: "/c" })).toBe("/a");
    expect(await cacheOf({ HF_HUB_CACHE: "", HF_HOME: "/b", XDG_CACHE_HOME: "/c" })).toBe(join("/b", "hub"));
    expect(await cacheOf({ XDG_CACHE_HOME: "/c" })).toBe(join("/c", "huggingface", "hub"));
    expect(await cacheOf({})).toBe(join(HOME, ".cache", "huggingface", "hub"));
    expect(await cacheOf({ HF_HOME: "~/models" })).toBe(join(HOME, "models", "hub"));
  });
});

describe("the token comes", () => {
  it("from HF_TOKEN, else HUGGING_FACE_HUB_TOKEN, else a file", async () => {
    expect(await tokenOf({ HF_TOKEN: " a\n", HUGGING_FACE_HUB_TOKEN: "b" })).toBe("a");
    expect(await tokenOf({ HF_TOKEN: "", HUGGING_FACE_HUB_TOKEN: "b" })).toBe("b");
    expect(await tokenOf({})).toBe(FROM_FILE);
    expect(await tokenOf({ HF_TOKEN_PATH: join(HOME, "other") })).toBe("hf_other");
    expect(await tokenOf({ HF_HOME: "/nowhere" })).toBeUndefined();
  });

  it("not from the file when that is turned off", async () => {
    expect(await tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" })).toBeUndefined();
    expect(await tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1", HF_TOKEN: "a" })).toBe("a");
    expect(await tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "0" })).toBe(FROM_FILE);
  });
});

it("takes 1, true, yes and on for being offline", async () => {
  for (const value of ["1", "true", "YES", "on"]) expect((await read({ HF_HUB_OFFLINE: value })).offline).toBe(true);
  for (const value of ["", "0", "false", "no"]) expect((await read({ HF_HUB_OFFLINE: value })).offline).toBe(false);
});

it("takes an endpoint without the slash at its end, and refuses what is no plain address without showing it", async () => {
  expect((await read({})).endpoint).toBe("https://huggingface.co");
  expect((await read({ HF_ENDPOINT: "http://mirror/hub/" })).endpoint).toBe("http://mirror/hub");
  for (const text of ["mirror", "file:///secret", "http://me:secret@mirror", "https://mirror/?key=secret"]) {
    const error: unknown = await read({ HF_ENDPOINT: text }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "usage" });
    expect(String(error)).not.toContain("secret");
  }
});
