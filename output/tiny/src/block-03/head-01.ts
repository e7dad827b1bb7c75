import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 82 % of its attention is on the last 12 tokens. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 26 % of what the head writes on held-out text and would cost about
 * 0.036 nats (ledger.jsonl, block03.head01).
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   .parent.parent))) return;\n    ‹const› ex«port»Assignment =
 *     raises " =", "ifi", "<", "+"; lowers "\n", " years", "<|endoftext|>", ".\""
 *   _exported_class_has_or_is_us«ing»_name_1
 *   park just aren't that political.\n\n  "‹I› w«ant» to send the s
 *
 * Its mean everywhere would cost about 0.041 nats.
 */
export const head01: Head = { looks: [denseLook(W.block03.head01.look)], moves: denseMove(W.block03.head01.move) };
