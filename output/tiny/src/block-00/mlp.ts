import { constant, neurons, type Mlp } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained: 512 neurons on opaque weights, and their output bias as a constant. A table by the current token
 * alone would explain 72 % of what it writes on held-out text. The mean of the whole MLP everywhere would cost
 * about 0.54 nats.
 *
 * Neurons of the original that fire most on one token, and what their output weights raise and lower:
 *
 *   neuron 54    ment. Our decision to stand firm has been «m»atched by our
 *                a spreading tree, perhaps in some damp «m»arshy place
 *                  raises "ull", "oug", "ight", "ig"; lowers " of", " f", " and", "ph"
 *                  the token alone foresees 98 % of its activation on held-out text
 *   neuron 254   ourceFile,\n        getTrailingSemicolonDe«f»erringWrit
 *                ing natively: 'UseFsEvents' (de«f»ault), 'F
 *                  raises "lic", "ly", "low", "ound"; lowers "im", "ion", "ur", "pp"
 *                  the token alone foresees 91 % of its activation on held-out text
 *   neuron 336   es from curbing entitlement benefits and «in»creasing reven
 *                do with the railroads, in the interest of the public and «in» fairness to their
 *                  raises "k", "ce", " f", "n"; lowers "rit", "ood", "reat", "ness"
 *                  the token alone foresees 93 % of its activation on held-out text
 *   neuron 431   2002/09/25#medicalNotes«\n»Date: Wed
 *                Sultan became the first Arab astronaut«\n»Life is like a
 *                  raises "ru", "re", "\"", "all"; lowers "ning", "pect", "ite", "="
 *                  the token alone foresees 98 % of its activation on held-out text
 *   neuron 441   different from 90 degrees\nbevel gear«:» gears that m
 *                fAnyCharCode,\n  indexOfNode«:» () => ind
 *                  raises "1", "4", " the", " war"; lowers "ace", "hy", "meric", "ang"
 *                  the token alone foresees 93 % of its activation on held-out text
 *   neuron 503   node.parent.kind === 324 /* JS«D»ocSignature
 *                nownType *\u002f || kind === 315 /* JS«D»ocNullableType
 *                  raises "ress", "uring", " year", "ical"; lowers "ther", "ord", "ble", "t"
 *                  the token alone foresees 90 % of its activation on held-out text
 */
export const mlp00: Mlp = {
  norm: { epsilon: 1e-5 },
  parts: [constant(W.block00.mlp.constant), neurons({ ...W.block00.mlp.neurons, activation: "gelu_new" })],
};
