/**
 * The command line: reads arguments, shows progress and results, sets the exit code.
 * The only folder that prints, reads argv or exits; nothing may import it but bin/weights2ts.js.
 */
import process from "node:process";
import { INTERRUPTED } from "./interrupt.ts";
import { main } from "./main.ts";

// A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await main(process.argv.slice(2));
// Threads of interrupted work may still be busy.
if (process.exitCode === INTERRUPTED) process.exit();
