import { DEEPEST, depthOf, setsOf } from "./predicates.ts";
import { ownShape, tensorShapes } from "./shapes.ts";
import { writersBefore, type ReadingPoint } from "./paths.ts";
import { blockId, headId, LONGEST_SHORTCUT, mlpId, type Node, type Program, type Source } from "./program.ts";
import { handlesOf, nodesOf, tensorsOf } from "./visit.ts";

/** What is wrong with a node, as the rest of a sentence that begins with its id. */
type Problem = readonly [id: string, says: string];

/** One thing that holds for every program. */
type Check = (program: Program) => Problem[];

/** Throws an Error that names the pass and the node where a program is not well formed. */
export function verify(program: Program, pass: string): void {
  for (const check of CHECKS) {
    const [problem] = check(program);
    if (problem) throw new Error(`After ${pass}, ${problem[0]} ${problem[1]}.`);
  }
}

/** Arrays that were found finite; values in a store never change. */
const knownFinite = new WeakSet<Float32Array>();

const idsAreUnique: Check = (program) => {
  const seen = new Set<string>();
  return nodesOf(program).flatMap(({ id }) => {
    if (seen.has(id)) return [[id, "is the id of two nodes"] as const];
    seen.add(id);
    return [];
  });
};

const idsFollowTheModel: Check = (program) =>
  program.blocks.flatMap((block, index) => [
    ...unlessNamed(block, blockId(index)),
    ...block.attention.heads.flatMap((head, headIndex) => [
      ...unlessNamed(head, headId(index, headIndex)),
      ...[...head.looks, head.moves].flatMap((node) => unlessBelow(node, head)),
    ]),
    ...unlessNamed(block.mlp, mlpId(index)),
    ...block.mlp.parts.flatMap((part) => unlessBelow(part, block.mlp)),
  ]);

const unlessNamed = (node: Node, id: string): Problem[] =>
  node.id === id ? [] : [[node.id, `stands where ${id} belongs`]];

const unlessBelow = (node: Node, parent: Node): Problem[] =>
  node.id.startsWith(`${parent.id}.`) ? [] : [[node.id, `has an id that does not begin with ${parent.id}`]];

const nodesHaveTheirShape: Check = (program) =>
  nodesOf(program).flatMap((node) => {
    const expected = ownShape(node, program).join(", ");
    const actual = node.shape.join(", ");
    return actual === expected ? [] : [[node.id, `has shape (${actual}) instead of (${expected})`] as const];
  });

const tensorsHaveTheirShape: Check = (program) =>
  nodesOf(program).flatMap((node) => {
    const shapes = tensorShapes(node, program);
    return tensorsOf(node).flatMap(([role, { shape }]) => {
      const expected = shapes[role]?.join(", ") ?? "";
      const actual = shape.join(", ");
      return actual === expected
        ? []
        : [[node.id, `reads ${role} of shape (${actual}) instead of (${expected})`] as const];
    });
  });

const tensorsAreStored: Check = (program) =>
  nodesOf(program).flatMap((node) =>
    tensorsOf(node).flatMap(([role, handle]): Problem[] => {
      if (!program.tensors.has(handle.name))
        return [[node.id, `reads ${role} from ${handle.name}, which is not stored`]];
      const length = program.tensors.get(handle).length;
      const expected = handle.shape.reduce((product, extent) => product * extent, 1);
      if (length === expected) return [];
      return [[node.id, `reads ${role} from ${handle.name}, which has ${length} values instead of ${expected}`]];
    }),
  );

const tensorsAreFinite: Check = (program) =>
  handlesOf(program).flatMap((handle) => {
    const values = program.tensors.get(handle);
    if (knownFinite.has(values)) return [];
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return [[handle.name, `has the value ${values[at]} at index ${at}`] as const];
    knownFinite.add(values);
    return [];
  });

const tiedHeadIsOneHandle: Check = ({ embed, unembed }) =>
  embed.tokens.name === unembed.tokens.name && embed.tokens !== unembed.tokens
    ? [[unembed.id, `names ${embed.tokens.name} by another handle than ${embed.id}`]]
    : [];

const normsAreWhole: Check = (program) =>
  nodesOf(program).flatMap((node): Problem[] => {
    if (node.kind !== "norm") return [];
    if (!(node.epsilon >= 0)) return [[node.id, `has epsilon ${node.epsilon}`]];
    return (node.gain === undefined) === (node.bias === undefined)
      ? []
      : [[node.id, `has a ${node.gain ? "gain but no bias" : "bias but no gain"}`]];
  });

const atMostOneDenseLook: Check = (program) =>
  nodesOf(program).flatMap((node) => {
    if (node.kind !== "head") return [];
    const count = node.looks.filter(({ kind }) => kind === "denseLook").length;
    return count > 1 ? [[node.id, `has ${count} dense looks`] as const] : [];
  });

const rulesAreWhole: Check = (program) =>
  nodesOf(program).flatMap((node): Problem[] => {
    if (node.kind === "sinkLook") {
      return Number.isFinite(node.rule.score) ? [] : [[node.id, `has the score ${node.rule.score}`]];
    }
    if (node.kind === "matchLook") {
      const { scores } = node.rule;
      if (scores.length === 0) return [[node.id, "has no scores"]];
      const bad = scores.find((score) => !Number.isFinite(score));
      return bad === undefined ? [] : [[node.id, `has the score ${bad}`]];
    }
    if (node.kind !== "kernelLook") return [];
    const { steps } = node.rule;
    if (steps.length === 0) return [[node.id, "has no steps"]];
    const problems = steps.flatMap(([back, score], index): Problem[] => {
      if (!Number.isInteger(back) || back < 0) return [[node.id, `has a step at ${back} tokens back`]];
      if (!Number.isFinite(score)) return [[node.id, `has the score ${score} at ${back} tokens back`]];
      const previous = steps[index - 1]?.[0] ?? -1;
      return back > previous ? [] : [[node.id, `has a step at ${back} tokens back after one at ${previous}`]];
    });
    return problems;
  });

/** How far back each rule looks that names tokens by how far back they stand. */
const distancesAreWhole: Check = (program) =>
  nodesOf(program).flatMap((node): Problem[] => {
    const distances = node.kind === "classLook" ? [node.queryBack, node.keyBack] : "back" in node ? [node.back] : [];
    const bad = distances.find((back) => !Number.isInteger(back) || back < 0);
    return bad === undefined ? [] : [[node.id, `reads ${bad} tokens back`]];
  });

const tokenClassesAreWhole: Check = (program) => {
  const node = program.tokenClasses;
  if (!node) {
    const lost = nodesOf(program).find(({ kind }) => kind === "classLook" || kind === "classVectors");
    return lost ? [[lost.id, "speaks of token classes, which the program does not have"]] : [];
  }
  const bad = node.names.find((name) => !/^[A-Z][A-Z0-9_]*$/.test(name));
  if (bad !== undefined) return [[node.id, `names a class ${bad}, which is not an UPPER_CASE identifier`]];
  if (new Set(node.names).size < node.names.length) return [[node.id, "has two classes of one name"]];
  const unknown = program.tensors
    .get(node.classes)
    .find((value) => !Number.isInteger(value) || value < 0 || value >= node.names.length);
  return unknown === undefined ? [] : [[node.id, `has a token of class ${unknown}`]];
};

/** Groups of tokens whose vectors are the same. */
const groupsAreRows: Check = (program) =>
  nodesOf(program).flatMap((node): Problem[] => {
    if (node.kind !== "tokenVectors" || !node.groups) return [];
    const rows = (node.amounts.shape[0] ?? 0) - (node.first ? 1 : 0);
    const unknown = program.tensors.get(node.groups).find((row) => !Number.isInteger(row) || row < 0 || row >= rows);
    return unknown === undefined ? [] : [[node.id, `has a token of group ${unknown}`]];
  });

const knotsSpanTheContext: Check = ({ embed, context }) => {
  const { knots } = embed;
  if (!knots) return [];
  if (knots[0] !== 0 || knots.at(-1) !== context - 1) return [[embed.id, "has knots that do not span the context"]];
  const rises = knots.every((knot, index) => Number.isInteger(knot) && (index === 0 || knot > (knots[index - 1] ?? 0)));
  return rises ? [] : [[embed.id, "has knots that do not rise"]];
};

const shortcutsAreWhole: Check = ({ shortcuts, vocabulary }) => {
  if (!shortcuts) return [];
  const { id, rules } = shortcuts;
  const seen = new Set<string>();
  return rules.flatMap(({ after, next }): Problem[] => {
    const unknown = [...after, next].find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
    if (unknown !== undefined) return [[id, `speaks of token ${unknown} of ${vocabulary}`]];
    if (after.length === 0 || after.length > LONGEST_SHORTCUT) return [[id, `reads ${after.length} tokens at once`]];
    const context = after.join();
    if (seen.has(context)) return [[id, `decides twice what follows the tokens ${context}`]];
    seen.add(context);
    return [];
  });
};

const predicatesAreWhole: Check = (program) => {
  const known = new Map<string, readonly number[]>();
  return nodesOf(program).flatMap((node): Problem[] => {
    if (node.kind !== "rulePart") return [];
    if (!Number.isFinite(node.strength)) return [[node.id, `has the strength ${node.strength}`]];
    if (depthOf(node.when) > DEEPEST) return [[node.id, `has a condition of depth ${depthOf(node.when)}`]];
    return setsOf(node.when).flatMap(({ name, tokens }): Problem[] => {
      if (!/^[A-Z][A-Z0-9_]*$/.test(name))
        return [[node.id, `asks for ${name}, which is not an UPPER_CASE identifier`]];
      const other = known.get(name) ?? tokens;
      known.set(name, other);
      if (other.join() !== tokens.join())
        return [[node.id, `asks for other tokens by the name ${name} than a rule before it`]];
      const rises = tokens.every((token, index) => index === 0 || token > (tokens[index - 1] as number));
      const within = tokens.every((token) => Number.isInteger(token) && token >= 0 && token < program.vocabulary);
      return rises && within ? [] : [[node.id, `asks for ${name}, whose tokens are not rising ids of the vocabulary`]];
    });
  });
};

const neuronsAreNumbered: Check = (program) =>
  program.blocks.flatMap(({ mlp }) => {
    const seen = new Set<number>();
    return mlp.parts.flatMap((part): Problem[] => {
      if (part.kind !== "densePart") return [];
      const count = part.input.shape[1] as number;
      if (part.neurons.length !== count) return [[part.id, `numbers ${part.neurons.length} neurons of ${count}`]];
      return part.neurons.flatMap((neuron): Problem[] => {
        if (!Number.isInteger(neuron) || neuron < 0) return [[part.id, `has a neuron numbered ${neuron}`]];
        if (seen.has(neuron)) return [[part.id, `has neuron ${neuron}, which its MLP already has`]];
        seen.add(neuron);
        return [];
      });
    });
  });

const originsAreKnown: Check = (program) =>
  nodesOf(program).flatMap((node) =>
    [node, ...tensorsOf(node).map(([, handle]) => handle)].flatMap(({ origin }): Problem[] => {
      if (origin.tensors.length + origin.passes.length > 0) return [];
      return [[node.id, "comes from no tensor and no pass"]];
    }),
  );

const sourcesComeEarlier: Check = (program) => {
  const check = (node: Node, at: ReadingPoint, lists: readonly (readonly Source[] | undefined)[]): Problem[] => {
    if (lists.every((list) => list === undefined)) return [];
    const earlier = new Set<Source>([
      "token",
      "position",
      "constant",
      ...writersBefore(program, at).map(({ id }) => id),
    ]);
    const unknown = lists.flatMap((list) => list ?? []).find((source) => !earlier.has(source));
    return unknown === undefined ? [] : [[node.id, `reads from ${unknown}, which writes nothing before it`]];
  };
  const blocks = program.blocks.flatMap(({ attention, mlp }, block) => [
    ...attention.heads.flatMap((head) =>
      [...head.looks, head.moves].flatMap((node) => {
        const at: ReadingPoint = { block, before: "attention" };
        if (node.kind === "denseLook") return check(node, at, [node.paths?.query, node.paths?.key]);
        return node.kind === "denseMove" ? check(node, at, [node.reads]) : [];
      }),
    ),
    ...mlp.parts.flatMap((part) =>
      part.kind === "densePart" || part.kind === "affinePart"
        ? check(part, { block, before: "mlp" }, [part.reads])
        : [],
    ),
  ]);
  const end: ReadingPoint = { block: program.blocks.length, before: "end" };
  return [...blocks, ...check(program.unembed, end, [program.unembed.reads])];
};

const tokenSetsAreWhole: Check = (program) => {
  const names = new Set<string>();
  return program.tokenSets.flatMap(({ id, name, size, tokens }): Problem[] => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) return [[id, `is named ${name}, which is not an UPPER_CASE identifier`]];
    if (names.has(name)) return [[id, `is named ${name} like another set`]];
    names.add(name);
    if (tokens.length !== size) return [[id, `has the size ${size} and ${tokens.length} tokens`]];
    return size > 0 && size <= program.vocabulary ? [] : [[id, `has ${size} tokens of ${program.vocabulary}`]];
  });
};

/** In the order in which they are made: later ones rely on earlier ones. */
const CHECKS: readonly Check[] = [
  idsAreUnique,
  idsFollowTheModel,
  nodesHaveTheirShape,
  tensorsHaveTheirShape,
  tensorsAreStored,
  tensorsAreFinite,
  tiedHeadIsOneHandle,
  normsAreWhole,
  atMostOneDenseLook,
  rulesAreWhole,
  distancesAreWhole,
  tokenClassesAreWhole,
  groupsAreRows,
  knotsSpanTheContext,
  shortcutsAreWhole,
  predicatesAreWhole,
  neuronsAreNumbered,
  originsAreKnown,
  sourcesComeEarlier,
  tokenSetsAreWhole,
];
