/**
 * Every way in which a command can fail: one sentence that says what is wrong with which file or flag,
 * one that says what to do. `exitCode` 1 means that a check failed, 2 that usage or input is wrong.
 */
const CATALOGUE = {
  usage: {
    exitCode: 2,
    says: ({ problem }: { problem: string }) => problem,
    fix: "Run weights2ts --help, or the command with --help, to see what it takes.",
  },
  "budget-invalid": {
    exitCode: 2,
    says: ({ text }: { text: string }) => `The budget "${text}" cannot be read.`,
    fix: "Give it as 1%, flips=1%, wer=1% (shares from 0% to 100%), kl=0.0005 (nats per token), exact or rules-only.",
  },
  "step-unknown": {
    exitCode: 2,
    says: ({ name, known }: { name: string; known: readonly string[] }) =>
      `There is no "${name}" to leave out, but ${known.join(", ")}.`,
    fix: "Give --without one or more of these names, with commas between them.",
  },
  "output-is-file": {
    exitCode: 2,
    says: ({ path, file }: { path: string; file: string }) =>
      path === file
        ? `The output path ${path} is a file.`
        : `The output path ${path} lies below ${file}, which is a file.`,
    fix: "Give another folder with -o, or move the file away.",
  },
  "output-not-package": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `The output folder ${path} holds something else than a compiled package.`,
    fix: "Give an empty or new folder with -o; only a compiled package (with a manifest.json) is ever replaced.",
  },
  "output-edited": {
    exitCode: 2,
    says: ({ path, file }: { path: string; file: string }) =>
      `The package ${path} was changed by hand: ${file} is not as it was compiled.`,
    fix: "Compile to another folder with -o to keep the changes, or give --force to overwrite them.",
  },
  "output-unwritable": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) =>
      `The output folder ${path} cannot be written: ${reason}.`,
    fix: "Give a folder that you may write to with -o, or change the permissions.",
  },
  "output-missing": {
    exitCode: 1,
    says: ({ path }: { path: string }) => `There is no compiled package at ${path} to check.`,
    fix: "Compile without --check first, or give the folder of the package with -o.",
  },
  "package-missing": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `There is no compiled package at ${path}.`,
    fix: "Give the folder of a package made by weights2ts compile, such as output/tiny.",
  },
  "package-broken": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) => `The package ${path} does not run: ${reason}`,
    fix: "Undo the last change to the package, or compile it again.",
  },
  "package-mismatch": {
    exitCode: 2,
    says: ({ path, model, reason }: { path: string; model: string; reason: string }) =>
      `The package ${path} cannot be compared with ${model}: ${reason}`,
    fix: "Name the model that the package was compiled from with --against.",
  },
  "prompt-empty": {
    exitCode: 2,
    says: (_: object) => "The prompt is empty.",
    fix: 'Give the text to continue in quotes, such as "The president of the".',
  },
  "prompt-unreadable": {
    exitCode: 2,
    says: ({ reason }: { reason: string }) => `The program cannot read the prompt: ${reason}`,
    fix: "Use only words that the model knows; src/vocabulary.ts or weights/tokenizer.json of the package lists them.",
  },
  "prompt-too-long": {
    exitCode: 2,
    says: ({ tokens, context }: { tokens: number; context: number }) =>
      `The prompt has ${tokens} tokens, but the program reads at most ${context} and must write at least one.`,
    fix: "Shorten the prompt.",
  },
  "folder-missing": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `There is no model folder at ${path}.`,
    fix: "Give the path of a model folder or of a weights file, or the name of a bundled model (tiny).",
  },
  "file-not-weights": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `${path} is a file, but its name is not that of a weights file.`,
    fix: "Give the path of a model folder, or of a file whose name ends with .safetensors, .bin, .pt, .pth, .ckpt, .gguf or .onnx.",
  },
  "bundled-missing": {
    exitCode: 2,
    says: ({ name }: { name: string }) => `There is no bundled model named ${name}.`,
    fix: "Give tiny, another bundled model, or the path of a model folder.",
  },
  "file-missing": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `The file ${path} is missing.`,
    fix: "Complete the model folder: config.json, model.safetensors, and a tokenizer or a word list.",
  },
  "file-unreadable": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) => `${path} cannot be read: ${reason}.`,
    fix: "Put a readable, regular file there, or change the permissions.",
  },
  "file-too-large": {
    exitCode: 2,
    says: ({ path, bytes, limit }: { path: string; bytes: number; limit: number }) =>
      `${path} has ${bytes} bytes, more than the limit of ${limit}.`,
    fix: "Check that this is the right file, or use a smaller model.",
  },
  "json-invalid": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `${path} is not a JSON object.`,
    fix: "Copy or download the file again.",
  },
  "json-repeated": {
    exitCode: 2,
    says: ({ path, key }: { path: string; key: string }) => `${path} has the key ${JSON.stringify(key)} twice.`,
    fix: "Two values of one name have no single meaning: keep one, or copy or download the file again.",
  },
  "config-key-missing": {
    exitCode: 2,
    says: ({ path, key }: { path: string; key: string }) => `${path} has no "${key}".`,
    fix: "Add the key with the value that the model was trained with.",
  },
  "config-value": {
    exitCode: 2,
    says: ({ path, key, problem }: { path: string; key: string; problem: string }) =>
      `In ${path}, "${key}" ${problem}.`,
    fix: "Correct the value to the one that the model was trained with.",
  },
  "config-unsupported": {
    exitCode: 2,
    says: ({ path, key, value, reason }: { path: string; key: string; value: string; reason: string }) =>
      `In ${path}, "${key}" is ${value}, which is not supported: ${reason}.`,
    fix: "Use a plain GPT-2 model: weights2ts never computes something else than the config asks for.",
  },
  "file-outside": {
    exitCode: 2,
    says: ({ path, name, how }: { path: string; name: string; how: string }) => `${path} names ${name}, which ${how}.`,
    fix: "Use a model folder that holds all of its own files.",
  },
  "weights-several": {
    exitCode: 2,
    says: ({ path, names }: { path: string; names: readonly string[] }) =>
      `The model folder ${path} has ${names.length} weights files: ${names.join(", ")}.`,
    fix: "Give the path of the one that is meant.",
  },
  "graph-unknown": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) =>
      `The graph of ${path} is not that of a GPT-2: ${reason}.`,
    fix: "Export it again with optimum-cli export onnx --task text-generation, or use the model's safetensors.",
  },
  "pickle-foreign": {
    exitCode: 2,
    says: ({ path, name }: { path: string; name: string }) =>
      `${path} asks Python for ${name}, which is not needed to rebuild tensors, and weights2ts runs nothing of a model file.`,
    fix: "Save the weights alone: torch.save(model.state_dict(), path), or model.save_pretrained(folder) with transformers.",
  },
  "weights-damaged": {
    exitCode: 2,
    says: ({ path, format, reason }: { path: string; format: string; reason: string }) =>
      `${path} is not a sound ${format}: ${reason}.`,
    fix: "Copy or download the file again.",
  },
  "tensor-missing": {
    exitCode: 2,
    says: ({ path, tensor }: { path: string; tensor: string }) =>
      `${path} has no tensor "${tensor}", which config.json asks for.`,
    fix: "Use the config.json and model.safetensors that were saved together.",
  },
  "tensor-unexpected": {
    exitCode: 2,
    says: ({ path, tensor, reason }: { path: string; tensor: string; reason: string }) =>
      `${path} has a tensor "${tensor}" ${reason}.`,
    fix: "Use the config.json and model.safetensors that were saved together, of a plain GPT-2 with a language model head.",
  },
  "tensor-shape": {
    exitCode: 2,
    says: ({ path, tensor, found, expected }: { path: string; tensor: string; found: string; expected: string }) =>
      `In ${path}, tensor "${tensor}" has shape ${found}, but config.json asks for ${expected}.`,
    fix: "Use the config.json and model.safetensors that were saved together.",
  },
  "tensor-dtype": {
    exitCode: 2,
    says: ({ path, tensor, dtype }: { path: string; tensor: string; dtype: string }) =>
      `In ${path}, tensor "${tensor}" holds ${dtype}, which is not supported.`,
    fix: "Save the model in F32, F16 or BF16.",
  },
  "tensor-not-finite": {
    exitCode: 2,
    says: ({ path, tensor, index, value }: { path: string; tensor: string; index: string; value: number }) =>
      `In ${path}, tensor "${tensor}" has ${value} at ${index}.`,
    fix: "Copy or download the file again; a model that was saved with such a weight has to be trained again.",
  },
  "head-untied": {
    exitCode: 2,
    says: ({ path }: { path: string }) =>
      `${path} has a "lm_head.weight" that differs from "wte.weight", but config.json says "tie_word_embeddings": true.`,
    fix: 'Set "tie_word_embeddings" to false in config.json if the model was trained so, or remove the tensor.',
  },
  "tokenizer-invalid": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) => `The tokenizer file ${path} is not sound: ${reason}.`,
    fix: "Use the tokenizer files that were saved with the model.",
  },
  "tokenizer-unsupported": {
    exitCode: 2,
    says: ({ path, key, value }: { path: string; key: string; value: string }) =>
      `In ${path}, "${key}" is ${value}, which is not supported.`,
    fix: "Use a model with GPT-2's byte-level BPE, or with a plain list of words or characters in vocab.json.",
  },
  "task-invalid": {
    exitCode: 2,
    says: ({ path, key, problem }: { path: string; key: string; problem: string }) =>
      `In ${path}, "${key}" ${problem}.`,
    fix: 'Name the files of "calibrate", "select" and "test" inside the folder, and "argmax" or "positive" as "decision".',
  },
  "text-missing": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `There is no text at ${path}.`,
    fix: "Give the path of a text file or of a folder of text files with --text.",
  },
  "text-unreadable": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) => `The text at ${path} cannot be read: ${reason}.`,
    fix: "Change the permissions, or give another file or folder with --text.",
  },
  "text-not-utf8": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `${path} is not a UTF-8 text file.`,
    fix: "Convert it to UTF-8, or move it out of the folder that --text names.",
  },
  "text-too-large": {
    exitCode: 2,
    says: ({ path, most }: { path: string; most: string }) => `The text at ${path} is larger than ${most}.`,
    fix: "Give a smaller file or folder with --text: some 10 MB of text are plenty.",
  },
  "text-too-short": {
    exitCode: 2,
    says: ({ path, split }: { path: string; split: string }) =>
      `The text at ${path} is too short: none of its documents falls to the ${split} split.`,
    fix: "Give more text with --text: from about 50 KB on, every split gets some.",
  },
  "text-foreign": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) =>
      `The model's tokenizer cannot read ${path}: ${reason}`,
    fix: "Give text in the model's own words with --text, or --text self, or put documents beside the model and name them in task.json.",
  },
  "task-unreadable": {
    exitCode: 2,
    says: ({ path, reason }: { path: string; reason: string }) => `The documents in ${path} cannot be read: ${reason}.`,
    fix: "Put JSON lines of tokens, position and scored there, or correct the file names in task.json.",
  },
  "task-document": {
    exitCode: 2,
    says: ({ path, line, reason }: { path: string; line: number; reason: string }) =>
      `Line ${line} of ${path} is not a document that the model can read: ${reason}.`,
    fix: 'Write each line as {"tokens": [ids], "position": first position, "scored": [places in tokens]}.',
  },
  "hub-offline": {
    exitCode: 2,
    says: ({ name, folder, reason }: { name: string; folder: string; reason: string }) =>
      `${name} is not complete in ${folder}, and ${reason}.`,
    fix: "On a machine with network run the same command, or hf download NAME, and copy that folder to the same place here, or give a model folder. Without network, weights2ts compile tiny works, and so does any model folder.",
  },
  "hub-not-found": {
    exitCode: 2,
    says: ({ name, endpoint, missing }: { name: string; endpoint: string; missing: string }) =>
      `${endpoint} has no ${missing} for ${name}.`,
    fix: "Check the spelling of owner/name@revision, or of the folder that was meant; a private model also needs a token in HF_TOKEN.",
  },
  "hub-denied": {
    exitCode: 2,
    says: ({ name, endpoint, reason }: { name: string; endpoint: string; reason: string }) =>
      `${endpoint} does not let ${name} be read: ${reason}.`,
    fix: "Ask for access on the page of the model where it is gated, and set HF_TOKEN to a token that may read it.",
  },
  "hub-no-weights": {
    exitCode: 2,
    says: ({ name, missing }: { name: string; missing: string }) => `${name} has no ${missing}.`,
    fix: "Give a repository with config.json and model.safetensors, such as openai-community/gpt2.",
  },
  "hub-failed": {
    exitCode: 2,
    says: ({ name, what, reason }: { name: string; what: string; reason: string }) =>
      `${what} of ${name} could not be fetched: ${reason}.`,
    fix: "Run the same command again later: what was fetched so far is kept, and only the rest is asked for.",
  },
  "hub-hash": {
    exitCode: 2,
    says: ({ name, file, expected }: { name: string; file: string; expected: string }) =>
      `${file} of ${name} arrived damaged twice: its hash is not ${expected}.`,
    fix: "Run the same command again; if it fails again, something between here and the hub changes the bytes.",
  },
  "hub-disk": {
    exitCode: 2,
    says: ({ path, problem }: { path: string; problem: string }) =>
      `The model cache ${path} cannot take the files: ${problem}.`,
    fix: "Make room or change the permissions, or set HF_HUB_CACHE to a folder on another disk.",
  },
  "hub-answer": {
    exitCode: 2,
    says: ({ name, endpoint, problem }: { name: string; endpoint: string; problem: string }) =>
      `What ${endpoint} answered about ${name} makes no sense: ${problem}.`,
    fix: "Check HF_ENDPOINT, and that no proxy stands between; nothing of that answer was used.",
  },
  internal: {
    exitCode: 2,
    says: ({ reason }: { reason: string }) => `Something went wrong inside weights2ts: ${reason}`,
    fix: "Run again with --debug and report the output as an issue.",
  },
} as const;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof CATALOGUE;

type Details<Code extends ErrorCode> = Parameters<(typeof CATALOGUE)[Code]["says"]>[0];

/** A failure from the catalogue. */
export class CompilerError extends Error {
  readonly code: ErrorCode;
  readonly fix: string;
  readonly exitCode: 1 | 2;

  private constructor(code: ErrorCode, message: string, fix: string, exitCode: 1 | 2) {
    super(message);
    this.name = "CompilerError";
    this.code = code;
    this.fix = fix;
    this.exitCode = exitCode;
  }

  /** Makes the error of a code from its details. */
  static of<Code extends ErrorCode>(code: Code, details: Details<Code>): CompilerError {
    const entry = CATALOGUE[code];
    const says = entry.says as (details: Details<Code>) => string;
    return new CompilerError(code, harmless(says(details)), entry.fix, entry.exitCode);
  }
}

/** What a terminal would obey rather than show: control characters, and those that turn the direction of writing. */
const UNSHOWABLE = /\p{Cc}|\p{Bidi_Control}|\u2028|\u2029/gu;

/** Text in which names and tokens out of foreign files can do nothing but be read; some characters may be kept. */
export function harmless(text: string, kept: readonly string[] = []): string {
  return text.replace(UNSHOWABLE, (character) =>
    kept.includes(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What anything thrown has to say. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The operating system's name for a failure, such as ENOENT; the message of any other failure. */
export function systemCodeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EFBIG: "the file system takes no files of that size",
  EIO: "the disk reports an error",
  ELOOP: "its symbolic links go in a circle",
  ERR_INVALID_ARG_VALUE: "its name is not a path",
};

/** A failure of the file system in words; `here` says what a code means in the present work. */
export function systemReasonOf(error: unknown, here: Readonly<Record<string, string>> = {}): string {
  const code = systemCodeOf(error);
  return here[code] ?? SYSTEM_REASONS[code] ?? code;
}
