import { instantiateHead, type HeadStep, type LoadedProgram } from "../engine/index.ts";
import type { HeadNode } from "../ir/index.ts";
import { headOutput, type Head } from "../runtime/index.ts";

/** Another head in place of one. */
export interface HeadChange {
  readonly block: number;
  readonly head: number;
  /** Its tensors are in the program's store. */
  readonly replacement: HeadNode;
  /** What joins the attention's bias with it (width). */
  readonly bias?: Float32Array;
}

/** Prices of replaced heads: half the squared product of gradient and change, summed over the sequence first. */
export class ChangePrices {
  /** Sums over documents and draws of predicted KL in nats, in the order of the changes. */
  readonly sums: Float64Array;
  readonly #loaded: LoadedProgram;
  readonly #changes: readonly (HeadChange & { readonly part: Head })[];

  constructor(loaded: LoadedProgram, changes: readonly HeadChange[]) {
    this.#loaded = loaded;
    this.#changes = changes.map((change) => ({
      ...change,
      part: instantiateHead(change.replacement, loaded.place, loaded.program.tokenClasses),
    }));
    this.sums = new Float64Array(changes.length);
  }

  /** Takes one head's step of a document's backward pass. */
  head(step: HeadStep): void {
    this.#changes.forEach(({ block, head, part, bias }, index) => {
      if (block !== step.block || head !== step.head) return;
      const product = this.#product(step, part, bias);
      this.sums[index] = (this.sums[index] as number) + (product * product) / 2;
    });
  }

  /** Of gradient and change, summed over the sequence. */
  #product({ tokens, input, output, gradient }: HeadStep, part: Head, bias: Float32Array | undefined): number {
    const { machine } = this.#loaded;
    return machine.scope(() => {
      const changed = machine.values(headOutput(machine, part, input, { tokens, past: 0 }));
      const [before, slopes] = [machine.values(output), machine.values(gradient)];
      let product = 0;
      for (let index = 0; index < before.length; index++) {
        const constant = bias?.[index % bias.length] ?? 0;
        product += ((changed[index] as number) + constant - (before[index] as number)) * (slopes[index] as number);
      }
      return product;
    });
  }
}
