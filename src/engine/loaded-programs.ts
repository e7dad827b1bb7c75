import { instantiate, placing } from "./instantiate.ts";
import type { LoadedProgram } from "./job.ts";
import { createWasmMachine } from "./machine.ts";
import { receiveProgram, type SharedProgram } from "./shared-program.ts";

/** Most Programs that a worker keeps between jobs: the original and the latest candidate. */
const KEPT = 2;

interface Slot {
  readonly key: number;
  readonly loaded: LoadedProgram;
}

/** The Programs that one worker has in its machines' memory. Machines are used again, so that memory stays bounded. */
export class LoadedPrograms {
  /** Least recently used first. */
  #slots: Slot[] = [];

  /** Loads what is not loaded yet, in place of what was used longest ago. */
  load(programs: Readonly<Record<string, SharedProgram>>): ReadonlyMap<string, LoadedProgram> {
    const needed = new Set(Object.values(programs).map(({ key }) => key));
    const named = Object.entries(programs).map(([name, shared]): [string, LoadedProgram] => {
      const slot = this.#take(shared.key) ?? this.#fill(shared, needed);
      this.#slots.push(slot);
      return [name, slot.loaded];
    });
    return new Map(named);
  }

  /** Takes a loaded Program out of the list. */
  #take(key: number): Slot | undefined {
    const slot = this.#slots.find((candidate) => candidate.key === key);
    this.#slots = this.#slots.filter((candidate) => candidate !== slot);
    return slot;
  }

  #fill(shared: SharedProgram, needed: ReadonlySet<number>): Slot {
    const unneeded = this.#slots.length < KEPT ? undefined : this.#slots.find(({ key }) => !needed.has(key));
    this.#slots = this.#slots.filter((slot) => slot !== unneeded);
    const machine = unneeded?.loaded.machine ?? createWasmMachine();
    if (unneeded) machine.release();
    machine.hold();
    const program = receiveProgram(shared);
    const place = placing(machine, program.tensors);
    return { key: shared.key, loaded: { program, machine, model: instantiate(machine, program, place), place } };
  }
}
