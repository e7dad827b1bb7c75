import type { JobContext } from "../../engine/index.ts";
import { outlineOf, type ModelOutline, type OutlineOptions } from "../outline.ts";
import type { RunningPackage } from "../running-package.ts";

/** Says what the package's model is made of. */
export default function outlinePackage(
  { model, machine, genuine }: RunningPackage,
  { options }: JobContext<OutlineOptions>,
  _item: null,
): ModelOutline {
  const trusted = options.trusted && genuine;
  return outlineOf(model, (tensor) => machine.values(tensor), { ...options, trusted });
}
