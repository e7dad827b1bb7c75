/** Weights that PyTorch wrote: `torch.save` of a state dict, or of a checkpoint of nanoGPT's or minGPT's. */
import type { OpenFile } from "../../files.ts";
import { damaged, isTied, transposed, type StoredModel, type StoredTensor } from "../stored.ts";
import { readArchive, readLegacy, type Saved } from "./saved.ts";
import { PickleError, pickleRefusal, type Unpickled } from "../../pickle.ts";
import { FORMAT, PickledTensor, storedTensor } from "./tensors.ts";

/** How an archive begins. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** What compiling and distributing models puts before names. */
const WRAPPER = /^(?:_orig_mod\.|module\.)+/;

/** Layers whose bias a model without biases leaves out. */
const WITH_BIAS = /(?:\.ln_[12f]|ln_f|\.attn\.c_attn|\.attn\.c_proj|\.mlp\.c_fc|\.mlp\.c_proj)\.weight$/;

/** Reads what a PyTorch file lists. It knows how tensors are rebuilt, and runs nothing else that the file asks for. */
export async function openPytorch(file: OpenFile): Promise<StoredModel> {
  const saved = await savedIn(file);
  const { state, settings } = contentsOf(file.path, saved.value);
  const tensors: StoredTensor[] = [];
  for (const [name, value] of state) {
    if (typeof name !== "string" || !(value instanceof PickledTensor)) {
      throw damaged(file.path, FORMAT, "its state dict has something else than named tensors");
    }
    tensors.push(storedTensor(file, name.replace(WRAPPER, ""), value, saved.storages));
  }
  return modelOf(file.path, tensors, settings);
}

async function savedIn(file: OpenFile): Promise<Saved> {
  const beginning = file.read(0, Math.min(ZIP.length, file.length));
  try {
    return ZIP.every((byte, index) => beginning[index] === byte) ? await readArchive(file) : readLegacy(file);
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw pickleRefusal(file.path, error, (reason) => damaged(file.path, FORMAT, reason));
  }
}

/** The state dict, and nanoGPT's settings where the file is one of its checkpoints. */
function contentsOf(
  path: string,
  value: Unpickled,
): {
  readonly state: ReadonlyMap<Unpickled, Unpickled>;
  readonly settings: ReadonlyMap<Unpickled, Unpickled> | undefined;
} {
  if (!(value instanceof Map)) throw damaged(path, FORMAT, "it holds no state dict");
  const saved: ReadonlyMap<Unpickled, Unpickled> = value;
  const model = saved.get("model");
  const settings = saved.get("model_args");
  if (model instanceof Map) return { state: model, settings: settings instanceof Map ? settings : undefined };
  return { state: saved, settings: undefined };
}

/** Brings the linear layers of nanoGPT and minGPT, which are (outputs, inputs), into the form of transformers. */
function modelOf(
  path: string,
  stored: readonly StoredTensor[],
  settings: ReadonlyMap<Unpickled, Unpickled> | undefined,
): StoredModel {
  const attention = stored.find(({ name }) => name.endsWith(".attn.c_attn.weight"));
  const linear = attention !== undefined && (attention.shape[0] ?? 0) > (attention.shape[1] ?? 0);
  const tensors = stored.map((tensor) =>
    linear && /\.h\.\d+\.|^h\.\d+\./.test(tensor.name) ? transposed(tensor) : tensor,
  );
  if (!settings) return { path, tensors };
  const withBiases = settings.get("bias") === false ? [...tensors, ...missingBiases(tensors)] : tensors;
  return {
    path,
    tensors: withBiases,
    settings: {
      model_type: "gpt2",
      n_layer: settings.get("n_layer"),
      n_head: settings.get("n_head"),
      n_embd: settings.get("n_embd"),
      n_positions: settings.get("block_size"),
      vocab_size: settings.get("vocab_size"),
      // nanoGPT's model.py: nn.GELU(), the exact one.
      activation_function: "gelu",
      tie_word_embeddings: isTied(withBiases),
    },
  };
}

/** Biases of zero, for layers without one. */
function missingBiases(tensors: readonly StoredTensor[]): StoredTensor[] {
  const names = new Set(tensors.map(({ name }) => name));
  return tensors
    .filter(({ name }) => WITH_BIAS.test(name) && !names.has(biasOf(name)))
    .map(({ name, shape }) => {
      const outputs = shape.at(-1) ?? 0;
      return { name: biasOf(name), shape: [outputs], dtype: "F32", read: () => new Float32Array(outputs) };
    });
}

function biasOf(weight: string): string {
  return weight.replace(/weight$/, "bias");
}
