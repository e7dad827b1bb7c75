/** Edits: what src/edits.ts lists, each a function from a model to a changed one. */
import type { Machine } from "./machine.ts";
import type { Block, Head, Look, Mlp, MlpPart, Model } from "./parts.ts";
import { columnsOf } from "./tensor.ts";

/** A change of behaviour: one model in, another one out. The model that comes in stays as it is. */
export type Edit = (model: Model) => Model;

/** The model after all edits, the first one first. */
export function applyEdits(model: Model, edits: readonly Edit[]): Model {
  return edits.reduce((edited, edit) => edit(edited), model);
}

/**
 * Lets a head, an MLP or one part of an MLP write nothing.
 * Throws a RangeError when the model no longer has the part, because an earlier edit took or changed it.
 */
export function silence(part: Head | Mlp | MlpPart): Edit {
  return (model) =>
    changed(model, (block) => {
      if (block.mlp === part) return { ...block, mlp: { ...block.mlp, parts: [] } };
      const { heads } = block.attention;
      const { parts } = block.mlp;
      if (!heads.some((head) => head === part) && !parts.some((own) => own === part)) return block;
      return {
        attention: { ...block.attention, heads: heads.filter((head) => head !== part) },
        mlp: { ...block.mlp, parts: parts.filter((own) => own !== part) },
      };
    });
}

/**
 * Gives a head other looks; what it moves stays.
 * Throws a RangeError when the model no longer has the head, and when it writes a constant, wherever it looks.
 */
export function replaceLooks(head: Head, looks: readonly Look[]): Edit {
  if (head.moves.kind === "constant") {
    throw new RangeError("This head writes the same everywhere: where it looks changes nothing.");
  }
  return (model) =>
    changed(model, (block) => {
      const { heads } = block.attention;
      if (!heads.includes(head)) return block;
      const replaced = heads.map((own) => (own === head ? { ...own, looks } : own));
      return { ...block, attention: { ...block.attention, heads: replaced } };
    });
}

/** Adds `bonus` to the scores of these tokens at every position; in nats, and negative to avoid them. */
export function prefer(machine: Machine, tokens: readonly number[], bonus: number): Edit {
  return (model) => {
    const { unembed } = model;
    const vocabulary = columnsOf(unembed.directions);
    const scores = unembed.bias ? machine.values(unembed.bias).slice() : new Float32Array(vocabulary);
    for (const token of new Set(tokens)) {
      if (!(token in scores)) throw new RangeError(`Token ${token} is not in the vocabulary of ${vocabulary}.`);
      scores[token] = (scores[token] as number) + bonus;
    }
    return { ...model, unembed: { ...unembed, bias: machine.store(scores, vocabulary) } };
  };
}

/** The model with each block changed; throws when no block did change. */
function changed(model: Model, change: (block: Block) => Block): Model {
  const blocks = model.blocks.map(change);
  if (blocks.every((block, index) => block === model.blocks[index])) {
    throw new RangeError("The model has no such part: an earlier edit took or changed it.");
  }
  return { ...model, blocks };
}
