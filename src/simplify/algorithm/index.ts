/** Small models, written down whole: averages that heads take, and scores that follow from them. */
export type { Attended, Relation } from "./attended.ts";
export { recognise } from "./recognise.ts";
export { averagesIn, averagesInWorth } from "./written.ts";
export { RECOGNISE, type Recognised, type RecogniseInput } from "./recognised.ts";
