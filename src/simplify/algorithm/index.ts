/** Small models, written down whole: averages that heads take, and scores that follow from them. */
export { recognise, RECOGNISE, type Recognised, type RecogniseInput } from "./recognise.ts";
