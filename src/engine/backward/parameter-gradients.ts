import { handlesOf, isRule, numbersOfRule, type ParameterLayout } from "../../ir/index.ts";
import { columnsOf, type Machine, type Tensor } from "../../runtime/index.ts";
import type { LoadedProgram } from "../job.ts";
import { knotGradient } from "./ends.ts";
import { zeros } from "./products.ts";
import type { ParameterSink } from "./sink.ts";

/** The gradients of a layout's numbers, added up in a machine's memory; its creator owns that memory (see Machine.scope). */
export class ParameterGradients implements ParameterSink {
  readonly #machine: Machine;
  readonly #layout: ParameterLayout;
  readonly #knots: readonly number[] | undefined;
  /** By the model's tensor. */
  readonly #tensors = new Map<Tensor, Tensor>();
  /** By id of the parameter. */
  readonly #byId = new Map<string, Tensor | Float64Array>();
  readonly #rules = new Map<string, Float64Array>();
  readonly #positions: string;

  /** All zeros. */
  constructor({ machine, model, program, place }: LoadedProgram, layout: ParameterLayout) {
    this.#machine = machine;
    this.#layout = layout;
    this.#knots = program.embed.knots;
    this.#positions = program.embed.positions.name;
    const wanted = new Set(layout.parameters.map(({ id }) => id));
    for (const handle of handlesOf(program)) {
      if (!wanted.has(handle.name)) continue;
      // Positions between knots are computed: their gradient is gathered by position, then brought to the knots.
      const own = handle.name === this.#positions ? model.embed.positions : place(handle);
      const gradient = zeros(machine, own.shape);
      this.#tensors.set(own, gradient);
      this.#byId.set(handle.name, gradient);
    }
    program.blocks.forEach(({ attention }, block) =>
      attention.heads.forEach(({ looks }, head) =>
        looks.forEach((node, look) => {
          if (!isRule(node) || !wanted.has(node.id)) return;
          const gradient = new Float64Array(numbersOfRule(node).length);
          this.#rules.set(placeKey(block, head, look), gradient);
          this.#byId.set(node.id, gradient);
        }),
      ),
    );
  }

  tensor(of: Tensor | undefined): Tensor | undefined {
    return of && this.#tensors.get(of);
  }

  rule(block: number, head: number, look: number): Float64Array | undefined {
    return this.#rules.get(placeKey(block, head, look));
  }

  /** Writes all gradients to a vector of the layout. */
  writeTo(vector: Float32Array): void {
    for (const { id, offset } of this.#layout.parameters) {
      const gradient = this.#byId.get(id);
      if (!gradient) throw new Error(`The program has no parameter ${id}.`);
      if (gradient instanceof Float64Array) vector.set(gradient, offset);
      else vector.set(this.#values(id, gradient), offset);
    }
  }

  #values(id: string, gradient: Tensor): ArrayLike<number> {
    const values = this.#machine.values(gradient);
    return id === this.#positions && this.#knots ? knotGradient(this.#knots, values, columnsOf(gradient)) : values;
  }
}

const placeKey = (block: number, head: number, look: number): string => `${block}.${head}.${look}`;
