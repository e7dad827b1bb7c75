import { mkdir, rename, statfs } from "node:fs/promises";
import { join } from "node:path";
import { CompilerError } from "../../errors.ts";
import { sizeOf, type CacheFolder } from "./cache-folder.ts";
import type { Connection } from "./connection.ts";
import { download } from "./download.ts";
import { withLock } from "./lock.ts";
import { Pace, type DownloadProgress } from "./pace.ts";
import type { RemoteFile } from "./remote-file.ts";

const MEGABYTE = 1e6;

/** Sees to it that the blob of a remote file is in the cache, fetching what is missing of it unless another process does. */
export async function ensureBlob(
  connection: Connection,
  folder: CacheFolder,
  remote: RemoteFile,
  onProgress: (progress: DownloadProgress) => void,
): Promise<void> {
  const blob = join(folder.blobs, remote.etag);
  const incomplete = `${blob}.incomplete`;
  const isThere = async () => (await sizeOf(blob)) === remote.size;
  while (!(await isThere())) {
    await mkdir(folder.blobs, { recursive: true });
    await withLock(join(folder.locks, `${remote.etag}.lock`), incomplete, connection.signal, async (isMine) => {
      if (await isThere()) return;
      await checkSpace(folder, remote.size - ((await sizeOf(incomplete)) ?? 0));
      await download(connection, remote, incomplete, new Pace(remote.file, remote.size, onProgress));
      // A process that took the lock over may have emptied the file since.
      if (await isMine()) await rename(incomplete, blob);
    });
  }
}

async function checkSpace({ path, blobs }: CacheFolder, needed: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(blobs);
  // Some network file systems do not say how large they are.
  if (blocks === 0 || needed <= bavail * bsize) return;
  const [wanted, free] = [needed, bavail * bsize].map((bytes) => Math.ceil(bytes / MEGABYTE));
  throw CompilerError.of("hub-disk", { path, problem: `${wanted} MB are needed and ${free} MB are free` });
}
