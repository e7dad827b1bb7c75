import { instantiateHead, type HeadStep, type LoadedProgram } from "../engine/index.ts";
import type { HeadNode } from "../ir/index.ts";
import { headOutput, type Head } from "../runtime/index.ts";

/** Another head in place of one. */
export interface HeadChange {
  readonly block: number;
  readonly head: number;
  /** Its tensors are in the program's store. */
  readonly replacement: HeadNode;
}

/** Sums over documents, in the order of the changes. */
export interface ChangeSums {
  /** Predicted KL in nats. */
  readonly price: Float64Array;
  /** Squared distance of the new output from the old one. */
  readonly error: Float64Array;
}

/** Prices of replaced heads: half the squared product of gradient and change, summed over the sequence first. */
export class ChangePrices {
  readonly sums: ChangeSums;
  readonly #loaded: LoadedProgram;
  readonly #changes: readonly (HeadChange & { readonly part: Head })[];

  constructor(loaded: LoadedProgram, changes: readonly HeadChange[]) {
    this.#loaded = loaded;
    this.#changes = changes.map((change) => ({ ...change, part: instantiateHead(change.replacement, loaded.place) }));
    this.sums = { price: new Float64Array(changes.length), error: new Float64Array(changes.length) };
  }

  /** Takes one head's step of a document's backward pass. */
  head(step: HeadStep): void {
    const { price, error } = this.sums;
    this.#changes.forEach(({ block, head, part }, index) => {
      if (block !== step.block || head !== step.head) return;
      const { product, distance } = this.#compare(step, part);
      price[index] = (price[index] as number) + (product * product) / 2;
      error[index] = (error[index] as number) + distance;
    });
  }

  #compare({ input, output, gradient }: HeadStep, part: Head): { product: number; distance: number } {
    const { machine } = this.#loaded;
    return machine.scope(() => {
      const forgetful = { keys: undefined, values: undefined };
      const changed = machine.values(headOutput(machine, part, input, forgetful, 0, () => {}));
      const [before, slopes] = [machine.values(output), machine.values(gradient)];
      let product = 0;
      let distance = 0;
      for (let index = 0; index < before.length; index++) {
        const change = (changed[index] as number) - (before[index] as number);
        product += change * (slopes[index] as number);
        distance += change * change;
      }
      return { product, distance };
    });
  }
}
