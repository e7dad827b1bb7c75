import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, weights2ts } from "./command-line.ts";

const WRONG_USAGE: readonly { readonly given: string; readonly code: string; readonly says: RegExp }[] = [
  { given: "compile --seeds 3", code: "usage", says: /Unknown option '--seeds'.*--seed\?/ },
  { given: "compile tiny other", code: "usage", says: /Too many arguments/ },
  { given: "transpile", code: "usage", says: /Unknown command 'transpile'/ },
  { given: "compile --budget 200%", code: "budget-invalid", says: /"200%"/ },
  { given: "compile --budget lol", code: "budget-invalid", says: /"lol"/ },
  { given: "compile --budget=-1%", code: "budget-invalid", says: /"-1%"/ },
  { given: "compile --strategy best", code: "usage", says: /'best'.*full, baseline/ },
  { given: "compile --refit all", code: "usage", says: /'all'.*none, ridge, distil/ },
  { given: "compile --without=", code: "usage", says: /--without/ },
  { given: "compile --without sorcery", code: "step-unknown", says: /"sorcery".*constant-heads.*ridge, distil/ },
  { given: "compile --workers 0", code: "usage", says: /'--workers <number>'.*'0'.*from 1 to 256/ },
  { given: "compile --workers two", code: "usage", says: /'two'/ },
  { given: "compile --seed 1.5", code: "usage", says: /'1\.5'.*whole number/ },
  { given: "compile --text=", code: "usage", says: /--text/ },
  { given: "run output/tiny", code: "usage", says: /Missing required argument 'prompt'/ },
  { given: "run output/tiny text -n 0", code: "usage", says: /'0'/ },
  { given: "tune tiny --budgets 1%,,5%", code: "usage", says: /--budgets/ },
  { given: "tune tiny --budgets 1%,lol", code: "budget-invalid", says: /"lol"/ },
  { given: "tune", code: "usage", says: /Missing required argument 'model'/ },
  { given: "score", code: "usage", says: /Missing required argument 'folder'/ },
];

describe("wrong usage", () => {
  it.each(WRONG_USAGE)("refuses `$given` with one error and what to do about it", async ({ given, code, says }) => {
    const { exitCode, stdout, stderr } = await weights2ts(given.split(" "));
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    const [message, fix, ...rest] = stderr.trimEnd().split("\n");
    expect(message).toMatch(new RegExp(`^error\\[${code}\\]: .`));
    expect(message).toMatch(says);
    expect(fix).toMatch(/^ {2}\S/);
    expect(rest).toEqual([]);
  });

  it("is a JSON document on stdout under --json", async () => {
    const { exitCode, stdout } = await weights2ts(["compile", "--budget", "lol", "--json"]);
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stdout) as { error: Record<string, string> };
    expect(error).toEqual({
      code: "budget-invalid",
      message: 'The budget "lol" cannot be read.',
      fix: expect.stringContaining("kl=0.0005") as string,
    });
  });

  it("shows a stack trace only under --debug", async () => {
    const plain = await weights2ts(["compile", "--budget", "lol"]);
    const debug = await weights2ts(["compile", "--debug", "--budget", "lol"]);
    expect(plain.stderr).not.toMatch(/\n\s+at /);
    expect(debug.stderr).toMatch(/\n\s+at /);
  });

  it("shows the help on stderr when no command is named", async () => {
    const { exitCode, stdout, stderr } = await weights2ts([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: weights2ts");
  });
});

describe("help", () => {
  it.each(["compile", "tune", "score", "run", "doctor"])(
    "of %s shows examples and the common options",
    async (command) => {
      const { exitCode, stdout } = await weights2ts([command, "--help"]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`$ weights2ts ${command}`);
      for (const option of ["--json", "--quiet", "--debug"]) expect(stdout).toContain(option);
    },
  );
});

describe("bad input", () => {
  it("names a model folder that is missing, and leaves the old package as it was", async () => {
    const output = join(temporaryFolder(), "package");
    mkdirSync(output);
    writeFileSync(join(output, "manifest.json"), '{ "old": true }');
    const { exitCode, stderr } = await weights2ts(["compile", "/no/such/model", "-o", output]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("error[folder-missing]");
    expect(readFileSync(join(output, "manifest.json"), "utf8")).toBe('{ "old": true }');
  });

  it("refuses an output path that is a file", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "mine");
    const { exitCode, stderr } = await weights2ts(["compile", "tiny", "-o", file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("error[output-is-file]");
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  it.each(["run", "score"])("of %s: a folder that is no package", async (command) => {
    const prompt = command === "run" ? ["text"] : [];
    const { exitCode, stderr } = await weights2ts([command, temporaryFolder(), ...prompt]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("error[package-missing]");
  });

  it("of compile --check: nothing to compare with is a failed check", async () => {
    const { exitCode, stderr } = await weights2ts(["compile", "--check", "-o", join(temporaryFolder(), "none")]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[output-missing]");
  });
});
