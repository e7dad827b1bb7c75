import { expect, it } from "vitest";
import { formatDuration, plainProgress } from "../../src/cli/terminal-progress.ts";

function recorded(): { lines: string[]; clock: { seconds: number }; progress: ReturnType<typeof plainProgress> } {
  const lines: string[] = [];
  const clock = { seconds: 0 };
  const progress = plainProgress(
    (text) => lines.push(text),
    () => clock.seconds,
  );
  return { lines, clock, progress };
}

it("writes plain lines with a share and an estimate of the time left, one every few seconds at most", () => {
  const { lines, clock, progress } = recorded();
  progress.stage("profile", 100);
  for (let done = 1; done <= 100; done++) {
    clock.seconds = done / 10;
    progress.step(done, 100);
  }
  expect(lines).toEqual(["profile 0 %\n", "profile 50 %, about 5 s left\n", "profile 100 %\n"]);
});

it("says how fast a stage goes, where it is told", () => {
  const { lines, clock, progress } = recorded();
  progress.stage("fetch model.safetensors (10.0 MB)", 10);
  clock.seconds = 6;
  progress.step(4, 10, "1.5 MB a second");
  expect(lines.at(-1)).toBe("fetch model.safetensors (10.0 MB) 40 % at 1.5 MB a second, about 9 s left\n");
});

it("names a stage whose length nobody knows", () => {
  const { lines, progress } = recorded();
  progress.stage("emit");
  expect(lines).toEqual(["emit\n"]);
});

it("writes every note, and starts the estimate anew with each stage", () => {
  const { lines, clock, progress } = recorded();
  progress.stage("profile", 10);
  progress.note("The cache cannot be written.");
  clock.seconds = 100;
  progress.stage("score", 10);
  clock.seconds = 110;
  progress.step(5, 10);
  expect(lines).toEqual([
    "profile 0 %\n",
    "The cache cannot be written.\n",
    "score 0 %\n",
    "score 50 %, about 10 s left\n",
  ]);
});

it("estimates the present round of a stage that goes round again", () => {
  const { lines, clock, progress } = recorded();
  progress.stage("simplify", 10);
  clock.seconds = 60;
  progress.step(10, 10);
  clock.seconds = 61;
  progress.step(1, 10);
  clock.seconds = 65;
  progress.step(5, 10);
  expect(lines.at(-1)).toBe("simplify 50 %, about 4 s left\n");
});

it("gives long times in minutes", () => {
  expect([0.2, 89, 90, 600].map(formatDuration)).toEqual(["1 s", "89 s", "2 min", "10 min"]);
});
