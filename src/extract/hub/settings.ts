import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { CompilerError } from "../../errors.ts";

/** Environment variables, such as process.env. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What huggingface_hub's environment variables say. */
export interface Settings {
  /** The hub's address, without a slash at its end. */
  readonly endpoint: string;
  /** The absolute folder of all cached repositories. */
  readonly cache: string;
  /** Only the cache may be looked at. */
  readonly offline: boolean;
  /** Sent to the endpoint, and to nobody else; may hold characters that no header takes. */
  readonly token: string | undefined;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";

/** Reads the settings, and the token's file. Throws a CompilerError where HF_ENDPOINT is no address. */
export async function readSettings(environment: Environment): Promise<Settings> {
  const home = homeFolder(environment);
  const cache = given(environment, "HF_HUB_CACHE") ?? given(environment, "HUGGINGFACE_HUB_CACHE") ?? join(home, "hub");
  return {
    endpoint: endpointOf(environment),
    cache: resolve(withHome(cache, environment)),
    offline: isTrue(given(environment, "HF_HUB_OFFLINE") ?? given(environment, "TRANSFORMERS_OFFLINE")),
    token: await tokenOf(environment, home),
  };
}

function homeFolder(environment: Environment): string {
  const caches = given(environment, "XDG_CACHE_HOME") ?? join(userHome(environment), ".cache");
  return withHome(given(environment, "HF_HOME") ?? join(caches, "huggingface"), environment);
}

/** A token in the environment is always meant; one in a file may be left over, so it can be turned off. */
async function tokenOf(environment: Environment, home: string): Promise<string | undefined> {
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const token = environment[name]?.trim();
    if (token) return token;
  }
  if (isTrue(given(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return undefined;
  const path = withHome(given(environment, "HF_TOKEN_PATH") ?? join(home, "token"), environment);
  // Most people have no such file, and public models need none.
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trim() || undefined;
}

function endpointOf(environment: Environment): string {
  const text = given(environment, "HF_ENDPOINT") ?? DEFAULT_ENDPOINT;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === "";
  // The text itself is not shown: it may hold a password.
  if (!plain) throw CompilerError.of("usage", { problem: "HF_ENDPOINT is no plain http or https address." });
  return text.replace(/\/+$/, "");
}

/** A variable's value; one that is set to nothing counts as not set. */
function given(environment: Environment, name: string): string | undefined {
  return environment[name] || undefined;
}

function isTrue(value: string | undefined): boolean {
  return /^(?:1|true|yes|on)$/i.test(value ?? "");
}

function userHome(environment: Environment): string {
  return given(environment, "HOME") ?? homedir();
}

function withHome(path: string, environment: Environment): string {
  return path.replace(/^~(?=$|[/\\])/, () => userHome(environment));
}
