import { z } from "zod";
import { CompilerError } from "../errors.ts";
import type { RuleLook } from "../runtime/index.ts";
import type { PackageFiles } from "./package-files.ts";

/** Most distances that a rule may tell apart: with a score each, about the 100 tokens that a rule may have. */
const MOST_STEPS = 49;
/** Most averages that may stand for one head: each is a direction that a linear map is fitted to. */
const MOST_AVERAGES = 8;

/**
 * What a score takes from manifest.json: what each site weighs, and how it is described. Roles and kinds that the
 * manifest claims are not read: the model that runs and the tensors that lie in the folder say what is opaque.
 */
const manifestSchema = z.object({
  schema: z.literal(1),
  /** What `src/model.ts` exports: a model with weights where absent. */
  form: z.literal("algorithm").optional(),
  sites: z
    .array(
      z.object({
        id: z.string(),
        /** Predicted KL, in nats a position, of letting the site write its mean. */
        price: z.number().min(0),
        /** In the package of an algorithm: the averages that stand for a head, by index. */
        averages: z.array(z.int().min(0)).max(MOST_AVERAGES).optional(),
        /** The pattern that the head looks by, by index. */
        pattern: z.int().min(0).optional(),
        /** Held-out score of an MLP's best description, replaced or not; heads are measured. */
        described: z.number().max(1).optional(),
        /** The rule by distance that comes closest to where the original's head looks: is measured, not believed. */
        closestRule: z
          .object({
            sink: z.number(),
            steps: z
              .array(z.tuple([z.int().min(0), z.number()]))
              .min(1)
              .max(MOST_STEPS),
          })
          .optional(),
        /** What an MLP's neurons were replaced by: believed as far as what runs has parts of these kinds. */
        neurons: z
          .object({
            total: z.int().min(0),
            dense: z.int().min(0),
            constant: z.int().min(0),
            affine: z.int().min(0).optional(),
            table: z.int().min(0).optional(),
            rule: z.int().min(0).optional(),
            guarded: z.int().min(0).optional(),
          })
          .optional(),
      }),
    )
    .max(1_000_000),
});

/** A site's weight, and its best description where there is one. */
export interface ManifestSite {
  readonly price: number;
  /** Of a head, in the package of an algorithm. */
  readonly averages?: readonly number[] | undefined;
  readonly pattern?: number | undefined;
  readonly described: number | undefined;
  /** In place of what the original's head looks by. */
  readonly closestLooks: readonly RuleLook[] | undefined;
  /** How many of an MLP's neurons are still run, and how many were replaced by what. */
  readonly neurons?: NeuronClaims | undefined;
}

/** What a manifest says of an MLP's neurons. */
export type NeuronClaims = NonNullable<z.infer<typeof manifestSchema>["sites"][number]["neurons"]>;

/** What the manifest says, by site id. Throws a CompilerError package-broken where the manifest is no manifest, or names a site twice. */
export function manifestSites({
  folder,
  manifest,
}: Pick<PackageFiles, "folder" | "manifest">): Map<string, ManifestSite> {
  const parsed = manifestOf({ folder, manifest });
  const sites = new Map<string, ManifestSite>();
  for (const { id, price, averages, pattern, described, closestRule, neurons } of parsed.sites) {
    if (sites.has(id)) throw broken(folder, `manifest.json lists the site ${id} twice.`);
    const closestLooks: RuleLook[] | undefined = closestRule && [
      { kind: "sink", score: closestRule.sink },
      { kind: "kernel", steps: closestRule.steps },
    ];
    sites.set(id, { price, averages, pattern, described, closestLooks, neurons });
  }
  return sites;
}

/** Whether the package says that it is an algorithm. Throws a CompilerError package-broken where the manifest is no manifest. */
export function isAlgorithm(files: Pick<PackageFiles, "folder" | "manifest">): boolean {
  return manifestOf(files).form === "algorithm";
}

function manifestOf({ folder, manifest }: Pick<PackageFiles, "folder" | "manifest">): z.infer<typeof manifestSchema> {
  const parsed = manifestSchema.safeParse(jsonOf(manifest));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw broken(folder, `manifest.json is not what it should be${place && ` at ${place}`}: ${issue?.message ?? ""}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(path: string, reason: string): CompilerError {
  return CompilerError.of("package-broken", { path, reason });
}
