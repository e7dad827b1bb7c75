import type { Job } from "../../engine/index.ts";
import { tablesOf, type TokenSums, type WholeTable } from "../fit/short-tables.ts";

/** Tables of one head or MLP. */
const shortTables: Job<undefined, TokenSums, WholeTable[]> = (_context, sums) => tablesOf(sums);

export default shortTables;
