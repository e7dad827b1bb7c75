import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { docComment } from "../../src/codegen/comment.ts";
import { markdownText, patternLiteral, quoted, shown, stringLiteral } from "../../src/codegen/escape.ts";

/** Texts that try to break out of comments and literals, and every other text. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom(
        ..."*/ /* // ` ${x} \n \r \u2028 \u2029 \u202e \u0000 \ufeff \ud83d \udc4d 👍 @deprecated {@link é \u0301 \\ \\u002f \" ' « ›".split(
          " ",
        ),
        " ",
        " @deprecated",
        "`@deprecated",
      ),
    )
    .map((pieces) => pieces.join("")),
);

const parse = (source: string) => {
  const file = ts.createSourceFile("emitted.ts", source, ts.ScriptTarget.ES2023, true);
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: readonly ts.Diagnostic[] };
  return { file, errors: parseDiagnostics.map(({ messageText }) => messageText) };
};

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

describe("text of a model in a comment", () => {
  it("stays on one line, is all visible, and never ends the comment", () => {
    fc.assert(
      fc.property(text, (token) => {
        for (const display of [shown(token), quoted(token)]) {
          expect(display).not.toMatch(UNSEEN);
          expect(display).not.toContain("*/");
        }
      }),
    );
  });

  it("shows no character that is unseen or changes its neighbours, of all there are", () => {
    const all = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
    expect(all.filter((character) => UNSEEN.test(character) && UNSEEN.test(shown(character)))).toEqual([]);
  });

  it("leaves exactly one documented statement without tags in the file, wherever it stands", () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        const prose = `${shown(first)} and ${quoted(second)}\n\n  ${shown(first)}${shown(second)}\n${shown(second)}`;
        const { file, errors } = parse(`${docComment(prose)}\nexport const head = 1;\n`);
        expect(errors).toEqual([]);
        expect(file.statements).toHaveLength(1);
        expect(ts.getJSDocCommentsAndTags(file.statements[0] as ts.Statement)).toHaveLength(1);
        expect(ts.getJSDocTags(file.statements[0] as ts.Statement)).toEqual([]);
      }),
    );
  });

  it("shows line ends, bidirectional overrides, comment ends and marks of ours as escapes", () => {
    expect(shown("a\nb\tc")).toBe("a\\nb\\tc");
    expect(shown("\u202eabc\u200d")).toBe("\\u202eabc\\u200d");
    expect(shown("*/")).toBe("*\\u002f");
    expect(shown("«x›")).toBe("\\u00abx\\u203a");
    expect(shown("\\n")).toBe("\\\\n");
    expect(quoted(' say "x"')).toBe('" say \\"x\\""');
  });

  it("keeps what people can read: letters of any script, emoji, spaces", () => {
    expect(shown(" déjà Привет 日本 👍")).toBe(" déjà Привет 日本 👍");
  });
});

describe("text of a model in a literal", () => {
  it("is a string literal that evaluates to the text", () => {
    fc.assert(
      fc.property(text, (value) => {
        const literal = stringLiteral(value);
        expect(literal).not.toMatch(UNSEEN);
        const { file, errors } = parse(`export const value = ${literal};`);
        expect(errors).toEqual([]);
        expect(file.statements).toHaveLength(1);
        expect(new Function(`return ${literal};`)()).toBe(value);
      }),
    );
  });

  it("is a regular expression literal that matches what the pattern matched", () => {
    const escaped = text.map((value) => value.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"));
    fc.assert(
      fc.property(escaped, text, (pattern, candidate) => {
        const literal = patternLiteral(pattern);
        expect(literal).not.toMatch(UNSEEN);
        const read = new Function(`return ${literal};`)() as RegExp;
        expect(read.test(candidate)).toBe(new RegExp(pattern, "u").test(candidate));
      }),
    );
  });
});

describe("text of a model in Markdown", () => {
  it("has no characters that start formatting, links, HTML or table cells", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(markdownText(value).replace(/\\[\\`*_[\]{}()<>#+!|~$&@:]/gu, "")).not.toMatch(/[`*_[\]<>|#~&]/u);
      }),
    );
  });
});
