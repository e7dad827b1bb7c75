import { describe, expect, it } from "vitest";
import { PickleError, PickleGlobal, unpickle, type PickleWorld } from "../../src/extract/pickle.ts";

const NOTHING: PickleWorld = { calls: new Map(), isName: () => false };

/** A world with one function, one name and storages. */
const WORLD: PickleWorld = {
  calls: new Map([["some pair", (parameters) => ["pair", ...parameters]]]),
  isName: (name) => name === "some Name",
  persistent: (id) => ["stored", id],
};

/** Bytes, as Latin-1 text. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function valueOf(text: string, world: PickleWorld = NOTHING): unknown {
  return unpickle(bytes(text), world).value;
}

/** What Python's pickle.dumps writes, with the protocol it was asked for. */
describe("a pickle holds", () => {
  it.each([
    ["None", "\x80\x02N.", null],
    ["True", "\x80\x02\x88.", true],
    ["False", "\x80\x02\x89.", false],
    ["7", "\x80\x02K\x07.", 7],
    ["300", "\x80\x02M\x2c\x01.", 300],
    ["-2", "\x80\x02J\xfe\xff\xff\xff.", -2],
    ["2**40", "\x80\x02\x8a\x06\x00\x00\x00\x00\x00\x01.", 2 ** 40],
    ["-2**40", "\x80\x02\x8a\x06\x00\x00\x00\x00\x00\xff.", -(2 ** 40)],
    ["2**64", "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", 2n ** 64n],
    ["an int of no bytes", "\x80\x02\x8a\x00.", 0],
    ["0.5", "\x80\x02G\x3f\xe0\x00\x00\x00\x00\x00\x00.", 0.5],
    ["'é' of protocol 2", "\x80\x02X\x02\x00\x00\x00\xc3\xa9q\x00.", "é"],
    ["'é' of protocol 4", "\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00\x8c\x02\xc3\xa9\x94.", "é"],
    ["b'ab'", "\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00C\x02ab\x94.", bytes("ab")],
    ["()", "\x80\x02).", []],
    ["(1, 2, 3)", "\x80\x02K\x01K\x02K\x03\x87q\x00.", [1, 2, 3]],
    ["(1, 2, 3, 4)", "\x80\x02(K\x01K\x02K\x03K\x04tq\x00.", [1, 2, 3, 4]],
    ["[1]", "\x80\x02]q\x00K\x01a.", [1]],
    ["[1, 2]", "\x80\x02]q\x00(K\x01K\x02e.", [1, 2]],
    ["{}", "\x80\x02}q\x00.", new Map()],
    ["{1: 2}", "\x80\x02}q\x00K\x01K\x02s.", new Map([[1, 2]])],
    [
      "{1: 2, 3: 4}",
      "\x80\x02}q\x00(K\x01K\x02K\x03K\x04u.",
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ["the same text twice", "\x80\x02X\x01\x00\x00\x00aq\x00h\x00\x86q\x01.", ["a", "a"]],
  ])("%s", (_, text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it("calls, names and storages that its reader knows, and attributes of dictionaries, which say nothing", () => {
    expect(valueOf("\x80\x02csome\npair\nK\x01K\x02\x86R.", WORLD)).toEqual(["pair", 1, 2]);
    expect(valueOf("\x80\x04\x8c\x04some\x8c\x04pair\x93K\x01\x85R.", WORLD)).toEqual(["pair", 1]);
    expect(valueOf("\x80\x02csome\nName\n.", WORLD)).toEqual(new PickleGlobal("some Name"));
    expect(valueOf("\x80\x02K\x05Q.", WORLD)).toEqual(["stored", 5]);
    expect(valueOf("\x80\x02}}K\x01K\x02sb.", WORLD)).toEqual(new Map());
  });

  it("itself, where a list does", () => {
    const list = valueOf("\x80\x02]q\x00h\x00a.") as unknown[];
    expect(list[0]).toBe(list);
  });

  it("only what comes before its end", () => {
    expect(unpickle(bytes("N.K\x01."), NOTHING, 2)).toEqual({ value: 1, end: 5 });
  });
});

describe("a pickle is refused", () => {
  it.each([
    ["os.system", "\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", "posix.system"],
    ["os.system of protocol 4", "\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system"],
    ["eval", "\x80\x02c__builtin__\neval\n.", "__builtin__.eval"],
    ["a function that JavaScript objects have", "\x80\x02cObject\nconstructor\n.", "Object.constructor"],
    ["one of an inner module", "\x80\x02ctorch\nload\n.", "torch.load"],
  ])("that asks for %s", (_, text, foreign) => {
    expect(() => valueOf(text, WORLD)).toThrow(PickleError);
    expect(() => valueOf(text, WORLD)).toThrow(expect.objectContaining({ foreign }));
  });

  it.each([
    ["nothing", ""],
    ["an opcode that makes objects", "\x80\x02(isome\npair\n."],
    ["an extension", "\x80\x02\x82\x01."],
    ["an out-of-band buffer", "\x80\x05\x97."],
    ["an end without a value", "\x80\x02."],
    ["a mark as its value", "\x80\x02(."],
    ["no end", "\x80\x02N"],
    ["a text of 4 GB", "\x80\x02X\xff\xff\xff\xffa."],
    ["a text of 2^64 bytes", "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffa."],
    ["a text that is not UTF-8", "\x80\x02X\x01\x00\x00\x00\xff."],
    ["a line without an end", "\x80\x02csome"],
    ["an integer of 2 GB", "\x80\x02\x8b\xff\xff\xff\x7f."],
    ["a memo that is empty", "\x80\x02h\x00."],
    ["items of something else", "\x80\x02NK\x01K\x02s."],
    ["a key alone", "\x80\x02}(K\x01u."],
    ["values of something else", "\x80\x02NK\x01a."],
    ["values without a mark", "\x80\x02]K\x01e."],
    ["attributes of something else", "\x80\x02]Nb."],
    ["a call of a name", "\x80\x02csome\nName\n)R."],
    ["a call of a text", "\x80\x02X\x01\x00\x00\x00a)R."],
    ["a call with something else than a list", "\x80\x02csome\npair\nNR."],
    ["a name that is none", "\x80\x04NN\x93."],
  ])("with %s", (_, text) => {
    expect(() => valueOf(text, WORLD)).toThrow(PickleError);
  });

  it("of storages where there are none", () => {
    expect(() => valueOf("\x80\x02K\x05Q.")).toThrow(PickleError);
  });

  it("of more steps than any model's", () => {
    const many = new Uint8Array(1_000_002).fill("N".charCodeAt(0));
    expect(() => unpickle(many, NOTHING)).toThrow("more than 1000000 steps");
  });
});
