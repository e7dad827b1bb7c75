import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readHeader,
  readTensor,
  SafetensorsError,
  writeSafetensors,
  type SafetensorsErrorCode,
} from "../../src/runtime/index.ts";

const SEED = 20_263;

/** A file with this header and as many bytes of data. */
function fileOf(header: string, data: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + text.length + bytes.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(bytes, 8 + text.length);
  return file;
}

function entry(shape: unknown, offsets: unknown, dtype: unknown = "F32"): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

function codeOf(read: () => unknown): SafetensorsErrorCode | "none" {
  try {
    read();
    return "none";
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return (error as SafetensorsError).code;
  }
}

describe("a written file", () => {
  const tensor = fc
    .record({ name: fc.string({ unit: "binary", maxLength: 12 }), shape: fc.array(fc.nat(4), { maxLength: 3 }) })
    .filter(({ name }) => name !== "__metadata__")
    .chain(({ name, shape }) => {
      const length = shape.reduce((product, extent) => product * extent, 1);
      const values = fc.float32Array({ minLength: length, maxLength: length });
      return fc.record({ name: fc.constant(name), shape: fc.constant(shape), values });
    });
  const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 });

  it("reads back as the same tensors in the same order", () => {
    fc.assert(
      fc.property(tensors, (written) => {
        const bytes = writeSafetensors(written);
        const header = readHeader(bytes);
        expect(header.dataStart % 8).toBe(0);
        // Tensors without values share their place with others, so that the file's order is open there.
        const names = [...header.tensors.keys()].filter((name) => readTensor(bytes, header, name).values.length > 0);
        expect(names).toEqual(written.filter(({ values }) => values.length > 0).map(({ name }) => name));
        for (const { name, shape, values } of written) {
          expect(readTensor(bytes, header, name)).toEqual({ shape, values });
        }
      }),
      { seed: SEED },
    );
  });

  it("has the same bytes for the same tensors, with metadata in front", () => {
    const write = () => writeSafetensors([{ name: "1", shape: [2], values: Float32Array.of(1, -2) }], { format: "pt" });
    expect(write()).toEqual(write());
    const text = '{"__metadata__":{"format":"pt"},"1":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
    expect(write()).toEqual(fileOf(padded, new Uint8Array(Float32Array.of(1, -2).buffer)));
    expect(readHeader(write()).metadata.get("format")).toBe("pt");
  });

  it("cannot have a name twice, or a shape that does not fit", () => {
    const one = { name: "a", shape: [1], values: new Float32Array(1) };
    expect(codeOf(() => writeSafetensors([one, one]))).toBe("name");
    expect(codeOf(() => writeSafetensors([{ ...one, name: "__metadata__" }]))).toBe("name");
    expect(codeOf(() => writeSafetensors([{ ...one, shape: [2] }]))).toBe("size");
  });
});

describe("sixteen-bit floats", () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3c00, 1],
    [0x3555, 0.333251953125],
    [0xc000, -2],
    [0x7bff, 65504],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ])("F16 %i is %d", (bits, value) => {
    const file = fileOf(`{"a":${entry([1], [0, 2], "F16")}}`, Uint8Array.of(bits & 0xff, bits >> 8));
    expect(readTensor(file, readHeader(file), "a").values).toEqual(Float32Array.of(value));
  });

  it("BF16 is the upper half of F32", () => {
    const data = new Uint8Array(Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0x0001).buffer);
    const file = fileOf(`{"a":${entry([2, 2], [0, 8], "BF16")}}`, data);
    const { shape, values } = readTensor(file, readHeader(file), "a");
    expect(shape).toEqual([2, 2]);
    expect([...values]).toEqual([1, -3.140625, Infinity, 2 ** -133]);
  });
});

it("lists tensors of other types, and refuses to read them", () => {
  const file = fileOf(`{"mask":${entry([3], [0, 3], "BOOL")},"ids":${entry([1], [3, 11], "I64")}}`, 11);
  const header = readHeader(file);
  expect([...header.tensors.values()].map(({ dtype }) => dtype)).toEqual(["BOOL", "I64"]);
  expect(codeOf(() => readTensor(file, header, "mask"))).toBe("dtype");
  expect(codeOf(() => readTensor(file, header, "nothing"))).toBe("name");
});

it("reads a header from the file's first bytes alone, and no tensor beyond them", () => {
  const file = fileOf(`{"a":${entry([4], [0, 16])}}`, 16);
  const start = file.subarray(0, file.length - 16);
  const header = readHeader(start, file.length);
  expect(header.tensors.get("a")?.end).toBe(16);
  expect(codeOf(() => readTensor(start, header, "a"))).toBe("truncated");
});

describe("refuses", () => {
  const big = Number.MAX_SAFE_INTEGER;
  it.each<[string, string, number, SafetensorsErrorCode]>([
    ["a header that is no JSON", "{", 0, "header-text"],
    ["a header that is a list", "[]", 0, "header-text"],
    ["a header that begins with a space", " {}", 0, "header-text"],
    ["a name that comes twice", `{"a":${entry([0], [0, 0])},"\\u0061":${entry([0], [0, 0])}}`, 0, "name"],
    ["a key that comes twice", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"shape":[1]}}', 4, "name"],
    ["metadata that is not strings", '{"__metadata__":{"a":1}}', 0, "metadata"],
    ["metadata that is a list", '{"__metadata__":[]}', 0, "metadata"],
    ["an entry that is no object", '{"a":null}', 0, "entry"],
    ["an entry without a shape", '{"a":{"dtype":"F32","data_offsets":[0,0]}}', 0, "entry"],
    ["a negative extent", `{"a":${entry([-1], [0, 0])}}`, 0, "entry"],
    ["a broken extent", `{"a":${entry([0.5], [0, 2])}}`, 2, "entry"],
    ["an extent beyond exact numbers", `{"a":${entry([2 ** 53], [0, 0])}}`, 0, "entry"],
    ["an extent in quotes", `{"a":${entry(["1"], [0, 4])}}`, 4, "entry"],
    ["one offset", `{"a":${entry([1], [4])}}`, 4, "entry"],
    ["three offsets", `{"a":${entry([1], [0, 4, 4])}}`, 4, "entry"],
    ["offsets in the wrong order", `{"a":${entry([1], [4, 0])}}`, 4, "entry"],
    ["negative offsets", `{"a":${entry([1], [-4, 0])}}`, 4, "entry"],
    ["an unknown type", `{"a":${entry([1], [0, 4], "F33")}}`, 4, "dtype"],
    ["a type that is an object's own property", `{"a":${entry([1], [0, 4], "constructor")}}`, 4, "dtype"],
    ["a range too short for its shape", `{"a":${entry([2], [0, 4])}}`, 4, "size"],
    ["a range that ends within a byte", `{"a":${entry([1], [0, 0], "F4")}}`, 0, "size"],
    ["a shape whose product overflows", `{"a":${entry([big, big], [0, 4])}}`, 4, "size"],
    ["a shape that overflows on the way to 0", `{"a":${entry([big, big, 0], [0, 0])}}`, 0, "size"],
    ["tensors that overlap", `{"a":${entry([1], [0, 4])},"b":${entry([1], [2, 6])}}`, 6, "layout"],
    ["two tensors in one place", `{"a":${entry([1], [0, 4])},"b":${entry([1], [0, 4])}}`, 4, "layout"],
    ["a hole between tensors", `{"a":${entry([1], [0, 4])},"b":${entry([1], [8, 12])}}`, 12, "layout"],
    ["a hole before the first tensor", `{"a":${entry([1], [4, 8])}}`, 8, "layout"],
    ["bytes after the last tensor", `{"a":${entry([1], [0, 4])}}`, 5, "layout"],
    ["a file that ends before its tensors do", `{"a":${entry([2 ** 40], [0, 2 ** 42])}}`, 4, "truncated"],
  ])("%s", (_, header, data, code) => {
    expect(codeOf(() => readHeader(fileOf(header, data)))).toBe(code);
  });

  it("a header that is not UTF-8", () => {
    const file = fileOf('{"a":"b"}');
    file[10] = 0xff;
    expect(codeOf(() => readHeader(file))).toBe("header-text");
  });

  it("a header length beyond the limit or the file", () => {
    for (const [length, code] of [
      [2n ** 63n, "header-length"],
      [100_000_001n, "header-length"],
      [100_000_000n, "truncated"],
      [3n, "truncated"],
    ] as const) {
      const file = fileOf("{}");
      new DataView(file.buffer).setBigUint64(0, length, true);
      expect(codeOf(() => readHeader(file))).toBe(code);
    }
    expect(codeOf(() => readHeader(new Uint8Array(7)))).toBe("truncated");
  });
});

describe("whatever the bytes, reading them throws a SafetensorsError or gives no more values than there are bytes", () => {
  const sound = writeSafetensors([
    { name: "a", shape: [2, 3], values: new Float32Array(6) },
    { name: "b", shape: [4], values: new Float32Array(4) },
  ]);

  function readAll(file: Uint8Array): void {
    const code = codeOf(() => {
      const header = readHeader(file);
      let values = 0;
      for (const { name, dtype } of header.tensors.values()) {
        if (["F32", "F16", "BF16"].includes(dtype)) values += readTensor(file, header, name).values.length;
      }
      expect(values).toBeLessThanOrEqual(file.length);
    });
    expect(code).toBeTypeOf("string");
  }

  it("with bytes of a sound file changed, cut or added", () => {
    const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.nat(sound.length),
        fc.uint8Array(),
        (changes, length, more) => {
          const file = Uint8Array.from([...sound.subarray(0, length || undefined), ...more]);
          for (const [index, value] of changes) file[index] = value;
          readAll(file);
        },
      ),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it("with digits of the header changed", () => {
    const text = new TextDecoder().decode(sound.subarray(8)).replace(/\}[^}]*$/, "}");
    const digits = [...text.matchAll(/\d+/g)].map(({ index }) => index);
    const number = fc.oneof(fc.nat(64), fc.maxSafeInteger(), fc.double(), fc.constantFrom("1e999", "-0", "null", "[]"));
    fc.assert(
      fc.property(fc.constantFrom(...digits), number, fc.nat(80), (index, value, data) => {
        const rest = text.slice(index).replace(/^\d+/, "");
        readAll(fileOf(`${text.slice(0, index)}${value}${rest}`, data));
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it("with any JSON as a header, and any entries", () => {
    const extent = fc.oneof(fc.nat(5), fc.maxSafeInteger(), fc.double());
    const any = fc.record({
      dtype: fc.constantFrom("F32", "F16", "BF16", "U8", "F4", "F64", "X"),
      shape: fc.oneof(fc.array(extent, { maxLength: 4 }), fc.anything()),
      data_offsets: fc.oneof(fc.tuple(fc.nat(40), fc.nat(40)), fc.array(extent, { maxLength: 3 })),
    });
    const header = fc.oneof(
      fc.json(),
      fc.dictionary(fc.string(), any).map((entries) => JSON.stringify(entries, plain)),
    );
    fc.assert(
      fc.property(header, fc.nat(80), (text, data) => readAll(fileOf(text, data))),
      { seed: SEED, numRuns: 3000 },
    );
  });
});

/** Lets JSON.stringify take whatever fast-check's anything() makes. */
function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
