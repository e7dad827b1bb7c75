import { z } from "zod";
import { CompilerError } from "../errors.ts";
import type { PackageFiles } from "./package-files.ts";

/**
 * What a score takes from manifest.json: what each site weighs, and what of it is described. Roles and kinds that the
 * manifest claims are not read: the model that runs and the tensors that lie in the folder say what is opaque.
 */
const manifestSchema = z.object({
  schema: z.literal(1),
  sites: z
    .array(
      z.object({
        id: z.string(),
        /** Predicted KL, in nats a position, of letting the site write its mean. */
        price: z.number().min(0),
        /** Held-out score of the site's best rule, replaced or not. */
        described: z.number().max(1).optional(),
      }),
    )
    .max(1_000_000),
});

/** A site's weight, and how well its best rule describes it. */
export interface SitePrice {
  readonly price: number;
  readonly described: number | undefined;
}

/** Prices by site id. Throws a CompilerError package-broken where the manifest is no manifest, or names a site twice. */
export function sitePrices({ folder, manifest }: Pick<PackageFiles, "folder" | "manifest">): Map<string, SitePrice> {
  const parsed = manifestSchema.safeParse(jsonOf(manifest));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join(".") ?? "";
    throw broken(folder, `manifest.json is not what it should be${place && ` at ${place}`}: ${issue?.message ?? ""}.`);
  }
  const prices = new Map<string, SitePrice>();
  for (const { id, price, described } of parsed.data.sites) {
    if (prices.has(id)) throw broken(folder, `manifest.json lists the site ${id} twice.`);
    prices.set(id, { price, described });
  }
  return prices;
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
