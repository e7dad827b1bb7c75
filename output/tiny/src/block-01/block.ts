import type { Block } from "../runtime/index.ts";
import { W } from "../weights.ts";
import { head00 } from "./head-00.ts";
import { head01 } from "./head-01.ts";
import { head02 } from "./head-02.ts";
import { head03 } from "./head-03.ts";
import { mlp01 } from "./mlp.ts";

/**
 * Block 1: all 4 heads are unexplained; of 512 neurons, 1 is constant and 511 are unexplained. What was replaced
 * costs about 0.00013 nats.
 *
 * Each part: what it is, where a head attends, and what the part's mean everywhere would cost.
 *
 *   head00  unexplained       wide: last 12 tokens 30 %, first 3.6 %  0.024 nats
 *   head01  unexplained       wide: last 12 tokens 49 %, first 3.4 %  0.026 nats
 *   head02  unexplained       wide: last 12 tokens 22 %, first 17 %   0.092 nats
 *   head03  unexplained       wide: last 12 tokens 35 %, first 3.5 %  0.014 nats
 *   mlp01   in part replaced  511 of 512 neurons left                 0.24 nats
 */
export const block01: Block = {
  attention: {
    norm: { epsilon: 1e-5 },
    heads: [head00, head01, head02, head03],
    bias: W.block01.attentionBias,
  },
  mlp: mlp01,
};
