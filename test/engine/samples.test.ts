import { afterAll, describe, expect, test } from "vitest";
import { createRandom, drawToken, Engine, instantiate, sampleDocuments } from "../../src/engine/index.ts";
import { lift } from "../../src/ir/index.ts";
import { createPlainMachine, read, scoresOf, startReading } from "../../src/runtime/index.ts";
import { randomLiftSource } from "../ir/random-model.ts";

const program = lift(randomLiftSource(1));
const engines = [1, 2].map((workers) => new Engine({ workers }));
const [engine] = engines as [Engine];
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

describe("sampleDocuments", () => {
  test("writes the same for the same seed, however many workers there are, and something else for another", async () => {
    const [one, two] = await Promise.all(
      engines.map((each) => sampleDocuments(each, program, { seed: 1, documents: 20 })),
    );
    expect(two).toEqual(one);
    expect(await sampleDocuments(engine, program, { seed: 2, documents: 20 })).not.toEqual(one);
    expect(one?.map(({ tokens }) => tokens.length)).toEqual(Array.from({ length: 20 }, () => program.context));
  });

  test("follows the program's own probabilities", async () => {
    const documents = await sampleDocuments(engine, program, { seed: 1, documents: 400 });
    const machine = createPlainMachine();
    const model = instantiate(machine, program);
    const [expected, found] = [new Float64Array(20), new Float64Array(20)];
    for (const { tokens } of documents) {
      machine.scope(() => {
        const rows = read(machine, model, startReading(machine, model, 1), tokens.slice(0, 1));
        const probabilities = machine.values(scoresOf(machine, model, rows));
        drawToken(probabilities, createRandom(0));
        probabilities.forEach((probability, token) => (expected[token] = (expected[token] ?? 0) + probability));
      });
      const second = tokens[1] ?? 0;
      found[second] = (found[second] ?? 0) + 1;
    }
    // Counts of 400 draws: within four standard deviations of their expectation.
    for (let token = 0; token < 20; token++) {
      const mean = expected[token] ?? 0;
      expect(Math.abs((found[token] ?? 0) - mean), `token ${token}`).toBeLessThan(4 * Math.sqrt(mean) + 1);
    }
  });
});

describe("createRandom", () => {
  test("gives even numbers, another stream for every index, and the same for the same seed", () => {
    const draw = (seed: number, ...streams: number[]) => {
      const random = createRandom(seed, ...streams);
      return Array.from({ length: 4000 }, random);
    };
    const numbers = draw(1, 2);
    expect(draw(1, 2)).toEqual(numbers);
    for (const other of [draw(1), draw(1, 3), draw(2, 2), draw(2, 1)]) {
      expect(other).not.toEqual(numbers);
      const product = other.reduce((sum, number, index) => sum + (number - 0.5) * ((numbers[index] ?? 0) - 0.5), 0);
      // Uncorrelated: the mean product of 4,000 pairs has a standard deviation of 1/12 / sqrt(4000) = .0013.
      expect(Math.abs(product / numbers.length)).toBeLessThan(0.006);
    }
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = numbers.filter((number) => Math.floor(number * 10) === tenth).length / numbers.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.02); // four standard deviations of .0047
    }
  });
});
