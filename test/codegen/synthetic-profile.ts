import { sourcesBefore, type Program, type Source } from "../../src/ir/index.ts";
import type {
  FiringContext,
  HeadProfile,
  MlpProfile,
  NeuronProfile,
  PathEvidence,
  Profile,
} from "../../src/profile/index.ts";
import { seededUniform } from "../ir/random-model.ts";

/** A profile with numbers and contexts drawn at random for a program that was not simplified yet. */
export function syntheticProfile(program: Program, seed: number): Profile {
  const uniform = seededUniform(seed);
  const below = (limit: number): number => Math.floor(uniform() * limit);
  const tokens = (count: number): number[] => Array.from({ length: count }, () => below(program.vocabulary));
  const vector = (): number[] => Array.from({ length: program.width }, () => uniform() - 0.5);
  const context = (token = below(program.vocabulary)): FiringContext => {
    const before = tokens(below(9));
    return { before, token, after: tokens(2), value: 1 + uniform(), lookedAt: below(before.length + 1) };
  };
  const paths = (sources: readonly Source[]): PathEvidence => {
    const drawn = (): Source => sources[below(sources.length)] ?? "constant";
    const terms = Array.from({ length: 5 }, () => ({ query: drawn(), key: drawn(), share: uniform() - 0.3 }));
    return { terms: terms.sort((one, other) => Math.abs(other.share) - Math.abs(one.share)), explained: uniform() };
  };
  const head = (site: string, sources: readonly Source[]): HeadProfile => ({
    site,
    mean: vector(),
    price: uniform() / 10,
    attention: { first: uniform() / 2, self: uniform() / 3, previous: uniform() / 2, within12: 0.3 + uniform() / 2 },
    kernelFit: {
      rule: {
        kind: "kernel",
        steps: [
          [0, 0.25],
          [1, 1.5],
          [12, -0.125],
        ],
      },
      sink: { kind: "sink", score: 0.75 },
      predictedKl: uniform() / 100,
      explained: uniform(),
    },
    paths: paths(sources),
    contexts: [context(), context(), context()],
    raises: tokens(5),
    lowers: tokens(5),
  });
  const neuron = (): NeuronProfile => {
    const theme = uniform() < 0.5 ? below(program.vocabulary) : undefined;
    return {
      mean: uniform(),
      deviation: uniform(),
      active: uniform(),
      price: uniform() / 1000,
      priceError: uniform() / 10_000,
      contexts: [context(theme), context(theme), context(theme)],
      raises: tokens(5),
      lowers: tokens(5),
    };
  };
  const mlp = (site: string, count: number): MlpProfile => ({
    site,
    price: uniform(),
    mean: vector(),
    neurons: Array.from({ length: count }, neuron),
  });
  return {
    documents: 40,
    positions: 9600,
    heads: program.blocks.map(({ attention }, block) => {
      const sources = sourcesBefore(program, { block, before: "attention" });
      return attention.heads.map(({ id }) => head(id, sources));
    }),
    mlps: program.blocks.map((block) => mlp(block.mlp.id, neuronsIn(block))),
  };
}

function neuronsIn({ mlp }: Program["blocks"][number]): number {
  return mlp.parts.reduce((sum, part) => sum + (part.kind === "densePart" ? part.neurons.length : 0), 0);
}
