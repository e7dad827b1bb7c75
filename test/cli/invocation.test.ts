import { expect, it } from "vitest";
import { forTerminal } from "../../src/cli/invocation.ts";

it("what a model says is shown on a terminal, which obeys none of it but line ends and tabs", () => {
  expect(forTerminal("one\ttwo\nthree é 😀 ‍")).toBe("one\ttwo\nthree é 😀 ‍");
  expect(forTerminal("\u001b[2J\u0007\r\u009b\u202e\u2066x")).toBe("\\u001b[2J\\u0007\\u000d\\u009b\\u202e\\u2066x");
});
