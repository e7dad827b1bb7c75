import { constant, neurons, type Mlp } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained: 512 neurons on opaque weights, and their output bias as a constant. A table by the current token
 * alone would explain 40 % of what it writes on held-out text. The mean of the whole MLP everywhere would cost
 * about 0.30 nats.
 *
 * Neurons of the original that fire most on one token, and what their output weights raise and lower:
 *
 *   neuron 51    f was fine—tough, but with body in it«.» They said it
 *                downloaded the \ndemo to play with«.» \n\n    * L
 *                  raises "\n", " when", "<|endoftext|>", " if"; lowers "ow", "ade", "----------------", "d"
 *                  the token alone foresees 53 % of its activation on held-out text
 *   neuron 54    , endless task to catalogue all these things«.» Let a hand
 *                ten affected the purity of popular elections«.» Our grateful
 *                  raises " The", " F", " H", " E"; lowers "row", "ous", "ful", "av"
 *                  the token alone foresees 54 % of its activation on held-out text
 *   neuron 88    , it's\nbroken into two messages.  «I» get my mail from
 *                ing over regulations to see what I can or cannot do\nor «I» would just chuck
 *                  raises " could", " were", " would", " will"; lowers "ric", "her", "ry", "ter"
 *                  the token alone foresees 62 % of its activation on held-out text
 *   neuron 173   soused, cook. There, now ye may go."«\n»\nBut Fle
 *                ace would offer, till the following Monday.«\n»\nAs most you
 *                  raises "\n", ">", "<|endoftext|>", "=="; lowers "ub", "us", "ident", "uch"
 *                  the token alone foresees 62 % of its activation on held-out text
 *   neuron 196   haps in some damp marshy place.\n«\n»While nar
 *                's dire situation, it is not possible. «\n»Right on, W
 *                  raises "T", "M", "St", "H"; lowers "ious", "ible", "rop", "ction"
 *                  the token alone foresees 45 % of its activation on held-out text
 *   neuron 268   componentEqualityComparer;\n    if «(»!equality
 *                clarations && filter(symbol.declarations, «(»d) => is
 *                  raises "red", "rest", "de", "cre"; lowers " have", "ial", "ive", "ight"
 *                  the token alone foresees 61 % of its activation on held-out text
 */
export const mlp03: Mlp = {
  norm: { epsilon: 1e-5 },
  parts: [constant(W.block03.mlp.constant), neurons({ ...W.block03.mlp.neurons, activation: "gelu_new" })],
};
