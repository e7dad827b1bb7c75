import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentsOf, emptyFolder, oldPackage, weights2ts } from "./command.ts";
import { writeTaskModel, type Changes, type WrittenTensor } from "./small-models.ts";

/** One thing that is wrong: with a model, with the old package, or with the flags. */
interface Fault {
  readonly fault: string;
  readonly code: string;
  /** What the one sentence must mention. */
  readonly says: string;
  readonly model?: Changes;
  readonly harm?: (model: string) => void;
  readonly flags?: readonly string[];
}

const WEIGHTS = "model.safetensors";
const QUERY = "h.0.attn.c_attn.weight";

const MODEL_FAULTS: readonly Fault[] = [
  { fault: "a missing directory", code: "folder-missing", says: "no model folder", harm: (model) => remove(model) },
  {
    fault: "a missing config key",
    code: "config-key-missing",
    says: '"n_head"',
    model: { config: { n_head: undefined } },
  },
  {
    fault: "a config that contradicts the tensors",
    code: "tensor-shape",
    says: "wpe.weight",
    model: { config: { n_positions: 31 } },
  },
  {
    fault: "a config that asks for what is not computed",
    code: "config-unsupported",
    says: '"activation_function"',
    model: { config: { activation_function: "silu" } },
  },
  {
    fault: "weights cut short",
    code: "weights-damaged",
    says: WEIGHTS,
    harm: (model) => changeWeights(model, (bytes) => bytes.subarray(0, bytes.length - 10)),
  },
  {
    fault: "a flipped bit in the weights' header",
    code: "weights-damaged",
    says: WEIGHTS,
    // The quote before the first name.
    harm: (model) => changeWeights(model, (bytes) => flipped(bytes, 9, 1)),
  },
  {
    fault: "a flipped bit that makes a weight no number",
    code: "tensor-not-finite",
    says: 'wte.weight" has NaN',
    model: { tensors: (tensors) => withValue(tensors, "wte.weight", 1.5) },
    // 1.5 has all bits of its exponent but the highest, which lies in the last byte.
    harm: (model) => changeWeights(model, (bytes) => flipped(bytes, headerEnd(bytes) + 3, 0x40)),
  },
  {
    fault: "a header of 2^63 bytes",
    code: "weights-damaged",
    says: "9223372036854775808",
    harm: (model) =>
      changeWeights(model, (bytes) => {
        bytes.writeBigUInt64LE(2n ** 63n);
        return bytes;
      }),
  },
  {
    fault: "tensors that overlap",
    code: "weights-damaged",
    says: "overlap",
    harm: (model) => changeWeights(model, withOverlap),
  },
  {
    fault: "a weight that is not a number",
    code: "tensor-not-finite",
    says: `${QUERY}" has NaN`,
    model: { tensors: (tensors) => withValue(tensors, QUERY, NaN) },
  },
  {
    fault: "an infinite weight",
    code: "tensor-not-finite",
    says: `${QUERY}" has Infinity`,
    model: { tensors: (tensors) => withValue(tensors, QUERY, Infinity) },
  },
  {
    fault: "a pickle that would run a command",
    code: "pickle-foreign",
    says: "posix.system",
    harm: (model) => {
      remove(join(model, "model.safetensors"));
      writeFileSync(join(model, "pytorch_model.bin"), "\x80\x02cposix\nsystem\nX\x04\x00\x00\x00exit\x85R.", "latin1");
    },
  },
  {
    fault: "merges that name unknown tokens",
    code: "tokenizer-invalid",
    says: "merges.txt",
    harm: (model) => writeFileSync(join(model, "merges.txt"), "#version: 0.2\nword1 nowhere\n"),
  },
  {
    fault: "a task that names a file outside its folder",
    code: "task-invalid",
    says: '"test"',
    harm: (model) => {
      const task = JSON.parse(readFileSync(join(model, "task.json"), "utf8")) as object;
      writeFileSync(join(model, "task.json"), JSON.stringify({ ...task, test: "../test.jsonl" }));
    },
  },
  {
    fault: "a model whose own documents are damaged",
    code: "task-document",
    says: "Line 2",
    harm: (model) =>
      writeFileSync(join(model, "calibrate.jsonl"), '{"tokens":[0],"position":0,"scored":[0]}\n{"tokens":'),
  },
];

const FLAG_FAULTS: readonly Fault[] = [
  { fault: "text that is missing", code: "text-missing", says: "/no/text", flags: ["--text", "/no/text"] },
  { fault: "text that is binary", code: "text-not-utf8", says: "node", flags: ["--text", process.execPath] },
  { fault: "an unknown flag", code: "usage", says: "--bugdet", flags: ["--bugdet", "1%"] },
  { fault: "a budget of more than everything", code: "budget-invalid", says: '"200%"', flags: ["--budget", "200%"] },
  { fault: "a budget that is none", code: "budget-invalid", says: '"lol"', flags: ["--budget", "lol"] },
  { fault: "no workers", code: "usage", says: "--workers", flags: ["--workers", "0"] },
];

describe.concurrent("compile refuses", () => {
  it.each([...MODEL_FAULTS, ...FLAG_FAULTS])("$fault", async ({ code, says, model: changes, harm, flags = [] }) => {
    const model = writeTaskModel(emptyFolder(), changes);
    harm?.(model);
    const { output, expectUntouched } = guarded();
    expectOneError(await weights2ts(["compile", model, "-o", output, ...flags]), code, says);
    expectUntouched();
  });

  it("an output path that is a file", async () => {
    const file = join(emptyFolder(), "thesis");
    writeFileSync(file, "years of work");
    const model = writeTaskModel(emptyFolder());
    expectOneError(await weights2ts(["compile", model, "-o", file]), "output-is-file", file);
    expect(readFileSync(file, "utf8")).toBe("years of work");
  });

  it("a read-only output folder", async () => {
    const { output, expectUntouched } = guarded();
    chmodSync(output, 0o555);
    const ended = await weights2ts(["compile", writeTaskModel(emptyFolder()), "-o", output]);
    chmodSync(output, 0o755);
    expectOneError(ended, "output-unwritable", "read-only");
    expectUntouched();
  });

  it("a model of the hub that is not in the cache and cannot be fetched, and says what to do", async () => {
    const { output, expectUntouched } = guarded();
    // Nothing listens on that port.
    const unreachable = [{ HF_HUB_OFFLINE: "1" }, { HF_ENDPOINT: "http://127.0.0.1:65533" }];
    for (const variables of unreachable) {
      const environment = { HF_HOME: emptyFolder(), ...variables };
      const ended = await weights2ts(["compile", "gpt2-small", "-o", output], { environment });
      expectOneError(ended, "hub-offline", "openai-community/gpt2 is not complete in");
      expect(ended.stderr).toMatch(/hf download .* weights2ts compile tiny works/);
    }
    expectUntouched();
  });

  it("with one JSON document under --json, and still one error on stderr", async () => {
    const { output, expectUntouched } = guarded();
    const { exitCode, stdout, stderr } = await weights2ts(["compile", join(output, "none"), "-o", output, "--json"]);
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; fix: string } };
    expect(error.code).toBe("folder-missing");
    expect(stderr).toBe(`error[folder-missing]: ${error.message}\n  ${error.fix}\n`);
    expectUntouched();
  });
});

it("an unknown command is refused", async () => {
  expectOneError(await weights2ts(["transpile", "tiny"]), "usage", "transpile");
});

/** An old package, and the check that it is what it was and that nothing lies beside it. */
function guarded() {
  const parent = emptyFolder();
  const output = oldPackage(join(parent, "package"));
  const before = contentsOf(output);
  const expectUntouched = (): void => {
    expect(contentsOf(output)).toEqual(before);
    expect(readdirSync(parent)).toEqual(["package"]);
  };
  return { output, expectUntouched };
}

/** One sentence that says what is wrong, one that says what to do; nothing on stdout, and no stack trace. */
function expectOneError(
  { exitCode, stdout, stderr }: { exitCode: number | null; stdout: string; stderr: string },
  code: string,
  says: string,
): void {
  expect(stderr).toMatch(/error\[/);
  const [progress = "", ...errors] = stderr.split("error[");
  expect(errors).toHaveLength(1);
  expect(progress).toMatch(/^(?:[a-z]+(?: \d+ %[^\n]*)?\n)*$/);
  const [found, fix, ...rest] = (errors[0] as string).trimEnd().split("\n");
  expect(found?.slice(0, found.indexOf("]"))).toBe(code);
  expect(found).toContain(says);
  expect(fix).toMatch(/^ {2}\S.*\.$/);
  expect(rest).toEqual([]);
  expect(stdout).toBe("");
  expect(exitCode).toBe(2);
}

function remove(path: string): void {
  rmSync(path, { recursive: true });
}

function changeWeights(model: string, change: (bytes: Buffer) => Uint8Array): void {
  const path = join(model, WEIGHTS);
  writeFileSync(path, change(readFileSync(path)));
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
  return bytes;
}

/** Where the first tensor's values begin. */
function headerEnd(bytes: Buffer): number {
  return 8 + Number(bytes.readBigUInt64LE());
}

/** The second tensor's bytes begin one value before the first one's end. */
function withOverlap(bytes: Buffer): Buffer {
  const end = headerEnd(bytes);
  const header = JSON.parse(bytes.toString("utf8", 8, end)) as Record<string, { data_offsets?: [number, number] }>;
  const ranges = Object.values(header).flatMap(({ data_offsets }) =>
    data_offsets === undefined ? [] : [data_offsets],
  );
  for (const range of ranges.sort(([a], [b]) => a - b).slice(1, 2)) {
    range[0] -= 4;
    range[1] -= 4;
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(end - 8));
  return Buffer.concat([bytes.subarray(0, 8), text, bytes.subarray(end)]);
}

function withValue(tensors: readonly WrittenTensor[], name: string, value: number): WrittenTensor[] {
  return tensors.map((tensor) =>
    tensor.name === name ? { ...tensor, values: Float32Array.from(tensor.values).fill(value, 0, 1) } : tensor,
  );
}
