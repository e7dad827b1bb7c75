import { systemCodeOf } from "./errors.ts";

/** Whether a process of this machine runs. What is no process number runs not. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but another user's.
    return systemCodeOf(error) !== "ESRCH";
  }
}
