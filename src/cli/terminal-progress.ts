import { createLogUpdate } from "log-update";
import type { Progress } from "../progress.ts";

/** Progress on a stream, with an end at which the line that updates itself goes away. */
export interface TerminalProgress extends Progress {
  end(): void;
}

const REDRAW_SECONDS = 0.1;
const LINE_SECONDS = 5;
/** Before this an estimate of the time left would be a guess. */
const ESTIMATE_SECONDS = 2;

interface Stage {
  readonly name: string;
  began: number;
  done: number;
  total: number | undefined;
  pace: string | undefined;
}

/** One line that updates itself, for a terminal. `seconds` is a clock. */
export function updatingProgress(stream: NodeJS.WriteStream, seconds: () => number): TerminalProgress {
  const line = createLogUpdate(stream);
  return {
    ...stagedProgress(REDRAW_SECONDS, seconds, (text) => {
      line(text);
    }),
    note: (text) => {
      line.persist(text);
    },
    end: () => {
      line.clear();
      line.done();
    },
  };
}

/** Plain lines, one every few seconds at most, for a file or a pipe. `seconds` is a clock. */
export function plainProgress(write: (text: string) => void, seconds: () => number): TerminalProgress {
  const writeLine = (text: string): void => {
    write(`${text}\n`);
  };
  return { ...stagedProgress(LINE_SECONDS, seconds, writeLine), note: writeLine, end: () => undefined };
}

/** Follows the stages and shows where they are, at most once in `every` seconds. */
function stagedProgress(every: number, seconds: () => number, show: (text: string) => void) {
  let stage: Stage | undefined;
  let shown = -Infinity;
  const update = (): void => {
    const now = seconds();
    if (stage === undefined || now - shown < every) return;
    shown = now;
    show(describeStage(stage, now - stage.began));
  };
  return {
    stage(name: string, total?: number): void {
      stage = { name, began: seconds(), done: 0, total, pace: undefined };
      update();
    },
    step(done: number, total: number, pace?: string): void {
      if (stage === undefined) return;
      stage.pace = pace;
      // A stage may go round several times, as a search does; the estimate is for the present round.
      if (done < stage.done) stage.began = seconds();
      stage.done = done;
      stage.total = total;
      update();
    },
  };
}

/** "profile 40 %, about 12 s left" */
function describeStage({ name, done, total, pace }: Stage, elapsed: number): string {
  if (total === undefined || total === 0) return name;
  const share = `${name} ${Math.floor((100 * done) / total)} %${pace === undefined ? "" : ` at ${pace}`}`;
  if (done === 0 || done >= total || elapsed < ESTIMATE_SECONDS) return share;
  return `${share}, about ${formatDuration((elapsed * (total - done)) / done)} left`;
}

/** Seconds as "12 s" or "3 min". */
export function formatDuration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
