import { readFileSync } from 'node:fs';
import { isAlive } from '../../src/files/processes.ts';

/** Whether a process runs. Where nobody collects the exit of an orphan, it stays in the table of processes though it has ended. */
export function lives(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
