export { recogniseRecent } from "./recognise.ts";
