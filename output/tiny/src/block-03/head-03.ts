import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 60 % of its attention is on the last 12 tokens. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 38 % of what the head writes on held-out text and would cost about
 * 0.015 nats (ledger.jsonl, block03.head03).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query           key: block01.head02  37 %
 *   any query           key: block00.mlp     28 %
 *   query: block00.mlp  key: block00.mlp     4.3 %
 *   query: block02.mlp  key: block00.mlp     4 %
 *   query: block00.mlp  key: block02.mlp     3.5 %
 *
 * Its scores' five strongest terms alone explain 46 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   redTypeOfSymbol(‹get›ParentOfSy«mbol»(type.s
 *     raises "node", "his", "O", " my"; lowers ";", ".", "\";", "\""
 *   expression ? update(cre‹ate›NonNullCh«ain»(expression), node
 *   ‹unction› … oString(type, enclosingDeclaration, fl«ags» = 1048
 *
 * Its mean everywhere would cost about 0.022 nats.
 */
export const head03: Head = { looks: [denseLook(W.block03.head03.look)], moves: denseMove(W.block03.head03.move) };
