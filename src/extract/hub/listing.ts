import { isObject } from "../json.ts";
import { senseless, send, wholeBody, type Connection } from "./connection.ts";
import { isCommit, type HubReference } from "./reference.ts";
import { refuse } from "./refusal.ts";

/** What a revision is at the moment. */
export interface Listing {
  readonly commit: string;
  /** Paths within the repository, with "/" between folders. */
  readonly files: ReadonlySet<string>;
}

/** The answer about a repository of 100 000 files has some 10 MB. */
const LARGEST_ANSWER = 32_000_000;
const MOST_FILES = 100_000;
const LONGEST_NAME = 1000;

/** Control characters, backslashes, and colons, by which a name could be a drive of Windows. */
const STRANGE = /[\u0000-\u001f\u007f\\]|^[a-z]:/i;

/** Asks the hub for the commit of a revision and its files. Throws a PassingFailure or a CompilerError. */
export async function askForListing(connection: Connection, reference: HubReference): Promise<Listing> {
  const { repository, revision } = reference;
  const path = `api/models/${repository}/revision/${encodeURIComponent(revision)}`;
  const answer = await send(connection, path, { method: "GET", abroad: true });
  if (answer.status !== 200) {
    await answer.discard();
    refuse(connection, "such revision", answer);
  }
  const text = new TextDecoder().decode(await wholeBody(connection, answer, LARGEST_ANSWER));
  const listing = listingIn(text);
  if (typeof listing === "string") throw senseless(connection, listing);
  if (isCommit(revision) && listing.commit !== revision) throw senseless(connection, "it is about another commit");
  return listing;
}

/** The listing in an answer, or what is wrong with it. */
function listingIn(text: string): Listing | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (!isObject(value)) return "it is not a JSON object";
  const { sha, siblings } = value;
  if (typeof sha !== "string" || !isCommit(sha)) return 'its "sha" is not a commit';
  if (!Array.isArray(siblings)) return 'its "siblings" are not a list';
  if (siblings.length > MOST_FILES) return `it lists more than ${MOST_FILES} files`;
  const files = new Set<string>();
  for (const sibling of siblings as unknown[]) {
    const name = isObject(sibling) ? sibling["rfilename"] : undefined;
    if (typeof name !== "string" || !isFileName(name)) return "it lists a file whose name is not a relative path";
    files.add(name);
  }
  return { commit: sha, files };
}

function isFileName(name: string): boolean {
  if (name.length > LONGEST_NAME || STRANGE.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
