import { describe, expect, it } from "vitest";
import { hubReference } from "../../../src/extract/hub/index.ts";

describe("a reference to the hub", () => {
  it("may be a short name that people know", () => {
    const repositories = ["gpt2", "gpt2-small", "gpt2-medium", "gpt2-large", "gpt2-xl", "distilgpt2"].map(
      (name) => hubReference(name)?.repository,
    );
    expect(repositories).toEqual([
      "openai-community/gpt2",
      "openai-community/gpt2",
      "openai-community/gpt2-medium",
      "openai-community/gpt2-large",
      "openai-community/gpt2-xl",
      "distilbert/distilgpt2",
    ]);
  });

  it("is a repository, of the main branch unless another revision is named", () => {
    expect(hubReference("owner/name")).toEqual({ repository: "owner/name", revision: "main" });
    expect(hubReference("gpt2@v1.0")).toEqual({ repository: "openai-community/gpt2", revision: "v1.0" });
    expect(hubReference("my-org_1/a.b-c@refs/pr/3")).toEqual({ repository: "my-org_1/a.b-c", revision: "refs/pr/3" });
  });

  it.each([
    ...["", "tiny", "bert", "toString", "constructor", "/name", "owner/", "a/b/c", "./model", "../model", "~/model"],
    ...["a b/c", "a/b c", "a/-b", "a/b-", ".a/b", "a/b.", "a/b--c", "a/b..c", "a/b.git", `a/${"b".repeat(97)}`],
    ...["C:\\models", "a\\b", "a/b\n", "ä/b", "https://huggingface.co/a/b"],
    ...["a/b@", "a/b@../x", "a/b@x/../y", "a/b@/x", "a/b@x/", "a/b@x//y", "a/b@.x", "a/b@x/.y", "a/b@-x", "a/b@x y"],
  ])("is not %j", (text) => {
    expect(hubReference(text)).toBeUndefined();
  });
});
