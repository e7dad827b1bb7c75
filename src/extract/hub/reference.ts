/** A model on a Hugging Face hub: "owner/name" and a branch, tag or commit. */
export interface HubReference {
  readonly repository: string;
  readonly revision: string;
}

const DEFAULT_REVISION = "main";

/** Short names that people know, and the repositories that hold them. */
const ALIASES: Readonly<Record<string, string>> = {
  gpt2: "openai-community/gpt2",
  "gpt2-small": "openai-community/gpt2",
  "gpt2-medium": "openai-community/gpt2-medium",
  "gpt2-large": "openai-community/gpt2-large",
  "gpt2-xl": "openai-community/gpt2-xl",
  distilgpt2: "distilbert/distilgpt2",
};

/** huggingface_hub's validate_repo_id: both parts begin and end with a word character; the name has at most 96. */
const REPOSITORY = /^\w(?:[\w.-]*\w)?\/(?=.{1,96}$)\w(?:[\w.-]*\w)?$/;

/** A git reference of plain characters: no part of it is empty or begins with a dot. */
const REVISION = /^(?![./-])(?!.*(?:\.\.|\/[./]|[./]$))[\w./+-]{1,255}$/;

const COMMIT = /^[0-9a-f]{40}$/;

/** What a person's text names on the hub: "gpt2", "owner/name" or "owner/name@revision"; undefined if it names nothing. */
export function hubReference(text: string): HubReference | undefined {
  const at = text.indexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? DEFAULT_REVISION : text.slice(at + 1);
  const repository = Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
  const valid = REPOSITORY.test(repository) && !/--|\.\.|\.git$/.test(repository) && REVISION.test(revision);
  return valid ? { repository, revision } : undefined;
}

/** The reference as messages show it, and as `hubReference` reads it. */
export function nameOf({ repository, revision }: HubReference): string {
  return revision === DEFAULT_REVISION ? repository : `${repository}@${revision}`;
}

/** Is it the full name of a commit, which never moves? */
export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}
