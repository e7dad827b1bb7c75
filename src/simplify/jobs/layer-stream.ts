import type { Job, LoadedProgram } from "../../engine/index.ts";
import { readOn, read, startReading, type Observer } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What comes before the first block, or one of the two layers of a block. */
export type Layer = "embed" | "attention" | "mlp";

/** The layer that all documents pass through. The job needs a program "program" that ends with it: see `onlyLayer`. */
export interface LayerStreamOptions {
  readonly layer: Layer;
}

/** The residual stream (time, width) of a document on both sides of the layer; `after` is shared memory. */
export interface LayerStreamItem {
  readonly document: TokenDocument;
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/** Fills in the stream after a layer. */
const layerStream: Job<LayerStreamOptions, LayerStreamItem, undefined> = ({ program, options }, item) => {
  item.after.set(streamAfter(program("program"), item.document, item.before, options.layer));
  return undefined;
};

export default layerStream;

/** The stream (time, width) after the one layer of a program. */
export function streamAfter(
  { machine, model }: LoadedProgram,
  { tokens, position }: TokenDocument,
  before: Float32Array,
  layer: Layer,
  observer: Observer = {},
): Float32Array {
  return machine.scope(() => {
    const reading = startReading(machine, model, tokens.length, position);
    let after = new Float32Array();
    const observing: Observer = {
      ...observer,
      stream(block, place, stream) {
        if (place === "end") after = machine.values(stream).slice();
        observer.stream?.(block, place, stream);
      },
    };
    if (layer === "embed") {
      read(machine, model, reading, tokens, observing);
    } else {
      reading.tokens.push(...tokens);
      const stream = machine.store(before, tokens.length, before.length / tokens.length);
      readOn(machine, model, reading, stream, { block: 0, before: layer }, observing);
    }
    return after;
  });
}
