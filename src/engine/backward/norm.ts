import { columnsOf, type Machine, type Norm, type Tensor } from "../../runtime/index.ts";
import { addNormGradient } from "../derivatives.ts";
import { addRowSum } from "./products.ts";
import type { ParameterSink } from "./sink.ts";

/** Adds to the stream's gradient what comes back through a layer norm that read the stream: (time, width), all of them. */
export function throughNorm(
  machine: Machine,
  norm: Norm,
  stream: Tensor,
  atNormed: Tensor,
  gradient: Tensor,
  sink: ParameterSink | undefined,
): void {
  addRowSum(machine, sink?.tensor(norm.bias), atNormed);
  const atGain = sink?.tensor(norm.gain);
  addNormGradient(
    machine.values(gradient),
    machine.values(stream),
    machine.values(atNormed),
    columnsOf(stream),
    norm.epsilon,
    norm.gain && machine.values(norm.gain),
    atGain && machine.values(atGain),
  );
}
