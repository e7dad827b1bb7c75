import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CompilerError } from "../../errors.ts";
import { TEXT_LIMIT } from "../files.ts";
import { WEIGHTS_LIMIT } from "../formats/index.ts";
import { ensureBlob } from "./blob.ts";
import {
  cacheFolder,
  cachedCommit,
  putIntoSnapshot,
  rememberCommit,
  sizeOf,
  snapshotFiles,
  type CacheFolder,
} from "./cache-folder.ts";
import { senseless, type Connection } from "./connection.ts";
import { diskFailure } from "./failure.ts";
import { askForListing, type Listing } from "./listing.ts";
import type { DownloadProgress } from "./pace.ts";
import { nameOf, type HubReference } from "./reference.ts";
import { askAbout } from "./remote-file.ts";
import { PassingFailure, retrying, waitForReal, type Wait } from "./retry.ts";
import { readSettings, type Environment, type Settings } from "./settings.ts";
import { hasTokenizer, shardsIn, wantedOf, type Weights } from "./wanted.ts";

/** How a model is fetched. */
export interface FetchOptions {
  /** Where huggingface_hub's variables are read, such as process.env. */
  readonly environment: Environment;
  /** Told some times a second how far a file is. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Ends the work; what has come so far is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** How the time before another try passes. */
  readonly wait?: Wait;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly patience?: number;
}

const PATIENCE = 30_000;

/** What no header can carry: fetch would quote it in its own error. */
const NO_TOKEN = /[^\x21-\x7e]/;

/**
 * The absolute folder of a model's snapshot in huggingface_hub's cache, with the config, the tokenizer and one kind of
 * weights. The hub is asked which commit the revision is; only what the cache lacks is fetched. Offline, or where the
 * hub does not answer, the snapshot of the last time serves if it is complete.
 *
 * @throws CompilerError hub-…, usage, file-too-large; the reason of the signal
 */
export async function fetchModel(reference: HubReference, options: FetchOptions): Promise<string> {
  const settings = await readSettings(options.environment);
  const folder = cacheFolder(settings.cache, reference.repository);
  try {
    return await fetchInto(folder, reference, settings, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw diskFailure(folder.path, error);
  }
}

async function fetchInto(
  folder: CacheFolder,
  reference: HubReference,
  settings: Settings,
  options: FetchOptions,
): Promise<string> {
  const connection = connectionOf(reference, settings, options);
  options.signal?.throwIfAborted();
  const found = settings.offline ? "HF_HUB_OFFLINE is set" : await listingOrReason(connection, reference);
  if (typeof found === "string" || found instanceof PassingFailure) {
    return (await cachedSnapshot(folder, reference)) ?? missing(connection, folder, found);
  }
  const get = (file: string, limit: number) => ensureFile(connection, folder, reference, found, file, limit, options);
  const wanted = wantedOf(found.files);
  if (typeof wanted === "string") throw CompilerError.of("hub-no-weights", { name: connection.name, missing: wanted });
  for (const file of wanted.companions) await get(file, TEXT_LIMIT);
  const weights = await weightFiles(connection, found, wanted.weights, (index) => get(index, TEXT_LIMIT));
  for (const file of weights) await get(file, WEIGHTS_LIMIT);
  // Last, so that the revision leads to the snapshot of before until this one is complete.
  await rememberCommit(folder, reference, found.commit);
  return join(folder.snapshots, found.commit);
}

function connectionOf(reference: HubReference, settings: Settings, options: FetchOptions): Connection {
  const name = nameOf(reference);
  const { endpoint, token } = settings;
  if (token !== undefined && NO_TOKEN.test(token)) {
    const reason = "the token has characters that no token has";
    throw CompilerError.of("hub-denied", { name, endpoint: new URL(endpoint).host, reason });
  }
  const { signal, wait = waitForReal, patience = PATIENCE } = options;
  return { name, endpoint, token, signal, wait, patience };
}

/** The listing, or the failure for which the hub could not tell it. */
async function listingOrReason(connection: Connection, reference: HubReference): Promise<Listing | PassingFailure> {
  try {
    return await retrying(connection, () =>
      askForListing(connection, reference).catch((error: unknown) => {
        // Without a network a person should not wait through all tries.
        if (error instanceof PassingFailure && error.unreachable) return error;
        throw error;
      }),
    );
  } catch (error) {
    if (error instanceof PassingFailure) return error;
    throw error;
  }
}

/** The snapshot that the cache knows for a reference, if all that is wanted of it is there. */
async function cachedSnapshot(folder: CacheFolder, reference: HubReference): Promise<string | undefined> {
  const commit = await cachedCommit(folder, reference);
  if (commit === undefined) return undefined;
  const snapshot = join(folder.snapshots, commit);
  const files = new Set(await snapshotFiles(snapshot));
  const wanted = wantedOf(files);
  if (typeof wanted === "string" || !hasTokenizer(files)) return undefined;
  if ("files" in wanted.weights) return snapshot;
  const shards = shardsIn(await readFile(join(snapshot, wanted.weights.index)));
  return shards?.every((shard) => files.has(shard)) ? snapshot : undefined;
}

function missing(connection: Connection, { path }: CacheFolder, found: string | PassingFailure): never {
  const { name } = connection;
  if (typeof found === "string") throw CompilerError.of("hub-offline", { name, folder: path, reason: found });
  const reason = found.message;
  if (found.unreachable) throw CompilerError.of("hub-offline", { name, folder: path, reason });
  throw CompilerError.of("hub-failed", { name, what: "The list of files", reason });
}

/** The files that hold the weights; an index is fetched to know them. */
async function weightFiles(
  connection: Connection,
  listing: Listing,
  weights: Weights,
  get: (file: string) => Promise<string>,
): Promise<readonly string[]> {
  if ("files" in weights) return weights.files;
  const shards = shardsIn(await readFile(await get(weights.index)));
  if (!shards) throw senseless(connection, `${weights.index} does not name the files of the weights`);
  const absent = shards.find((shard) => !listing.files.has(shard));
  if (absent !== undefined) throw senseless(connection, `${weights.index} names ${absent}, which is not there`);
  return shards;
}

/** The path of a file in the snapshot, which is asked about and fetched only if it is not there. */
async function ensureFile(
  connection: Connection,
  folder: CacheFolder,
  { repository }: HubReference,
  { commit }: Listing,
  file: string,
  limit: number,
  { onProgress }: FetchOptions,
): Promise<string> {
  const path = join(folder.snapshots, commit, ...file.split("/"));
  if ((await sizeOf(path)) !== undefined) return path;
  try {
    const remote = await retrying(connection, () => askAbout(connection, repository, commit, file, limit));
    await ensureBlob(connection, folder, remote, onProgress ?? (() => undefined));
    await putIntoSnapshot(folder, commit, file, remote.etag);
    return path;
  } catch (error) {
    if (!(error instanceof PassingFailure)) throw error;
    throw CompilerError.of("hub-failed", { name: connection.name, what: file, reason: error.message });
  }
}
