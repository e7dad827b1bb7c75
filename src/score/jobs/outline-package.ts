import type { JobContext } from "../../engine/index.ts";
import { outlineOf, type ModelOutline } from "../outline.ts";
import type { RunningPackage } from "../running-package.ts";

/** Says what the package's model is made of. */
export default function outlinePackage(running: RunningPackage, _context: JobContext<null>, _item: null): ModelOutline {
  return outlineOf(running.model, (tensor) => running.machine.values(tensor));
}
