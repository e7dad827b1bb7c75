/**
 * Reads pickles, the format of Python objects, without Python: numbers, texts, lists, tuples, dictionaries, and calls of
 * the few functions that the caller knows. Nothing else can be asked for, and nothing of the file is ever run.
 * Source: the opcodes as described in CPython's Lib/pickletools.py, those of protocols 2 to 5 that write such objects.
 */

import { CompilerError } from "../errors.ts";

/** What a pickle holds: lists and tuples as lists, dictionaries as maps, integers beyond 2^53 as bigints. */
export type Unpickled = unknown;

/** What the caller knows of Python. */
export interface PickleWorld {
  /** Makes what a call of a Python function or class would, by its "module name". */
  readonly calls: ReadonlyMap<string, (parameters: readonly Unpickled[]) => Unpickled>;
  /** Globals that are only named, as number types are: they stay a PickleGlobal. */
  readonly isName: (name: string) => boolean;
  /** What a persistent id stands for: PyTorch's storages. */
  readonly persistent?: (id: Unpickled) => Unpickled;
}

/** A Python function or class that a pickle names. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Why a pickle is not read; `foreign` is the Python function that it asks for, where it asks for one that is not known. */
export class PickleError extends Error {
  readonly foreign: string | undefined;
  constructor(message: string, foreign?: string) {
    super(message);
    this.foreign = foreign;
  }
}

/** The refusal of a file for what its pickle is: for the function that it asks for, or else as `unsound` says it. */
export function pickleRefusal(
  path: string,
  error: PickleError,
  unsound: (reason: string) => CompilerError,
): CompilerError {
  if (error.foreign === undefined) return unsound(error.message);
  return CompilerError.of("pickle-foreign", { path, name: JSON.stringify(error.foreign) });
}

/** Most steps of a pickle: GPT-2 XL with the state of its optimizer takes some 100,000. */
const STEPS_LIMIT = 1_000_000;

const MARK = Symbol("mark");

/** Reads the pickle that begins at `start`. Throws a PickleError. */
export function unpickle(
  bytes: Uint8Array,
  world: PickleWorld,
  start = 0,
): { readonly value: Unpickled; readonly end: number } {
  const reader = new PickleReader(bytes, start);
  const machine = new PickleMachine(world);
  for (let step = 0; step < STEPS_LIMIT; step++) {
    const code = reader.byte();
    if (code === STOP) return { value: machine.pop(), end: reader.position };
    const operation = OPERATIONS.get(code);
    if (!operation)
      throw new PickleError(`it uses opcode 0x${code.toString(16)}, which rebuilding tensors never needs`);
    operation(machine, reader);
  }
  throw new PickleError(`it takes more than ${STEPS_LIMIT} steps`);
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
  }

  /** The place of the next bytes, which are then behind. */
  #advance(length: number): number {
    const begin = this.position;
    if (!(length >= 0 && begin + length <= this.#bytes.length)) throw new PickleError("it ends too early");
    this.position = begin + length;
    return begin;
  }

  take(length: number): Uint8Array {
    const begin = this.#advance(length);
    return this.#bytes.subarray(begin, begin + length);
  }

  byte = (): number => this.#view.getUint8(this.#advance(1));
  uint16 = (): number => this.#view.getUint16(this.#advance(2), true);
  int32 = (): number => this.#view.getInt32(this.#advance(4), true);
  uint32 = (): number => this.#view.getUint32(this.#advance(4), true);
  uint64 = (): number => Number(this.#view.getBigUint64(this.#advance(8), true));
  float64 = (): number => this.#view.getFloat64(this.#advance(8), false);

  text(length: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (error instanceof PickleError) throw error;
      throw new PickleError("it has a text that is not UTF-8");
    }
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw new PickleError("it ends too early");
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  /** A little-endian integer in two's complement. */
  integer(length: number): number | bigint {
    // Written out in powers of two: beyond this, a number of a hostile file would take long.
    if (length > 64) throw new PickleError(`it has an integer of ${length} bytes`);
    const bytes = this.take(length);
    let value = 0n;
    for (let index = length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] as number);
    const signed = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }
}

/** Python's stack machine. */
class PickleMachine {
  readonly #world: PickleWorld;
  readonly #stack: Unpickled[] = [];
  readonly #memo = new Map<number, Unpickled>();

  constructor(world: PickleWorld) {
    this.#world = world;
  }

  push(value: Unpickled): void {
    this.#stack.push(value);
  }

  pop(): Unpickled {
    if (this.#stack.length === 0 || this.#stack.at(-1) === MARK) throw new PickleError("its stack is empty too early");
    return this.#stack.pop();
  }

  top(): Unpickled {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  /** The values above the last mark, which is taken away with them. */
  popToMark(): Unpickled[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw new PickleError("it has no mark where it needs one");
    return this.#stack.splice(mark).slice(1);
  }

  put(index: number): void {
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    if (!this.#memo.has(index)) throw new PickleError(`it reads number ${index} of its memory before it is written`);
    this.push(this.#memo.get(index));
  }

  name(module: Unpickled, name: Unpickled): void {
    if (typeof module !== "string" || typeof name !== "string")
      throw new PickleError("it names something without a name");
    const full = `${module} ${name}`;
    if (!this.#world.calls.has(full) && !this.#world.isName(full))
      throw new PickleError("it asks for a function", `${module}.${name}`);
    this.push(new PickleGlobal(full));
  }

  call(): void {
    const parameters = this.pop();
    const callee = this.pop();
    const call = callee instanceof PickleGlobal ? this.#world.calls.get(callee.name) : undefined;
    if (!call || !Array.isArray(parameters)) throw new PickleError("it calls something that is no function");
    this.push(call(parameters));
  }

  persistent(): void {
    if (!this.#world.persistent) throw new PickleError("it names data that lies outside of it");
    this.push(this.#world.persistent(this.pop()));
  }

  /** Attributes of an object: dictionaries carry some that say nothing here; nothing else may have any. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw new PickleError("it sets attributes of something that has none");
  }

  append(values: readonly Unpickled[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new PickleError("it appends to something that is no list");
    for (const value of values) list.push(value);
  }

  setItems(items: readonly Unpickled[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw new PickleError("it sets items of something that is no dictionary");
    setAll(map, items);
  }
}

/** Sets keys and values that take turns. */
function setAll(map: Map<Unpickled, Unpickled>, items: readonly Unpickled[]): Map<Unpickled, Unpickled> {
  if (items.length % 2 !== 0) throw new PickleError("it has a key without a value");
  for (let index = 0; index < items.length; index += 2) map.set(items[index], items[index + 1]);
  return map;
}

type Operation = (machine: PickleMachine, reader: PickleReader) => void;

const STOP = 0x2e;

const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // PROTO and FRAME say nothing that is needed.
  [0x80, (_, reader) => void reader.take(1)],
  [0x95, (_, reader) => void reader.take(8)],
  // NONE, NEWTRUE, NEWFALSE
  [0x4e, (machine) => machine.push(null)],
  [0x88, (machine) => machine.push(true)],
  [0x89, (machine) => machine.push(false)],
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  [0x4a, (machine, reader) => machine.push(reader.int32())],
  [0x4b, (machine, reader) => machine.push(reader.byte())],
  [0x4d, (machine, reader) => machine.push(reader.uint16())],
  [0x8a, (machine, reader) => machine.push(reader.integer(reader.byte()))],
  [0x8b, (machine, reader) => machine.push(reader.integer(reader.uint32()))],
  [0x47, (machine, reader) => machine.push(reader.float64())],
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
  [0x58, (machine, reader) => machine.push(reader.text(reader.uint32()))],
  [0x8c, (machine, reader) => machine.push(reader.text(reader.byte()))],
  [0x8d, (machine, reader) => machine.push(reader.text(reader.uint64()))],
  // BINSTRING, SHORT_BINSTRING: texts of Python 2
  [0x54, (machine, reader) => machine.push(reader.text(reader.uint32()))],
  [0x55, (machine, reader) => machine.push(reader.text(reader.byte()))],
  // BINBYTES, SHORT_BINBYTES, BINBYTES8
  [0x42, (machine, reader) => machine.push(reader.take(reader.uint32()))],
  [0x43, (machine, reader) => machine.push(reader.take(reader.byte()))],
  [0x8e, (machine, reader) => machine.push(reader.take(reader.uint64()))],
  // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
  [0x29, (machine) => machine.push([])],
  [0x85, (machine) => machine.push([machine.pop()])],
  [0x86, (machine) => machine.push([machine.pop(), machine.pop()].reverse())],
  [0x87, (machine) => machine.push([machine.pop(), machine.pop(), machine.pop()].reverse())],
  [0x74, (machine) => machine.push(machine.popToMark())],
  // EMPTY_LIST, LIST, APPEND, APPENDS
  [0x5d, (machine) => machine.push([])],
  [0x6c, (machine) => machine.push(machine.popToMark())],
  [0x61, (machine) => machine.append([machine.pop()])],
  [0x65, (machine) => machine.append(machine.popToMark())],
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  [0x7d, (machine) => machine.push(new Map())],
  [0x64, (machine) => machine.push(setAll(new Map(), machine.popToMark()))],
  [0x73, (machine) => machine.setItems([machine.pop(), machine.pop()].reverse())],
  [0x75, (machine) => machine.setItems(machine.popToMark())],
  // MARK, POP, POP_MARK, DUP
  [0x28, (machine) => machine.mark()],
  [0x30, (machine) => void machine.pop()],
  [0x31, (machine) => void machine.popToMark()],
  [0x32, (machine) => machine.push(machine.top())],
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  [0x71, (machine, reader) => machine.put(reader.byte())],
  [0x72, (machine, reader) => machine.put(reader.uint32())],
  [0x94, (machine) => machine.memoize()],
  [0x68, (machine, reader) => machine.get(reader.byte())],
  [0x6a, (machine, reader) => machine.get(reader.uint32())],
  // GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ, BUILD, BINPERSID
  [0x63, (machine, reader) => machine.name(reader.line(), reader.line())],
  [
    0x93,
    (machine) => {
      const name = machine.pop();
      machine.name(machine.pop(), name);
    },
  ],
  [0x52, (machine) => machine.call()],
  [0x81, (machine) => machine.call()],
  [0x62, (machine) => machine.build()],
  [0x51, (machine) => machine.persistent()],
]);
