import type {
  AttentionNode,
  BlockNode,
  EmbedNode,
  HeadNode,
  LookNode,
  MlpNode,
  MlpPartNode,
  MoveNode,
  NormNode,
  Program,
  UnembedNode,
} from "./program.ts";

/** Where a node stands: the index of its block, and its own among its like (0 where there is only one). */
export interface Place {
  readonly block: number;
  readonly index: number;
}

/**
 * What becomes of each node. Children are rewritten before their parent sees them;
 * returning the node that came in means "nothing to do".
 */
export interface Rewrites {
  readonly embed?: (node: EmbedNode) => EmbedNode;
  readonly block?: (node: BlockNode, place: Place) => BlockNode;
  readonly attention?: (node: AttentionNode, place: Place) => AttentionNode;
  readonly head?: (node: HeadNode, place: Place) => HeadNode;
  /** A head's looks; the place is the head's. */
  readonly look?: (node: LookNode, place: Place) => LookNode;
  /** What a head moves; the place is the head's. */
  readonly moves?: (node: MoveNode, place: Place) => MoveNode;
  readonly mlp?: (node: MlpNode, place: Place) => MlpNode;
  readonly part?: (node: MlpPartNode, place: Place) => MlpPartNode;
  /** Norms of attention and MLPs; the final norm has a rule of its own. */
  readonly norm?: (node: NormNode, place: Place) => NormNode;
  readonly finalNorm?: (node: NormNode) => NormNode;
  readonly unembed?: (node: UnembedNode) => UnembedNode;
}

/** The program with every node rewritten, children first; the very same object where nothing changed. */
export function rewrite(program: Program, rewrites: Rewrites): Program {
  const same = <Value>(value: Value): Value => value;
  return merged(program, {
    embed: (rewrites.embed ?? same)(program.embed),
    blocks: mapped(program.blocks, (node, block) => rewriteBlock(node, rewrites, { block, index: block })),
    finalNorm: (rewrites.finalNorm ?? same)(program.finalNorm),
    unembed: (rewrites.unembed ?? same)(program.unembed),
  });
}

/** The program with every head replaced by what `change` returns. */
export function mapHeads(program: Program, change: (node: HeadNode, place: Place) => HeadNode): Program {
  return rewrite(program, { head: change });
}

/** The program with every part of every MLP replaced by what `change` returns. */
export function mapParts(program: Program, change: (node: MlpPartNode, place: Place) => MlpPartNode): Program {
  return rewrite(program, { part: change });
}

/** The object with these properties; the very same object where they are what it has. */
export function merged<Value extends object>(value: Value, changes: Partial<Value>): Value {
  const changed = Object.entries(changes).some(([key, change]) => value[key as keyof Value] !== change);
  return changed ? { ...value, ...changes } : value;
}

/** The object without these properties. */
export function without<Value extends object, Key extends keyof Value>(value: Value, ...keys: Key[]): Omit<Value, Key> {
  const dropped = new Set<PropertyKey>(keys);
  return Object.fromEntries(Object.entries(value).filter(([key]) => !dropped.has(key))) as Omit<Value, Key>;
}

/** The mapped list; the very same list where every element stayed itself. */
export function mapped<Value>(
  values: readonly Value[],
  change: (value: Value, index: number) => Value,
): readonly Value[] {
  const results = values.map(change);
  return results.some((result, index) => result !== values[index]) ? results : values;
}

function rewriteBlock(node: BlockNode, rewrites: Rewrites, place: Place): BlockNode {
  const attention = rewriteAttention(node.attention, rewrites, place.block);
  const mlp = rewriteMlp(node.mlp, rewrites, place.block);
  const block = merged(node, { attention, mlp });
  return rewrites.block ? rewrites.block(block, place) : block;
}

function rewriteAttention(node: AttentionNode, rewrites: Rewrites, block: number): AttentionNode {
  const place = { block, index: 0 };
  const norm = rewrites.norm ? rewrites.norm(node.norm, place) : node.norm;
  const heads = mapped(node.heads, (head, index) => rewriteHead(head, rewrites, { block, index }));
  const attention = merged(node, { norm, heads });
  return rewrites.attention ? rewrites.attention(attention, place) : attention;
}

function rewriteHead(node: HeadNode, rewrites: Rewrites, place: Place): HeadNode {
  const looks = mapped(node.looks, (look) => (rewrites.look ? rewrites.look(look, place) : look));
  const moves = rewrites.moves ? rewrites.moves(node.moves, place) : node.moves;
  const head = merged(node, { looks, moves });
  return rewrites.head ? rewrites.head(head, place) : head;
}

function rewriteMlp(node: MlpNode, rewrites: Rewrites, block: number): MlpNode {
  const place = { block, index: 0 };
  const norm = rewrites.norm ? rewrites.norm(node.norm, place) : node.norm;
  const parts = mapped(node.parts, (part, index) => (rewrites.part ? rewrites.part(part, { block, index }) : part));
  const mlp = merged(node, { norm, parts });
  return rewrites.mlp ? rewrites.mlp(mlp, place) : mlp;
}
