import type { Block } from "../runtime/index.ts";
import { W } from "../weights.ts";
import { head00 } from "./head-00.ts";
import { head01 } from "./head-01.ts";
import { head02 } from "./head-02.ts";
import { head03 } from "./head-03.ts";
import { mlp03 } from "./mlp.ts";

/**
 * Block 3: all 4 heads and all 512 neurons are unexplained. What was replaced costs less than 0.000001 nats.
 *
 * Each part: what it is, where a head attends, and what the part's mean everywhere would cost.
 *
 *   head00  unexplained  wide: last 12 tokens 18 %, first 20 %   0.11 nats
 *   head01  unexplained  last 12 tokens 82 %                     0.043 nats
 *   head02  unexplained  wide: last 12 tokens 43 %, first 4.5 %  0.040 nats
 *   head03  unexplained  last 12 tokens 60 %                     0.022 nats
 *   mlp03   unexplained                                          0.30 nats
 */
export const block03: Block = {
  attention: {
    norm: { epsilon: 1e-5 },
    heads: [head00, head01, head02, head03],
    bias: W.block03.attentionBias,
  },
  mlp: mlp03,
};
