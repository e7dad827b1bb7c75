import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder, weights2ts } from "./command-line.ts";

const TINY = fileURLToPath(new URL("../../output/tiny", import.meta.url));
const PROMPT = "The president of the";

describe("run", () => {
  it("continues a text on stdout, and says nothing else", async () => {
    const { exitCode, stdout, stderr } = await weights2ts(["run", TINY, PROMPT, "-n", "12"]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ \S[^\n]*\n$/);
  });

  it("gives the same text, with its tokens, as a JSON document", async () => {
    const plain = await weights2ts(["run", TINY, PROMPT, "-n", "12"]);
    const json = await weights2ts(["run", TINY, PROMPT, "-n", "12", "--json"]);
    const document = JSON.parse(json.stdout) as { prompt: string; continuation: string; tokens: number[] };
    expect(document.prompt).toBe(PROMPT);
    expect(`${document.continuation}\n`).toBe(plain.stdout);
    expect(document.tokens).toHaveLength(12);
  });

  it("leaves no temporary folder", async () => {
    const own = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("weights2ts-run-"));
    const before = own();
    await weights2ts(["run", TINY, PROMPT, "-n", "1"]);
    expect(own().filter((name) => !before.includes(name))).toEqual([]);
  });

  it.each([
    { fault: "no prompt", prompt: "", code: "prompt-empty" },
    { fault: "a prompt beyond the context", prompt: "word ".repeat(2000), code: "prompt-too-long" },
  ])("refuses $fault", async ({ prompt, code }) => {
    const { exitCode, stdout, stderr } = await weights2ts(["run", TINY, prompt]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`error[${code}]`);
  });

  it.each<{ fault: string; harm: (folder: string) => void; says: RegExp }>([
    {
      fault: "code that fails",
      harm: (folder) => {
        writeFileSync(join(folder, "src", "index.ts"), 'export const load = () => { throw new Error("my edit"); };');
      },
      says: /my edit/,
    },
    {
      fault: "code that is no TypeScript",
      harm: (folder) => {
        writeFileSync(join(folder, "src", "model.ts"), "export const = 1;");
      },
      says: /does not run/,
    },
    {
      fault: "missing weights",
      harm: (folder) => {
        rmSync(join(folder, "weights"), { recursive: true });
      },
      says: /package[/\\]weights/,
    },
  ])("tells of a package with $fault", async ({ harm, says }) => {
    const folder = join(temporaryFolder(), "package");
    cpSync(TINY, folder, { recursive: true });
    harm(folder);
    const { exitCode, stderr } = await weights2ts(["run", folder, PROMPT]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error\[package-broken\]/);
    expect(stderr).toMatch(says);
  });
});
