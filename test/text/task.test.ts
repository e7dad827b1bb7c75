import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openText, type TextReader } from "../../src/text/index.ts";
import { folderWith } from "./folders.ts";

const GOOD = { tokens: [0, 1, 2], position: 5, scored: [1, 2] };

/** Opens a task whose calibrate file has these lines, for a model of 3 tokens and 8 positions. */
function open(lines: readonly unknown[], limits: { calibrate?: number } = {}): TextReader {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const folder = folderWith({ "calibrate.jsonl": text, "select.jsonl": JSON.stringify(GOOD) });
  const task = {
    decision: "positive" as const,
    calibrate: join(folder, "calibrate.jsonl"),
    select: join(folder, "select.jsonl"),
    test: join(folder, "test.jsonl"),
  };
  return openText({ kind: "task", task }, { size: 3, encode: () => [] }, 8, limits);
}

describe("a model's own documents", () => {
  it("are read as they are, with the task's decision, and without the test file", () => {
    const text = open([GOOD, "", { ...GOOD, position: 0, scored: [] }, ""]);
    expect(text.decision).toBe("positive");
    expect(text.domains).toEqual(["task"]);
    expect(text.calibrate()).toEqual([
      { id: "task/calibrate/1", domain: "task", ...GOOD },
      { id: "task/calibrate/3", domain: "task", ...GOOD, position: 0, scored: [] },
    ]);
    expect(text.select()).toHaveLength(1);
  });

  it("are all read unless there is a limit, which counts scored positions", () => {
    const many = Array<unknown>(50).fill(GOOD);
    expect(open(many).calibrate()).toHaveLength(50);
    expect(open(many, { calibrate: 7 }).calibrate()).toHaveLength(4);
    expect(open(many).calibrateUpTo(7)).toEqual(open(many, { calibrate: 7 }).calibrate());
    expect(open(many).selectUpTo(7)).toEqual(open(many).select());
  });

  it("have an identity that changes with any of them", () => {
    const identity = open([GOOD]).identity;
    expect(open([GOOD]).identity).toBe(identity);
    expect(open([{ ...GOOD, position: 4 }]).identity).not.toBe(identity);
  });

  it.each([
    ["not JSON", "{", "it is not JSON"],
    ["not an object", 7, "expected object"],
    ["no tokens", { ...GOOD, tokens: [] }, "tokens"],
    ["an unknown token", { ...GOOD, tokens: [0, 3] }, "tokens.1: the vocabulary has 3 tokens"],
    ["a broken token", { ...GOOD, tokens: [0.5] }, "tokens.0"],
    ["no position", { tokens: [0], scored: [0] }, "position"],
    ["a negative position", { ...GOOD, position: -1 }, "position"],
    ["a document past the context", { ...GOOD, position: 6 }, "exceeds the model's context of 8"],
    ["a scored place past the end", { ...GOOD, scored: [3] }, "scored: a place lies behind the last token"],
    ["a scored place twice", { ...GOOD, scored: [1, 1] }, "scored: places must ascend"],
  ])("are refused with file and line: %s", (_, line, reason) => {
    const opening = (): unknown => open([GOOD, line]);
    expect(opening).toThrow(expect.objectContaining({ code: "task-document", exitCode: 2 }));
    expect(opening).toThrow(/^Line 2 of .*calibrate\.jsonl is not a document/);
    expect(opening).toThrow(reason);
  });

  it("are refused when the file is empty or missing", () => {
    expect(() => open([""])).toThrow(expect.objectContaining({ code: "task-unreadable" }));
    const none = { decision: "argmax" as const, calibrate: "/no/such", select: "/no/such", test: "/no/such" };
    expect(() => openText({ kind: "task", task: none }, { size: 3, encode: () => [] }, 8)).toThrow(
      "/no/such cannot be read",
    );
  });
});
