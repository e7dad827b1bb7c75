import { addRuleGradient, ParameterGradients, type Job, type LoadedProgram } from "../../engine/index.ts";
import type { ParameterLayout } from "../../ir/index.ts";
import { attentionPattern, read, rowsOf, startReading, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What all lanes have in common. The job needs programs named "taught" and "ruled": the second one's heads look by rules. */
export interface FitAttentionOptions {
  /** The numbers of the rules. */
  readonly layout: ParameterLayout;
}

/** Documents that are read one after the other; the sum of their gradients goes to `gradient`, in shared memory. */
export interface AttentionLane {
  readonly documents: readonly TokenDocument[];
  /** (layout's length) */
  readonly gradient: Float32Array;
}

/** Sums over the queries of a lane. */
export interface AttentionFit {
  /** Cross-entropy of all ruled heads' attention with what they are taught, in nats. */
  readonly loss: number;
  readonly queries: number;
}

/** The gradient of the cross-entropy between the attention of heads and that of the rules in their place. */
const fitAttention: Job<FitAttentionOptions, AttentionLane, AttentionFit> = ({ program, options }, lane) => {
  const [taught, ruled] = [program("taught"), program("ruled")];
  return ruled.machine.scope(() => {
    const gradients = new ParameterGradients(ruled, options.layout);
    let [loss, queries] = [0, 0];
    for (const { tokens, position } of lane.documents) {
      taught.machine.scope(() =>
        read(
          taught.machine,
          taught.model,
          startReading(taught.machine, taught.model, tokens.length, position),
          tokens,
          {
            pattern: (block, head, pattern) => {
              loss += addHead(taught, ruled, { block, head }, tokens, pattern, gradients);
            },
          },
        ),
      );
      queries += tokens.length;
    }
    gradients.writeTo(lane.gradient);
    return { loss, queries };
  });
};

export default fitAttention;

function addHead(
  taught: LoadedProgram,
  { machine, model }: LoadedProgram,
  { block, head }: { readonly block: number; readonly head: number },
  tokens: readonly number[],
  pattern: Tensor,
  gradients: ParameterGradients,
): number {
  const looks = model.blocks[block]?.attention.heads[head]?.looks ?? [];
  if (looks.length === 0 || looks.some(({ kind }) => kind === "dense")) return 0;
  return machine.scope(() => {
    const input = machine.allocate(rowsOf(pattern), 1); // rules do not read it
    const shares = attentionPattern(machine, looks, input, { tokens, past: 0 });
    const [wanted, has] = [taught.machine.values(pattern), machine.values(shares)];
    let loss = 0;
    for (let index = 0; index < has.length; index++) {
      const share = wanted[index] as number;
      if (share > 0) loss -= share * Math.log(Math.max(has[index] as number, Number.MIN_VALUE));
      has[index] = (has[index] as number) - share; // the gradient at the scores
    }
    looks.forEach((look, index) => {
      if (look.kind !== "dense")
        addRuleGradient(machine, look, { block, head, look: index }, tokens, shares, gradients);
    });
    return loss;
  });
}
