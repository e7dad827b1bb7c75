import { constant, neurons, type Mlp } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Of 512 neurons, 1 is held at the activation that costs least, which is part of the constant; the other 511 are
 * unexplained. Replaces 256 weights. Costs about 0.00013 nats. A table by the current token alone would explain
 * 44 % of what it writes on held-out text. The mean of the whole MLP everywhere would cost about 0.24 nats.
 *
 * Neurons of the original that fire most on one token, and what their output weights raise and lower:
 *
 *   neuron 46    ionate and decent and mighty nation, and we'«re» going to hun
 *                ner. And as we mark this occasion, we'«re» also mindful of
 *                  raises "land", "als", "as", "a"; lowers "wn", "ular", "ious", "/"
 *                  the token alone foresees 84 % of its activation on held-out text
 *   neuron 51    pecific in our affirmative action. Let them be «s»pecific in their ne
 *                including this woman who lost her hearing and her «s»ight at age 1
 *                  raises "k", "pecial", "ent", "ke"; lowers "ode", "are", "ase", " country"
 *                  the token alone foresees 96 % of its activation on held-out text
 *   neuron 61    ingDeclaration);\n      printer.writeNode(\n        4 «/*» Unspecified
 *                return;\n        }\n      // falls through\n      case 269 «/*» ModuleBl
 *                  raises "so", "ise", "ition", "rop"; lowers " that", "il", " b", "ile"
 *                  the token alone foresees 79 % of its activation on held-out text
 *   neuron 289   parer(parentComponents[i]«,» childComp
 *                = serializeIndexSignatures(classType«,» baseTyp
 *                  raises "x", "000", "us", "6"; lowers ".", ",", "?", "ren"
 *                  the token alone foresees 91 % of its activation on held-out text
 *   neuron 383   ocate files with similar names or file «re»visions, any
 *                Various veteran bodies will present to you «re»commendations which
 *                  raises "ce", "port", "qu", "pe"; lowers "one", "rit", " gen", "ms"
 *                  the token alone foresees 87 % of its activation on held-out text
 *   neuron 465   portAssignment) return;\n    const exportSymbol = «c»hecker.get
 *                ried Stubb; "if I had but one leg you would not «c»atch me in a
 *                  raises "e", "ty", "t", "ab"; lowers "ical", "ons", "ar", "one"
 *                  the token alone foresees 78 % of its activation on held-out text
 */
export const mlp01: Mlp = {
  norm: { epsilon: 1e-5 },
  parts: [constant(W.block01.mlp.constant), neurons({ ...W.block01.mlp.neurons, activation: "gelu_new" })],
};
