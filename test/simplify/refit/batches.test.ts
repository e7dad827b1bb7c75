import { expect, test } from "vitest";
import { batchesOf } from "../../../src/simplify/refit/batches.ts";
import { randomDocuments } from "../../engine/random-documents.ts";

const documents = randomDocuments(1, 7, 10, 20);

const drawn = (seed: number, count: number) => {
  const batches = batchesOf(documents, 25, seed);
  return Array.from({ length: count }, () => batches.next().value);
};

test("batches have at least so many tokens, and each epoch all documents once, in an order of its own", () => {
  const batches = drawn(1, 14); // 42 documents: six epochs
  for (const batch of batches) expect(batch).toHaveLength(3);
  const order = batches.flat().map((document) => documents.indexOf(document));
  const epochs = [0, 1, 2, 3, 4, 5].map((epoch) => order.slice(7 * epoch, 7 * epoch + 7));
  for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(new Set(epochs.map(String)).size).toBe(6);
});

test("batches are the same for the same seed and others for another", () => {
  expect(drawn(1, 5)).toEqual(drawn(1, 5));
  expect(drawn(2, 5)).not.toEqual(drawn(1, 5));
});
