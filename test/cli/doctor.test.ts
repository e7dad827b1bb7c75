import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, weights2ts } from "./command-line.ts";

interface Findings {
  readonly ok: boolean;
  readonly node: { readonly version: string };
  readonly cache: { readonly folder: string; readonly bytes: number; readonly writable: boolean };
  readonly text: { readonly domains: readonly string[] };
  readonly kernels: { readonly ok: boolean };
}

it("tells what this machine has, as one JSON document", async () => {
  const folder = join(temporaryFolder(), "cache");
  const { exitCode, stdout, stderr } = await weights2ts(["doctor", "--json"], {
    environment: { WEIGHTS2TS_CACHE: folder },
  });
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  const findings = JSON.parse(stdout) as Findings;
  expect(findings.ok).toBe(true);
  expect(findings.node.version).toBe(process.versions.node);
  expect(findings.kernels.ok).toBe(true);
  expect(findings.cache).toMatchObject({ folder, bytes: 0, writable: true });
  expect(findings.text.domains).toEqual(["speeches", "novel", "glossary", "sentences", "mail", "code"]);
});

it("finds a cache folder that cannot be written, and a size of those that can", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "entry"), "12345");
  const sized = await weights2ts(["doctor", "--json"], { environment: { WEIGHTS2TS_CACHE: folder } });
  expect((JSON.parse(sized.stdout) as Findings).cache.bytes).toBe(5);

  const blocked = await weights2ts(["doctor"], { environment: { WEIGHTS2TS_CACHE: join(folder, "entry", "cache") } });
  expect(blocked.exitCode).toBe(0);
  expect(blocked.stdout).toMatch(/cache .*not writable/);
});
