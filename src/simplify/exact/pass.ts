import { handlesOf, type Program } from "../../ir/index.ts";

/** A pass that leaves every logit where it was and makes the program say less, or say it plainer. */
export interface ExactPass {
  readonly name: string;
  /** The simpler program; the very same object where there is nothing to do. */
  apply(program: Program): Program;
  /** One sentence for the ledger: what the pass removed, with counts. */
  removed(before: Program, after: Program): string;
}

/** "8 heads", "1 head", "1,024 tokens" */
export function counted(count: number, thing: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} ${thing}${count === 1 ? "" : "s"}`;
}

/** How many numbers fewer the program reads than before: "which removes 1,024 numbers". */
export function fewerNumbers(before: Program, after: Program): string {
  const difference = numbersIn(before) - numbersIn(after);
  return difference >= 0
    ? `which removes ${counted(difference, "number")}`
    : `which adds ${counted(-difference, "number")}`;
}

const numbersIn = (program: Program): number =>
  handlesOf(program).reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
