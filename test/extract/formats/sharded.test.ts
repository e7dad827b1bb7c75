import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../../src/extract/index.ts";
import { lift, printProgram } from "../../../src/ir/index.ts";
import { writeSafetensors } from "../../../src/runtime/index.ts";
import { expectRefusal, smallModel, smallTensors, temporary } from "../small-model.ts";

const FIRST = "model-00001-of-00002.safetensors";
const SECOND = "model-00002-of-00002.safetensors";
const TENSORS = smallTensors();
const SHARDS = { [FIRST]: writeSafetensors(TENSORS.slice(0, 7)), [SECOND]: writeSafetensors(TENSORS.slice(7)) };
const MAP = Object.fromEntries(TENSORS.map(({ name }, index) => [name, index < 7 ? FIRST : SECOND]));

function sharded(map: unknown = MAP, shards: Readonly<Record<string, Uint8Array>> = SHARDS): string {
  const index = JSON.stringify({ metadata: { total_size: 0 }, weight_map: map });
  return smallModel({ "model.safetensors": undefined, "model.safetensors.index.json": index, ...shards });
}

describe("a model spread over several safetensors files", () => {
  it("is the same model as in one file", async () => {
    const one = await loadModel(smallModel());
    const several = await loadModel(sharded());
    expect(several).toEqual(one);
    expect(printProgram(lift(several))).toBe(printProgram(lift(one)));
  });

  it("is refused where a shard is missing or damaged", async () => {
    await expectRefusal(sharded(MAP, { [FIRST]: SHARDS[FIRST] as Uint8Array }), "file-missing", SECOND);
    const cut = (SHARDS[SECOND] as Uint8Array).subarray(0, 100);
    await expectRefusal(sharded(MAP, { ...SHARDS, [SECOND]: cut }), "weights-damaged", SECOND);
  });

  it("is refused where the index and the shards do not agree", async () => {
    await expectRefusal(sharded({ ...MAP, "wte.weight": SECOND }), "tensor-unexpected", "wte.weight");
    await expectRefusal(sharded({ ...MAP, another: FIRST }), "tensor-missing", "another");
    const { "wte.weight": _, ...less } = MAP;
    await expectRefusal(sharded(less), "tensor-unexpected", "wte.weight");
  });

  it.each([
    ["nothing", null],
    ["a list", []],
    ["a number", { a: 3 }],
    ["a file without a name", { a: null }],
  ])("is refused where the index maps tensors to %s", async (_, map) => {
    await expectRefusal(sharded(map), "weights-damaged", "model.safetensors.index.json");
  });

  it.each(["../x.safetensors", "/etc/hostname", "a/../../x", "C:\\x", "a\\b", "\0", "__proto__/../.."])(
    "is refused where the index names %j, outside the folder",
    async (name) => {
      await expectRefusal(sharded({ ...MAP, "wte.weight": name }), "file-outside", JSON.stringify(name));
    },
  );

  it("is refused where a shard is a link to outside the folder", async () => {
    const folder = sharded();
    const outside = join(temporary(), "outside");
    renameSync(join(folder, FIRST), outside);
    symlinkSync(outside, join(folder, FIRST));
    await expectRefusal(folder, "file-outside", FIRST, "a link to outside");
  });

  it("may be a snapshot of the Hugging Face cache, whose files are links to its blobs, and then has its name", async () => {
    const repository = join(temporary(), "models--owner--My-Model");
    const snapshot = join(repository, "snapshots", "0123456789abcdef0123456789abcdef01234567");
    mkdirSync(join(repository, "blobs"), { recursive: true });
    mkdirSync(join(repository, "snapshots"));
    renameSync(sharded(), snapshot);
    for (const [index, name] of [FIRST, SECOND].entries()) {
      renameSync(join(snapshot, name), join(repository, "blobs", String(index)));
      symlinkSync(join("..", "..", "blobs", String(index)), join(snapshot, name));
    }
    const { id, sha256 } = await loadModel(snapshot);
    expect(id).toBe("my-model");
    expect(sha256).toBe((await loadModel(smallModel())).sha256);
  });
});
