import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import { isAlive } from "../../process-alive.ts";
import { waitForReal } from "./retry.ts";

/** A holder that has shown no sign of life for so long is taken to be dead; it shows one much more often. */
const LIFETIME = 60_000;
const HEARTBEAT = 10_000;
/** How often a waiting process looks again. */
const POLL = 200;

/** What a waiting process has seen of a lock. */
interface Seen {
  readonly text: string;
  /** When its holder last wrote it, in the file system's time. */
  readonly written: number;
}

/**
 * Runs `work` while no other process that locks the same path does. A lock is a file that says who holds it. One that
 * was left behind is taken over: at once if its process is known to be dead, else when neither it nor the file
 * `growing`, by which tools that lock in another way show that they are at work, was written for a minute.
 *
 * @param work gets a function that tells whether the lock is still its own: a process that was stopped for longer, such
 * as by closing a laptop, may have lost it
 */
export async function withLock<Result>(
  path: string,
  growing: string,
  signal: AbortSignal | undefined,
  work: (isMine: () => Promise<boolean>) => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  const { text, handle } = await acquire(path, growing, signal);
  const beat = setInterval(() => {
    // Without this sign of life the lock may be lost, which isMine tells.
    handle.write(text, 0).catch(() => undefined);
  }, HEARTBEAT);
  beat.unref();
  const isMine = async () => {
    const found = await look(path);
    // Python's filelock empties a file that it locks.
    return found?.text === text || found?.text === "";
  };
  try {
    return await work(isMine);
  } finally {
    clearInterval(beat);
    await handle.close();
    if (await isMine()) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  growing: string,
  signal: AbortSignal | undefined,
): Promise<{ text: string; handle: FileHandle }> {
  const text = `${process.pid} ${hostname()} ${randomUUID()}\n`;
  for (;;) {
    signal?.throwIfAborted();
    const handle = await create(path, text);
    if (handle) return { text, handle };
    const seen = await look(path);
    if (!seen) continue;
    if (await isLeftBehind(path, seen, growing)) await takeAway(path, seen);
    else await waitForReal(POLL, signal);
  }
}

/** Makes the lock; undefined where there is one. */
async function create(path: string, text: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(path, "wx");
    await handle.write(text, 0);
    return handle;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return undefined;
    throw error;
  }
}

async function look(path: string): Promise<Seen | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    return { text: await readFile(path, "utf8"), written: mtimeMs };
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function isLeftBehind(path: string, { text, written }: Seen, growing: string): Promise<boolean> {
  const [number, host] = text.split(" ");
  if (host === hostname() && !isAlive(Number(number))) return true;
  const grown = await stat(growing).catch(() => undefined);
  return (await timeBeside(path)) - Math.max(written, grown?.mtimeMs ?? 0) > LIFETIME;
}

/** The time by the clock that gives the files beside `path` theirs, which may be a server's. */
async function timeBeside(path: string): Promise<number> {
  const probe = `${path}.${randomUUID()}`;
  try {
    await writeFile(probe, "");
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/**
 * Removes a lock that was left behind, and no other: of many that try, one moves it aside and sees what it moved. If
 * another process was faster and that is its new lock, it goes back, unless a third has come in between; the one that
 * lost its lock so finds out before it publishes anything.
 */
async function takeAway(path: string, seen: Seen): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = await look(aside);
  if (moved?.text !== seen.text || moved.written !== seen.written) {
    await link(aside, path).catch((error: unknown) => {
      if (systemCodeOf(error) !== "EEXIST") return rename(aside, path);
    });
  }
  await rm(aside, { force: true });
}
