import { access, constants, mkdir, readdir, stat } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { cacheFolder } from "../../cache.ts";
import { messageOf } from "../../errors.ts";
import { withCommonOptions, type Perform } from "../command.ts";
import type { CommonFlags, Invocation } from "../invocation.ts";
import { formatTable } from "../tables.ts";

/** One thing that was looked at. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly says: string;
  /** The numbers behind the sentence, for --json. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const OLDEST_NODE = [20, 19] as const;
/** Positions: enough that every domain gives some. */
const LITTLE_TEXT = { calibrate: 6000, select: 6000 };
/** Compiling the bundled model stays below this. */
const NEEDED_MEMORY = 1.5 * 2 ** 30;
/** A module whose only function splats a byte and counts its bits lane by lane (v128). */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

const CHECKS: readonly (() => Finding | Promise<Finding>)[] = [
  nodeVersion,
  cores,
  memory,
  simd,
  kernels,
  cache,
  text,
  () => ({ name: "accelerator", ok: true, says: "none is used" }),
  () => ({ name: "network", ok: true, says: "not needed" }),
];

/** `weights2ts doctor` */
export function addDoctor(commandLine: Command, perform: Perform): void {
  const command = commandLine
    .command("doctor")
    .description("Look at what weights2ts needs on this machine: Node, cores, memory, SIMD, kernels, cache, text.");
  withCommonOptions(command, ["doctor", "doctor --json"]).action((flags: CommonFlags) => perform(flags, doctor));
}

async function doctor({ json, product }: Invocation): Promise<0 | 1> {
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(await check());
  const ok = findings.every((finding) => finding.ok);
  if (json) {
    const byName = findings.map(({ name, ok, says, details }) => [name, { ok, says, ...details }] as const);
    product(`${JSON.stringify({ ok, ...Object.fromEntries(byName) }, null, 2)}\n`);
  } else {
    product(`${formatTable(findings.map(({ name, ok, says }) => [ok ? "ok" : "BAD", name, says]))}\n`);
  }
  return ok ? 0 : 1;
}

function nodeVersion(): Finding {
  const { node } = process.versions;
  const [major, minor] = node.split(".").map(Number) as [number, number];
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const ok = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  const says = ok ? node : `${node}; at least ${OLDEST_NODE.join(".")} is needed`;
  return { name: "node", ok, says, details: { version: node } };
}

function cores(): Finding {
  const count = availableParallelism();
  return { name: "cores", ok: true, says: `${count}`, details: { count } };
}

function memory(): Finding {
  const [total, free] = [totalmem(), freemem()];
  const ok = total >= NEEDED_MEMORY;
  const says = `${formatBytes(total)}, of which ${formatBytes(free)} free${ok ? "" : "; 1.5 GiB are needed"}`;
  return { name: "memory", ok, says, details: { total, free } };
}

function simd(): Finding {
  const ok = WebAssembly.validate(SIMD_MODULE);
  return { name: "simd", ok, says: ok ? "supported" : "this Node runs no WebAssembly SIMD" };
}

async function kernels(): Promise<Finding> {
  const { createWasmMachine } = await import("../../engine/index.ts");
  try {
    createWasmMachine();
    return { name: "kernels", ok: true, says: "built" };
  } catch (error) {
    return { name: "kernels", ok: false, says: `run npm run build (${messageOf(error)})` };
  }
}

/** A cache that cannot be written makes runs slower, not wrong. */
async function cache(): Promise<Finding> {
  const folder = cacheFolder(process.env);
  const writable = await mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK))
    .then(() => true)
    .catch(() => false);
  const bytes = await sizeOf(folder);
  const says = `${folder}, ${formatBytes(bytes)}${writable ? "" : "; not writable: nothing is kept between runs"}`;
  return { name: "cache", ok: true, says, details: { folder, bytes, writable } };
}

/** Reads a little of the default text, as characters. */
async function text(): Promise<Finding> {
  const { openText } = await import("../../text/index.ts");
  const characters = {
    size: 2 ** 16,
    encode: (text: string) => Array.from(text, (_, index) => text.charCodeAt(index)),
  };
  try {
    const { domains } = openText({ kind: "default" }, characters, 256, LITTLE_TEXT);
    return { name: "text", ok: true, says: `installed: ${domains.join(", ")}`, details: { domains } };
  } catch (error) {
    return { name: "text", ok: false, says: `run npm ci (${messageOf(error)})` };
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  // A file may go away while another run tidies up.
  const sizes = files.map((file) =>
    stat(join(file.parentPath, file.name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function formatBytes(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
