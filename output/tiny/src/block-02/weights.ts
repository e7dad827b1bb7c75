import type { Tensor } from "../runtime/index.ts";

/** Weights of block 2, each read by its name in weights/model.safetensors. */
export const block02 = (tensor: (name: string) => Tensor) => ({
  head00: {
    look: {
      query: tensor("block02.head00.query"), // (128, 31)
      queryBias: tensor("block02.head00.queryBias"), // (31)
      key: tensor("block02.head00.key"), // (128, 31)
    },
    move: {
      value: tensor("block02.head00.value"), // (128, 32)
      output: tensor("block02.head00.output"), // (32, 128)
    },
  },
  head01: {
    look: {
      query: tensor("block02.head01.query"), // (128, 31)
      queryBias: tensor("block02.head01.queryBias"), // (31)
      key: tensor("block02.head01.key"), // (128, 31)
    },
    move: {
      value: tensor("block02.head01.value"), // (128, 32)
      output: tensor("block02.head01.output"), // (32, 128)
    },
  },
  head02: {
    look: {
      query: tensor("block02.head02.query"), // (128, 32)
      queryBias: tensor("block02.head02.queryBias"), // (32)
      key: tensor("block02.head02.key"), // (128, 32)
    },
    move: {
      value: tensor("block02.head02.value"), // (128, 32)
      output: tensor("block02.head02.output"), // (32, 128)
    },
  },
  head03: {
    look: {
      query: tensor("block02.head03.query"), // (128, 27)
      queryBias: tensor("block02.head03.queryBias"), // (27)
      key: tensor("block02.head03.key"), // (128, 27)
    },
    move: {
      value: tensor("block02.head03.value"), // (128, 32)
      output: tensor("block02.head03.output"), // (32, 128)
    },
  },
  attentionBias: tensor("block02.attention.bias"), // (128)
  mlp: {
    constant: tensor("block02.mlp.bias"), // (128)
    neurons: {
      input: tensor("block02.mlp.input"), // (128, 511)
      bias: tensor("block02.mlp.inputBias"), // (511)
      output: tensor("block02.mlp.output"), // (511, 128)
    },
  },
});
