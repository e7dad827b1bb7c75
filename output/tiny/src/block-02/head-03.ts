import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 87 % of its attention is on the last 12 tokens. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 0 % of what the head writes on held-out text and would cost about
 * 0.046 nats (ledger.jsonl, block02.head03).
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   ‹)› => importSyntaxAffectsMod«ule»Resolution,
 *     raises "\";", "\"", "hed"; lowers ".", ":", ")", "clud"
 *   .createClassDeclaration(\n              ‹/*›modifi«ers»*\u002f\n
 *   4 /* Unspecified *\u002f,\n        sig,\n        ‹/*›s«ource»File*\u002f\n
 *
 * Its mean everywhere would cost about 0.040 nats.
 */
export const head03: Head = { looks: [denseLook(W.block02.head03.look)], moves: denseMove(W.block02.head03.move) };
