import type { OpenFile } from "../../files.ts";
import { damaged } from "../stored.ts";
import { unpickle, type Unpickled } from "../../pickle.ts";
import { FORMAT, TORCH, type PickledStorage } from "./tensors.ts";
import { zipEntries, type Stretch } from "./zip.ts";

/** What `torch.save` was given, and where the storages of its tensors lie. */
export interface Saved {
  readonly value: Unpickled;
  readonly storages: ReadonlyMap<string, Stretch>;
}

/** Largest pickle, without storages: that of GPT-2 XL with the state of its optimizer has about 1 MB. */
const PICKLE_LIMIT = 16 * 2 ** 20;

/** What the first two pickles of the layout before PyTorch 1.6 hold. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/**
 * Reads the layout since PyTorch 1.6: an archive with data.pkl, and a file for each storage.
 * Throws a PickleError or a CompilerError.
 */
export async function readArchive(file: OpenFile): Promise<Saved> {
  const entries = await zipEntries(file);
  const pickled = [...entries.keys()].filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const [name] = pickled;
  const place = name === undefined ? undefined : entries.get(name);
  if (name === undefined || !place || pickled.length !== 1) {
    throw damaged(file.path, FORMAT, `its archive has ${pickled.length} files named data.pkl`);
  }
  const parent = name.slice(0, -"data.pkl".length);
  const order = entries.get(`${parent}byteorder`);
  if (order && order.length <= 16 && asText(file.read(order.position, order.length)) !== "little") {
    throw damaged(file.path, FORMAT, "its numbers are not little-endian");
  }
  const prefix = `${parent}data/`;
  const storages = [...entries].filter(([entry]) => entry.startsWith(prefix));
  return {
    value: unpickle(pickleIn(file, place), TORCH).value,
    storages: new Map(storages.map(([entry, stretch]) => [entry.slice(prefix.length), stretch])),
  };
}

/**
 * Reads the layout before PyTorch 1.6: pickles of a magic number, a protocol, the machine, what was saved, and the keys of
 * its storages, which follow in that order, each with its number of elements. Throws a PickleError or a CompilerError.
 */
export function readLegacy(file: OpenFile): Saved {
  const unsound = (reason: string) => damaged(file.path, FORMAT, reason);
  const bytes = file.read(0, Math.min(PICKLE_LIMIT, file.length));
  const used = new Map<string, PickledStorage>();
  let end = 0;
  const next = (): Unpickled => {
    const pickle = unpickle(bytes, { ...TORCH, persistent: remember }, end);
    end = pickle.end;
    return pickle.value;
  };
  const remember = (id: Unpickled): Unpickled => {
    const storage = TORCH.persistent?.(id) as PickledStorage;
    // Each tensor says of its storage what the storage itself does not.
    const known = used.get(storage.key);
    if (known && (known.dtype !== storage.dtype || known.elements !== storage.elements)) {
      throw unsound(`it has two storages named ${JSON.stringify(storage.key)}`);
    }
    used.set(storage.key, storage);
    return storage;
  };
  if (bytes[0] !== 0x80 || next() !== LEGACY_MAGIC)
    throw unsound("it begins as none that PyTorch has written since 0.4");
  const protocol = next();
  if (protocol !== LEGACY_PROTOCOL) throw unsound("its protocol is another than 1001");
  const machine = next();
  if (!(machine instanceof Map) || machine.get("little_endian") !== true)
    throw unsound("its numbers are not little-endian");
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw unsound("it has no list of storages");

  const storages = new Map<string, Stretch>();
  let position = end;
  for (const key of keys as Unpickled[]) {
    const storage = typeof key === "string" ? used.get(key) : undefined;
    if (!storage) throw unsound("it lists a storage that no tensor uses");
    const count = new DataView(file.read(position, 8).buffer).getBigUint64(0, true);
    if (count !== BigInt(storage.elements)) throw unsound(`storage ${JSON.stringify(key)} has ${count} numbers`);
    const length = storage.elements * storage.bytes;
    storages.set(storage.key, { position: position + 8, length });
    position += 8 + length;
  }
  if (position > file.length) throw unsound("it is cut off");
  return { value, storages };
}

function pickleIn(file: OpenFile, { position, length }: Stretch): Uint8Array {
  if (length > PICKLE_LIMIT) throw damaged(file.path, FORMAT, `its pickle has ${length} bytes`);
  return file.read(position, length);
}

function asText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
