import type { Tensor } from "../../runtime/index.ts";

/** Where a backward pass adds up the gradient with respect to a model's own numbers. */
export interface ParameterSink {
  /** Room of the shape of one of the model's tensors, to which its gradient is added; undefined where nobody wants it. */
  tensor(of: Tensor | undefined): Tensor | undefined;
  /** The same for the scores in the rule of a head's look, in the rule's order. */
  rule(block: number, head: number, look: number): Float64Array | undefined;
}
