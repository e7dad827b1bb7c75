import { constant, neurons, type Mlp } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Of 512 neurons, 1 is held at the activation that costs least, which is part of the constant; the other 511 are
 * unexplained. Replaces 256 weights. Costs about 0.00014 nats. A table by the current token alone would explain
 * 30 % of what it writes on held-out text. The mean of the whole MLP everywhere would cost about 0.27 nats.
 *
 * Neurons of the original that fire most on one token, and what their output weights raise and lower:
 *
 *   neuron 134   but also from off-road\ndiesel-powered« »vehicles.
 *                al at\nThat I've been talking about\nKay« »--\nThat do
 *                  raises "Q", "V", "ident", "<"; lowers "b", "r", "in", "al"
 *                  the token alone foresees 88 % of its activation on held-out text
 *   neuron 137   .  The\nprogram that incorporates mail «th»inks that the "
 *                eg, you might have known better than that, one would «th»ink. Didn
 *                  raises "ings", "ough", "ing", "row"; lowers "ol", "ase", "ult", " d"
 *                  the token alone foresees 68 % of its activation on held-out text
 *   neuron 182   File*\u002f\n        sourceFile,\n        getTrailing«S»emicolonDe
 *                ourceNewlines: () => ignore«S»ourceNewl
 *                  raises "ing", "ource", "p", "ub"; lowers "ish", "get", "==", "ge"
 *                  the token alone foresees 65 % of its activation on held-out text
 *   neuron 286   mentalists welcomed the study as clear «e»vidence that pol
 *                also, SMS\ndidn't take off because its «e»asy, it to
 *                  raises "very", "vent", "ments", "ning"; lowers "ie", "low", "able", "ip"
 *                  the token alone foresees 68 % of its activation on held-out text
 *   neuron 437   forecastle scuttle, rather too much «d»iluted and p
 *                rench fried "George W. Bush is «d»umb"\nst
 *                  raises "ays", "ial", "ri", "et"; lowers "ct", "vern", " that", "tern"
 *                  the token alone foresees 86 % of its activation on held-out text
 *   neuron 466   or is using name '{1}' from private «m»odule '{2
 *                an areas diesel exhausts account for\nas «m»uch as a quar
 *                  raises "one", "ater", "uch", "et"; lowers "ted", "f", "red", "fe"
 *                  the token alone foresees 85 % of its activation on held-out text
 */
export const mlp02: Mlp = {
  norm: { epsilon: 1e-5 },
  parts: [constant(W.block02.mlp.constant), neurons({ ...W.block02.mlp.neurons, activation: "gelu_new" })],
};
