import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 18 % on the last 12 tokens, 20 % on the first one. No rule tried kept the
 * budget; the closest, by distance and first token alone, explains 9.7 % of what the head writes on held-out text
 * and would cost about 0.10 nats (ledger.jsonl, block03.head00).
 *
 * It writes most unlike its mean at «»:
 *
 *   === 315 /* JSDocNullableType *\u002f |«|» kind === 3
 *     raises " k", "k", "K", "king"; lowers "ise", "ates", "ient", "ate"
 *   Resolution: () => importSyntax«A»ffectsMod
 *   icalFileName(directoryName);\n  return startsW«ith»(canonical
 *
 * Its mean everywhere would cost about 0.11 nats.
 */
export const head00: Head = { looks: [denseLook(W.block03.head00.look)], moves: denseMove(W.block03.head00.move) };
