import { handlesOf, merged, rewrite, TensorDraft, touched, type Program, type TensorHandle } from "../../ir/index.ts";
import { counted, type ExactPass } from "./pass.ts";

const NAME = "centre-writes";

/** A row counts as centred where its mean is below this share of its largest entry: a few roundings of 32 bits. */
const ROUNDING = 1e-6;

/**
 * Takes from every vector that is written to the residual stream its mean over the width: every reader is a layer norm,
 * which subtracts the mean of the stream first. Token embeddings take part only where the head is not tied: a tied head
 * also reads them as directions, which are not centred by a norm.
 */
export const centreWrites: ExactPass = {
  name: NAME,
  apply(program) {
    const draft = new TensorDraft(NAME);
    const centre = (handle: TensorHandle): TensorHandle => {
      const values = centredRows(program.tensors.get(handle), program.width);
      return values ? draft.rewrite(handle, values) : handle;
    };
    const untied = program.unembed.tokens.name !== program.embed.tokens.name;
    const centred = rewrite(program, {
      embed: (node) =>
        marked(node, {
          positions: centre(node.positions),
          tokens: untied ? centre(node.tokens) : node.tokens,
        }),
      moves: (node) =>
        node.kind === "constantMove"
          ? marked(node, { vector: centre(node.vector) })
          : node.kind === "denseMove"
            ? marked(node, { output: centre(node.output) })
            : node, // rules come after the exact passes
      attention: (node) => (node.bias ? marked(node, { bias: centre(node.bias) }) : node),
      part: (node) =>
        node.kind === "constantPart"
          ? marked(node, { vector: centre(node.vector) })
          : node.kind === "densePart"
            ? marked(node, { output: centre(node.output) })
            : node,
    });
    return draft.into(centred);
  },
  removed(before, after) {
    const count = changedTensors(before, after);
    if (count === 0) return "Every write to the residual stream is centred already.";
    const tied = after.unembed.tokens.name === after.embed.tokens.name;
    const rest = tied ? "; token embeddings keep theirs, because the tied head reads it" : "";
    return `Removed the mean over the width from the rows of ${counted(count, "tensor")} that write to the residual stream: every reader is a layer norm, which ignores it${rest}.`;
  },
};

function marked<Node extends { readonly origin: Program["origin"] }>(node: Node, changes: Partial<Node>): Node {
  const changed = merged(node, changes);
  return changed === node ? node : { ...changed, origin: touched(node.origin, NAME) };
}

/** The rows less their means; undefined where they are centred already. */
function centredRows(values: Float32Array, width: number): Float32Array | undefined {
  const out = values.slice();
  let changed = false;
  for (let first = 0; first < out.length; first += width) {
    const row = out.subarray(first, first + width);
    let sum = 0;
    let largest = 0;
    for (const value of row) {
      sum += value;
      largest = Math.max(largest, Math.abs(value));
    }
    const mean = sum / width;
    if (Math.abs(mean) <= ROUNDING * largest) continue;
    changed = true;
    for (let column = 0; column < width; column++) row[column] = (row[column] as number) - mean;
  }
  return changed ? out : undefined;
}

const changedTensors = (before: Program, after: Program): number =>
  handlesOf(after).filter((handle) => before.tensors.get(handle) !== after.tensors.get(handle)).length;
