import { createHash } from "node:crypto";
import type { BlockNode, Origin, Program } from "../ir/index.ts";
import type { HeadProfile, MlpProfile } from "../profile/index.ts";
import { rounded } from "../report/index.ts";
import { headDescription, mlpDescription, type SiteDescription } from "./descriptions.ts";
import type { EmitInput, PackageFile } from "./input.ts";
import { blockFolder, headFile, headName, twoDigitKey } from "./names.ts";
import { neuronCounts, type NeuronCounts } from "./neuron-counts.ts";
import {
  acceptedCost,
  acceptedExplained,
  headKind,
  headRuleName,
  looksByRule,
  mlpKind,
  mlpRuleName,
  movesByRule,
  type SiteKind,
} from "./sites.ts";
import { weightsOf, type WeightRole } from "./weights.ts";

/** A head or an MLP of the emitted program. */
export interface ManifestSite {
  /** As in the ledger: "block05.head01", "block05.mlp". */
  readonly id: string;
  readonly kind: SiteKind;
  /** Whether a head's attention pattern, and what it moves, come from weights or from rules; for heads only. */
  readonly looks?: "opaque" | "rule";
  readonly moves?: "opaque" | "rule";
  /** The rules of a head, or what stands for an MLP's neurons, in a few words. */
  readonly rule?: string;
  /** How many of an MLP's neurons are still run, and how many were replaced by what; for MLPs only. */
  readonly neurons?: NeuronCounts;
  /** Predicted KL, in nats a scored position, of writing the site's mean everywhere. */
  readonly price: number;
  /**
   * The best simple rule known of the site, replaced or not: the share of what the site writes that the rule foresees on
   * the text that the program was chosen on, what the rule knows, and, of heads that look by weights, its numbers. Absent
   * where none was fitted.
   */
  readonly described?: SiteDescription["described"];
  readonly describedBy?: SiteDescription["describedBy"];
  readonly closestRule?: SiteDescription["closestRule"];
  /** Predicted KL of what was replaced. */
  readonly predictedKl?: number;
  /** Share of what the site writes on held-out text that its accepted rule foresees, where that was measured. */
  readonly explained?: number;
  /** The identifier that the source exports, and its file. */
  readonly identifier: string;
  readonly source: string;
  /** The activation in TransformerLens that the site computes. */
  readonly transformerLens: string;
}

/** A tensor that the emitted program reads. */
export interface ManifestTensor {
  /** In weights/model.safetensors. */
  readonly name: string;
  /** In the source: "W.block05.head01.look.query". */
  readonly identifier: string;
  readonly shape: readonly number[];
  readonly role: WeightRole;
  /** Tensors of the original model that it was made of, the part of them, and the passes that touched it. */
  readonly origin: Origin;
}

/** The contents of manifest.json: what every part of the package stands for. */
export interface Manifest {
  readonly schema: 1;
  readonly model: EmitInput["model"];
  /** How scores are read: the highest one, or every positive one. */
  readonly decision: EmitInput["decision"];
  readonly sites: readonly ManifestSite[];
  readonly tensors: readonly ManifestTensor[];
  /** SHA-256 of every file of src/ as it was written, by its path in the package: how changes by hand are noticed. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * What every part of the package stands for.
 *
 * @param sources the files of src/
 */
export function manifestOf(input: EmitInput, sources: readonly PackageFile[]): Manifest {
  const { decision, program } = input;
  const { id, sha256, parameters } = input.model;
  return {
    schema: 1,
    model: { id, sha256, parameters },
    decision,
    sites: manifestSites(input),
    tensors: tensorsOf(program),
    files: hashesOf(sources),
  };
}

/** Every head and MLP, block by block. */
export function manifestSites(input: EmitInput): ManifestSite[] {
  const { blocks } = input.program;
  return rounded(blocks.flatMap((_, block) => [...headSites(input, block), mlpSite(input, block)]));
}

function headSites({ program, profile, ledger }: EmitInput, block: number): ManifestSite[] {
  const heads = program.blocks[block]?.attention.heads ?? [];
  return heads.map((head, index): ManifestSite => {
    const rule = headRuleName(head);
    const explained = acceptedExplained(ledger, head.id);
    const predictedKl = acceptedCost(ledger, head.id);
    const measured = profile.heads[block]?.[index] as HeadProfile;
    return {
      id: head.id,
      kind: headKind(head),
      looks: looksByRule(head) ? "rule" : "opaque",
      moves: movesByRule(head) ? "rule" : "opaque",
      ...(rule !== undefined && { rule }),
      price: measured.price,
      ...headDescription(head, measured, explained),
      ...(predictedKl !== undefined && { predictedKl }),
      ...(explained !== undefined && { explained }),
      identifier: headName(head, index, program),
      source: `src/${blockFolder(block)}/${headFile(index)}`,
      transformerLens: `blocks.${block}.attn.hook_z[..., ${index}, :]`,
    };
  });
}

function mlpSite({ program, profile, ledger }: EmitInput, block: number): ManifestSite {
  const { mlp } = program.blocks[block] as BlockNode;
  const measured = profile.mlps[block] as MlpProfile;
  const neurons = neuronCounts(mlp, measured.neurons.length, ledger);
  const rule = mlpRuleName(mlp, neurons);
  const explained = acceptedExplained(ledger, mlp.id);
  const predictedKl = acceptedCost(ledger, mlp.id);
  return {
    id: mlp.id,
    kind: mlpKind(mlp, neurons),
    ...(rule !== undefined && { rule }),
    neurons,
    price: measured.price,
    ...mlpDescription(mlp, measured, explained),
    ...(predictedKl !== undefined && { predictedKl }),
    ...(explained !== undefined && { explained }),
    identifier: twoDigitKey("mlp", block),
    source: `src/${blockFolder(block)}/mlp.ts`,
    transformerLens: `blocks.${block}.hook_mlp_out`,
  };
}

function tensorsOf(program: Program): ManifestTensor[] {
  return weightsOf(program).map(({ path, handle, role }) => ({
    name: handle.name,
    identifier: ["W", ...path].join("."),
    shape: handle.shape,
    role,
    origin: handle.origin,
  }));
}

function hashesOf(files: readonly PackageFile[]): Record<string, string> {
  const inOrder = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  const hashes = inOrder.map(({ path, contents }) => {
    return [path, createHash("sha256").update(contents).digest("hex")] as const;
  });
  return Object.fromEntries(hashes);
}
