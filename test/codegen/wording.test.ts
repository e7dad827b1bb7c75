import { describe, expect, it } from "vitest";
import { commentText, docComment } from "../../src/codegen/comment.ts";
import { count, counted, decimal, listed, nats, percent } from "../../src/codegen/wording.ts";

describe("numbers in comments", () => {
  it("are rounded, in digits that people read", () => {
    expect(percent(0.6249)).toBe("62 %");
    expect(percent(0.0049)).toBe("0.5 %");
    expect(percent(0)).toBe("0 %");
    expect(percent(0.02)).toBe("2 %");
    expect(nats(0.000123)).toBe("0.00012 nats");
    expect(nats(5.61)).toBe("5.6 nats");
    expect(nats(1e-9)).toBe("less than 0.000001 nats");
    expect(decimal(-0.0301)).toBe("-0.030");
    expect(decimal(0.00998)).toBe("0.010");
    expect(decimal(123.4)).toBe("123");
    expect(count(98304)).toBe("98,304");
    expect(count(999)).toBe("999");
    expect(counted(1, "head")).toBe("1 head");
    expect(counted(1200, "head")).toBe("1,200 heads");
    expect(listed(["a", "b", "c"])).toBe("a, b and c");
  });
});

describe("doc comments", () => {
  it("fill paragraphs and keep indented lines", () => {
    expect(commentText("one\ntwo.\n\n\n  a   b\n\nthree\n")).toBe("one two.\n\n  a   b\n\nthree");
  });

  it("take one line where they fit", () => {
    expect(docComment("Short.\n")).toBe("/** Short. */");
    expect(docComment("First.\n\nSecond.")).toBe("/**\n * First.\n *\n * Second.\n */");
  });

  it("do not part a number from its sign", () => {
    const lines = commentText(`${"word ".repeat(21)}ends 12 % of it`).split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).not.toMatch(/\d$/u);
    expect(lines[1]).not.toMatch(/^%/u);
  });
});
