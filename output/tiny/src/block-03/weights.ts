import type { Tensor } from "../runtime/index.ts";

/** Weights of block 3, each read by its name in weights/model.safetensors. */
export const block03 = (tensor: (name: string) => Tensor) => ({
  head00: {
    look: {
      query: tensor("block03.head00.query"), // (128, 32)
      queryBias: tensor("block03.head00.queryBias"), // (32)
      key: tensor("block03.head00.key"), // (128, 32)
    },
    move: {
      value: tensor("block03.head00.value"), // (128, 32)
      output: tensor("block03.head00.output"), // (32, 128)
    },
  },
  head01: {
    look: {
      query: tensor("block03.head01.query"), // (128, 32)
      queryBias: tensor("block03.head01.queryBias"), // (32)
      key: tensor("block03.head01.key"), // (128, 32)
    },
    move: {
      value: tensor("block03.head01.value"), // (128, 32)
      output: tensor("block03.head01.output"), // (32, 128)
    },
  },
  head02: {
    look: {
      query: tensor("block03.head02.query"), // (128, 30)
      queryBias: tensor("block03.head02.queryBias"), // (30)
      key: tensor("block03.head02.key"), // (128, 30)
    },
    move: {
      value: tensor("block03.head02.value"), // (128, 32)
      output: tensor("block03.head02.output"), // (32, 128)
    },
  },
  head03: {
    look: {
      query: tensor("block03.head03.query"), // (128, 32)
      queryBias: tensor("block03.head03.queryBias"), // (32)
      key: tensor("block03.head03.key"), // (128, 32)
    },
    move: {
      value: tensor("block03.head03.value"), // (128, 32)
      output: tensor("block03.head03.output"), // (32, 128)
    },
  },
  attentionBias: tensor("block03.attention.bias"), // (128)
  mlp: {
    constant: tensor("block03.mlp.bias"), // (128)
    neurons: {
      input: tensor("block03.mlp.input"), // (128, 512)
      bias: tensor("block03.mlp.inputBias"), // (512)
      output: tensor("block03.mlp.output"), // (512, 128)
    },
  },
});
