import type { Tensor } from "../runtime/index.ts";

/** Weights of block 1, each read by its name in weights/model.safetensors. */
export const block01 = (tensor: (name: string) => Tensor) => ({
  head00: {
    look: {
      query: tensor("block01.head00.query"), // (128, 10)
      queryBias: tensor("block01.head00.queryBias"), // (10)
      key: tensor("block01.head00.key"), // (128, 10)
    },
    move: {
      value: tensor("block01.head00.value"), // (128, 30)
      output: tensor("block01.head00.output"), // (30, 128)
    },
  },
  head01: {
    look: {
      query: tensor("block01.head01.query"), // (128, 16)
      queryBias: tensor("block01.head01.queryBias"), // (16)
      key: tensor("block01.head01.key"), // (128, 16)
    },
    move: {
      value: tensor("block01.head01.value"), // (128, 27)
      output: tensor("block01.head01.output"), // (27, 128)
    },
  },
  head02: {
    look: {
      query: tensor("block01.head02.query"), // (128, 18)
      queryBias: tensor("block01.head02.queryBias"), // (18)
      key: tensor("block01.head02.key"), // (128, 18)
    },
    move: {
      value: tensor("block01.head02.value"), // (128, 23)
      output: tensor("block01.head02.output"), // (23, 128)
    },
  },
  head03: {
    look: {
      query: tensor("block01.head03.query"), // (128, 11)
      queryBias: tensor("block01.head03.queryBias"), // (11)
      key: tensor("block01.head03.key"), // (128, 11)
    },
    move: {
      value: tensor("block01.head03.value"), // (128, 30)
      output: tensor("block01.head03.output"), // (30, 128)
    },
  },
  attentionBias: tensor("block01.attention.bias"), // (128)
  mlp: {
    constant: tensor("block01.mlp.bias"), // (128)
    neurons: {
      input: tensor("block01.mlp.input"), // (128, 511)
      bias: tensor("block01.mlp.inputBias"), // (511)
      output: tensor("block01.mlp.output"), // (511, 128)
    },
  },
});
