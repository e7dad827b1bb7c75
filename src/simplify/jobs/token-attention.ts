import { type Job } from "../../engine/index.ts";
import { columnsOf, denseLookOf, normed, read, startReading, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** Sums over the places of each token, for heads that look by weights. */
export interface TokenAttention {
  /** How often each token is read (vocabulary). */
  readonly counts: Int32Array;
  /** By id of the head: sums of its queries, and of its keys, where a token is read (vocabulary, columns). */
  readonly queries: ReadonlyMap<string, Float32Array>;
  readonly keys: ReadonlyMap<string, Float32Array>;
}

/** What each token asks for, and what it offers, in every head that looks by weights. */
const tokenAttention: Job<undefined, readonly TokenDocument[], TokenAttention> = ({ program }, documents) => {
  const { machine, model, program: nodes } = program("program");
  const { vocabulary } = nodes;
  const counts = new Int32Array(vocabulary);
  const [queries, keys] = [new Map<string, Float32Array>(), new Map<string, Float32Array>()];
  const add = (sums: Map<string, Float32Array>, site: string, rows: Tensor, tokens: readonly number[]): void => {
    const columns = columnsOf(rows);
    const into = sums.get(site) ?? new Float32Array(vocabulary * columns);
    sums.set(site, into);
    const values = machine.values(rows);
    tokens.forEach((token, time) => {
      for (let column = 0; column < columns; column++) {
        const at = token * columns + column;
        into[at] = (into[at] as number) + (values[time * columns + column] as number);
      }
    });
  };
  for (const { tokens, position } of documents) {
    for (const token of tokens) counts[token] = (counts[token] as number) + 1;
    machine.scope(() =>
      read(machine, model, startReading(machine, model, tokens.length, position), tokens, {
        stream: (block, before, stream) => {
          const attention = model.blocks[block]?.attention;
          if (before !== "attention" || !attention) return;
          machine.scope(() => {
            const input = normed(machine, attention.norm, stream);
            attention.heads.forEach((head, index) => {
              const look = denseLookOf(head.looks);
              const site = nodes.blocks[block]?.attention.heads[index]?.id ?? "";
              if (!look) return;
              const projected = (weights: Tensor): Tensor => {
                const out = machine.allocate(tokens.length, columnsOf(weights));
                machine.matmul(input, weights, out);
                return out;
              };
              machine.scope(() => {
                const asked = projected(look.query);
                machine.addRow(asked, look.queryBias);
                add(queries, site, asked, tokens);
                add(keys, site, projected(look.key), tokens);
              });
            });
          });
        },
      }),
    );
  }
  return { counts, queries, keys };
};

export default tokenAttention;
