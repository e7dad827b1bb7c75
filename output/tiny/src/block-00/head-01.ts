import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 22 % on the last 12 tokens, 3 % on the first one. No rule tried kept the
 * budget; the closest, by distance and first token alone, explains 74 % of what the head writes on held-out text
 * and would cost about 0.0025 nats (ledger.jsonl, block00.head01).
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   ationHelperBlockIfMissing‹:› () =«>» injectClass
 *     raises "up", "ck", "<|endoftext|>", "for"; lowers "ame", "ast", "ree", "ag"
 *   M«‹r›». Speaker
 *   ‹ad›«v»ances with a long
 *
 * Its mean everywhere would cost about 0.0073 nats.
 */
export const head01: Head = { looks: [denseLook(W.block00.head01.look)], moves: denseMove(W.block00.head01.move) };
