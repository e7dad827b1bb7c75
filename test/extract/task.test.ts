import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/extract/index.ts";
import { expectRefusal, smallModel } from "./small-model.ts";

const TASK = { decision: "positive", calibrate: "calibrate.jsonl", select: "select.jsonl", test: "parts/test.jsonl" };

function withTask(changes: Record<string, unknown>): string {
  const folder = smallModel({
    "task.json": JSON.stringify({ ...TASK, ...changes }),
    "calibrate.jsonl": "",
    "select.jsonl": "",
  });
  mkdirSync(join(folder, "parts"));
  writeFileSync(join(folder, "parts", "test.jsonl"), "");
  return folder;
}

it("reads a task's decision and the paths of its documents", async () => {
  const folder = withTask({ long: "long.jsonl" });
  expect((await loadModel(folder)).task).toEqual({
    folder,
    decision: "positive",
    calibrate: join(folder, "calibrate.jsonl"),
    select: join(folder, "select.jsonl"),
    test: join(folder, "parts", "test.jsonl"),
  });
});

describe("refuses a task", () => {
  it("that is no JSON object, lacks a key, or decides in an unknown way", async () => {
    await expectRefusal(smallModel({ "task.json": "[]" }), "json-invalid", "task.json");
    for (const key of Object.keys(TASK))
      await expectRefusal(withTask({ [key]: undefined }), "task-invalid", `"${key}"`);
    await expectRefusal(withTask({ decision: "softmax" }), "task-invalid", '"decision"');
    await expectRefusal(withTask({ test: 3 }), "task-invalid", '"test"');
  });

  it.each(["/etc/passwd", "../other/test.jsonl", "parts/../../x", "C:\\x", "..\\x", "parts/.."])(
    "that names %s, outside the folder",
    async (name) => await expectRefusal(withTask({ test: name }), "task-invalid", '"test"', "not inside"),
  );

  it("that names a file that is missing or a folder", async () => {
    await expectRefusal(withTask({ select: "nothing.jsonl" }), "task-invalid", '"select"', "missing");
    await expectRefusal(withTask({ select: "parts" }), "task-invalid", '"select"', "no file");
  });

  it("that names a link to outside the folder", async () => {
    const folder = withTask({ test: "link.jsonl" });
    symlinkSync("/etc/hostname", join(folder, "link.jsonl"));
    await expectRefusal(folder, "task-invalid", '"test"', "link");
  });
});
