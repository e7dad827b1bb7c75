import type { Tensor } from "../runtime/index.ts";

/** Weights of block 0, each read by its name in weights/model.safetensors. */
export const block00 = (tensor: (name: string) => Tensor) => ({
  head00: {
    look: {
      query: tensor("block00.head00.query"), // (128, 11)
      queryBias: tensor("block00.head00.queryBias"), // (11)
      key: tensor("block00.head00.key"), // (128, 11)
    },
    move: {
      value: tensor("block00.head00.value"), // (128, 31)
      output: tensor("block00.head00.output"), // (31, 128)
    },
  },
  head01: {
    look: {
      query: tensor("block00.head01.query"), // (128, 10)
      queryBias: tensor("block00.head01.queryBias"), // (10)
      key: tensor("block00.head01.key"), // (128, 10)
    },
    move: {
      value: tensor("block00.head01.value"), // (128, 31)
      output: tensor("block00.head01.output"), // (31, 128)
    },
  },
  head02: {
    look: {
      query: tensor("block00.head02.query"), // (128, 13)
      queryBias: tensor("block00.head02.queryBias"), // (13)
      key: tensor("block00.head02.key"), // (128, 13)
    },
    move: {
      value: tensor("block00.head02.value"), // (128, 32)
      output: tensor("block00.head02.output"), // (32, 128)
    },
  },
  head03: {
    look: {
      query: tensor("block00.head03.query"), // (128, 30)
      queryBias: tensor("block00.head03.queryBias"), // (30)
      key: tensor("block00.head03.key"), // (128, 30)
    },
    move: {
      value: tensor("block00.head03.value"), // (128, 32)
      output: tensor("block00.head03.output"), // (32, 128)
    },
  },
  attentionBias: tensor("block00.attention.bias"), // (128)
  mlp: {
    constant: tensor("block00.mlp.bias"), // (128)
    neurons: {
      input: tensor("block00.mlp.input"), // (128, 512)
      bias: tensor("block00.mlp.inputBias"), // (512)
      output: tensor("block00.mlp.output"), // (512, 128)
    },
  },
});
