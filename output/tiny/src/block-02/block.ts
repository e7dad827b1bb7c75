import type { Block } from "../runtime/index.ts";
import { W } from "../weights.ts";
import { head00 } from "./head-00.ts";
import { head01 } from "./head-01.ts";
import { head02 } from "./head-02.ts";
import { head03 } from "./head-03.ts";
import { mlp02 } from "./mlp.ts";

/**
 * Block 2: all 4 heads are unexplained; of 512 neurons, 1 is constant and 511 are unexplained. What was replaced
 * costs about 0.00014 nats.
 *
 * Each part: what it is, where a head attends, and what the part's mean everywhere would cost.
 *
 *   head00  unexplained       wide: last 12 tokens 33 %, first 5.9 %  0.015 nats
 *   head01  unexplained       last 12 tokens 92 %                     0.041 nats
 *   head02  unexplained       previous token 64 %                     0.12 nats
 *   head03  unexplained       last 12 tokens 87 %                     0.048 nats
 *   mlp02   in part replaced  511 of 512 neurons left                 0.27 nats
 */
export const block02: Block = {
  attention: {
    norm: { epsilon: 1e-5 },
    heads: [head00, head01, head02, head03],
    bias: W.block02.attentionBias,
  },
  mlp: mlp02,
};
