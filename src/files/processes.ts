import { createHash } from 'node:crypto';
import os from 'node:os';

/** This machine in file names: files of another machine's processes, on a shared disk, are not ours to judge. */
export const thisHost: string = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);

/** Whether a process of this machine exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
