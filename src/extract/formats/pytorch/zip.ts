import { fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import { CompilerError } from "../../../errors.ts";
import type { OpenFile } from "../../files.ts";
import { damaged } from "../stored.ts";

/** A stretch of a file. */
export interface Stretch {
  readonly position: number;
  readonly length: number;
}

/** Most files in an archive: GPT-2 XL with the state of its optimizer takes some 2,000. */
const ENTRIES_LIMIT = 100_000;

const FORMAT = "zip archive of PyTorch";

/**
 * Where the files of an archive lie, by name. They must be stored as they are, as PyTorch stores them: nothing is ever
 * unpacked. Throws a CompilerError where the archive is not sound, is compressed, or has two files of one name.
 */
export async function zipEntries(file: OpenFile): Promise<ReadonlyMap<string, Stretch>> {
  try {
    const archive = await fromRandomAccessReaderPromise(new FileReader(file), file.length, { strictFileNames: true });
    if (archive.entryCount > ENTRIES_LIMIT) throw damaged(file.path, FORMAT, `it lists ${archive.entryCount} files`);
    const entries = new Map<string, Stretch>();
    for await (const entry of archive.eachEntry()) {
      const name = JSON.stringify(entry.fileName);
      if (entries.has(entry.fileName)) throw damaged(file.path, FORMAT, `it has two files named ${name}`);
      if (!entry.canDecodeFileData() || entry.compressionMethod !== 0) {
        throw damaged(file.path, FORMAT, `its file ${name} is compressed or encrypted, which PyTorch's never are`);
      }
      const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
      if (fileDataStart + entry.uncompressedSize > file.length) throw damaged(file.path, FORMAT, `${name} is cut off`);
      entries.set(entry.fileName, { position: fileDataStart, length: entry.uncompressedSize });
    }
    return entries;
  } catch (error) {
    if (error instanceof CompilerError) throw error;
    throw damaged(file.path, FORMAT, error instanceof Error ? error.message.replace(/\.$/, "") : String(error));
  }
}

/** Gives yauzl the bytes of a file that is open already. */
class FileReader extends RandomAccessReader {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    try {
      this.#file.readInto(buffer.subarray(offset, offset + length), position);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback(null);
  }
}
