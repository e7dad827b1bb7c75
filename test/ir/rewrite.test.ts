import { describe, expect, it } from "vitest";
import {
  handlesOf,
  lift,
  mapHeads,
  mapParts,
  nodesOf,
  pruned,
  rewrite,
  TensorDraft,
  visit,
  withTensor,
  type Rewrites,
} from "../../src/ir/index.ts";
import { randomLiftSource } from "./random-model.ts";

const program = lift(randomLiftSource(1));
const handle = { name: "extra", shape: [2], origin: { tensors: ["h.0.ln_1.weight"], passes: ["earlier"] } };

describe("visit", () => {
  it("meets every node once, parents before children, in model order", () => {
    const ids: string[] = [];
    const meet = ({ id }: { id: string }): void => void ids.push(id);
    visit(program, { program: meet, block: meet, head: meet, denseLook: meet, mlp: meet, unembed: meet });
    expect(ids.slice(0, 5)).toEqual(["program", "block00", "block00.head00", "block00.head00.look", "block00.head01"]);
    expect(ids.slice(-3)).toEqual(["block01.head01.look", "block01.mlp", "unembed"]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("gives every tensor once, the tied one too", () => {
    const names = handlesOf(program).map(({ name }) => name);
    expect(names).toHaveLength(program.tensors.names.length);
    expect(new Set(names)).toEqual(new Set(program.tensors.names));
    expect(nodesOf(program)).toContain(program.unembed);
  });
});

describe("rewrite", () => {
  const same: Required<Rewrites> = {
    embed: (node) => node,
    block: (node) => node,
    attention: (node) => node,
    head: (node) => node,
    look: (node) => node,
    moves: (node) => node,
    mlp: (node) => node,
    part: (node) => node,
    norm: (node) => node,
    finalNorm: (node) => node,
    unembed: (node) => node,
  };

  it("returns the very same program where every rule returns what it was given", () => {
    expect(rewrite(program, {})).toBe(program);
    expect(rewrite(program, same)).toBe(program);
  });

  it("shares everything that did not change", () => {
    const changed = mapHeads(program, (node, { block, index }) => (block === 1 && index === 0 ? { ...node } : node));
    expect(changed).not.toBe(program);
    expect(changed.blocks[0]).toBe(program.blocks[0]);
    expect(changed.blocks[1]?.mlp).toBe(program.blocks[1]?.mlp);
    expect(changed.blocks[1]?.attention.heads[1]).toBe(program.blocks[1]?.attention.heads[1]);
  });

  it("tells every rule where the node stands", () => {
    const places: string[] = [];
    mapParts(program, (node, { block, index }) => {
      places.push(`${node.id} ${block} ${index}`);
      return node;
    });
    expect(places).toEqual([
      "block00.mlp.constant 0 0",
      "block00.mlp.dense 0 1",
      "block01.mlp.constant 1 0",
      "block01.mlp.dense 1 1",
    ]);
  });

  it("shows a parent its rewritten children", () => {
    const epsilons: number[] = [];
    rewrite(program, {
      norm: (node) => ({ ...node, epsilon: 1 }),
      block: (node) => {
        epsilons.push(node.attention.norm.epsilon, node.mlp.norm.epsilon);
        return node;
      },
    });
    expect(epsilons).toEqual([1, 1, 1, 1]);
  });
});

describe("a draft of tensors", () => {
  it("adds its values to the program, and the pass to their origin", () => {
    const draft = new TensorDraft("pass");
    const written = draft.rewrite(program.finalNorm.gain ?? handle, new Float32Array(8));
    const after = draft.into({ ...program, finalNorm: { ...program.finalNorm, gain: written } });
    expect(after.tensors.get({ name: "finalNorm.gain" })).toEqual(new Float32Array(8));
    expect(written.origin).toEqual({ tensors: ["ln_f.weight"], passes: ["pass"] });
    expect(program.tensors.get({ name: "finalNorm.gain" })).not.toEqual(new Float32Array(8));
  });

  it("names a pass once, and adds the tensors that went in", () => {
    const draft = new TensorDraft("earlier");
    const other = { ...handle, origin: { tensors: ["ln_f.bias", "h.0.ln_1.weight"], passes: [] } };
    expect(draft.rewrite(handle, new Float32Array(2), other).origin).toEqual({
      tensors: ["h.0.ln_1.weight", "ln_f.bias"],
      passes: ["earlier"],
    });
  });

  it("returns the very same program where nothing was written and everything is read", () => {
    expect(new TensorDraft("pass").into(program)).toBe(program);
  });
});

describe("pruned", () => {
  it("drops exactly the tensors that nothing reads", () => {
    const wasteful = withTensor(program, handle, new Float32Array(2));
    expect(wasteful.tensors.has("extra")).toBe(true);
    expect(pruned(wasteful).tensors.names).toEqual(program.tensors.names);
  });
});
