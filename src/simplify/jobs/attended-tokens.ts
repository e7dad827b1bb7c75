import { instantiateHead, type Job } from "../../engine/index.ts";
import type { HeadChange } from "../../profile/index.ts";
import {
  attentionPattern,
  columnsOf,
  read,
  rowsOf,
  startReading,
  type Machine,
  type Tensor,
} from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What is asked of the heads of a block. */
export interface AttendedTokensItem {
  readonly documents: readonly TokenDocument[];
  /** Heads of one block that look by rules, moving what they move so far. */
  readonly heads: readonly HeadChange[];
  /** Whether products of two tokens are wanted; otherwise only those of each with itself. */
  readonly pairs: boolean;
}

/** Sums over all places, for one head; see TokenSums for the rows. */
export interface AttendedTokens {
  /** Of the values that are moved in all (columns), and over how many places. */
  readonly moved: Float64Array;
  readonly places: number;
  /** How much attention each row gets by the rules (rows). */
  readonly weights: Float64Array;
  /** Products of the attention that two rows get at one place: (rows, rows), or (rows) without pairs. */
  readonly products: Float64Array;
  /** The attention that a row gets times what the head moves there: (rows, columns). */
  readonly written: Float64Array;
}

/**
 * What heads move, beside how much attention rules in their place give to each token. Without pairs, what each token itself
 * has to be moved counts instead of what is moved in all: the sums are then those of means by token.
 */
const attendedTokens: Job<unknown, AttendedTokensItem, AttendedTokens[]> = (
  { program },
  { documents, heads, pairs },
) => {
  const { machine, model, program: nodes, place } = program("program");
  const rows = nodes.vocabulary + 1;
  const all = heads.map(({ block, head, replacement }) => {
    const moves = model.blocks[block]?.attention.heads[head]?.moves;
    const columns = moves?.kind === "dense" ? columnsOf(moves.value) : 0;
    return {
      ...{ block, head },
      looks: instantiateHead(replacement, place, nodes.tokenClasses).looks,
      sums: {
        moved: new Float64Array(columns),
        places: 0,
        weights: new Float64Array(rows),
        products: new Float64Array(pairs ? rows * rows : rows),
        written: new Float64Array(rows * columns),
      },
    };
  });
  for (const { tokens, position } of documents) {
    machine.scope(() => {
      const reading = startReading(machine, model, tokens.length, position);
      read(machine, model, reading, tokens, {
        pattern: (block, head, pattern) => {
          const own = all.find((each) => each.block === block && each.head === head);
          const values = reading.heads[block]?.[head]?.values;
          if (!own || !values) return;
          machine.scope(() => {
            // Rules do not read the stream.
            const input = machine.allocate(tokens.length, 1);
            const shares = attentionPattern(machine, own.looks, input, { tokens, past: 0 });
            const moved = pairs ? product(machine, pattern, values) : values;
            add(own.sums, tokens, machine.values(shares), machine.values(moved));
          });
        },
      });
    });
  }
  return all.map(({ sums }) => sums);
};

export default attendedTokens;

function product(machine: Machine, pattern: Tensor, values: Tensor): Tensor {
  const moved = machine.allocate(rowsOf(pattern), columnsOf(values));
  machine.matmul(pattern, values, moved);
  return moved;
}

/** Less attention than that counts as none. */
const NEGLIGIBLE = 1e-6;

/**
 * Adds the places of one document.
 *
 * @param shares attention by the rules (time, time)
 * @param moved what the head moves in all at each place, or, without pairs, from each place: (time, columns)
 */
function add(
  sums: { places: number } & Omit<AttendedTokens, "places">,
  tokens: readonly number[],
  shares: Float32Array,
  moved: Float32Array,
): void {
  const { weights, products, written } = sums;
  const [time, rows, columns] = [tokens.length, weights.length, sums.moved.length];
  const pairs = products.length > rows;
  const first = rows - 1;
  const attention = new Float64Array(rows);
  for (let query = 0; query < time; query++) {
    sums.places++;
    const seen: number[] = [];
    for (let key = 0; key <= query; key++) {
      const share = shares[query * time + key] as number;
      if (share < NEGLIGIBLE) continue;
      if (!pairs) {
        const row = key === 0 ? first : (tokens[key] as number);
        addTo(weights, row, share);
        addTo(products, row, share);
        addRow(written, row, share, moved, key, columns);
        addRow(sums.moved, 0, share, moved, key, columns);
        continue;
      }
      for (const row of key === 0 ? [tokens[key] as number, first] : [tokens[key] as number]) {
        if (attention[row] === 0) seen.push(row);
        addTo(attention, row, share);
      }
    }
    for (const [index, row] of seen.entries()) {
      const share = attention[row] as number;
      addTo(weights, row, share);
      addRow(written, row, share, moved, query, columns);
      for (let other = 0; other <= index; other++) {
        const one = seen[other] as number;
        const both = share * (attention[one] as number);
        addTo(products, row * rows + one, both);
        if (one !== row) addTo(products, one * rows + row, both);
      }
    }
    for (const row of seen) attention[row] = 0;
    if (pairs) addRow(sums.moved, 0, 1, moved, query, columns);
  }
}

function addTo(into: Float64Array, at: number, value: number): void {
  into[at] = (into[at] as number) + value;
}

/** Adds a row of one matrix, times a factor, to a row of another; both have so many columns. */
function addRow(
  into: Float64Array,
  row: number,
  factor: number,
  from: Float32Array,
  fromRow: number,
  columns: number,
): void {
  for (let column = 0; column < columns; column++) {
    const at = row * columns + column;
    into[at] = (into[at] as number) + factor * (from[fromRow * columns + column] as number);
  }
}
