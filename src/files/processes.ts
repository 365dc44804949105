import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** This machine in file names: files of another machine's processes, on a shared disk, are not ours to judge. */
export const thisHost: string = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);

/** Whether there is a process of this id on this machine. It may come from a file: nonsense is no process. */
export function isAlive(pid: unknown): boolean {
  if (!Number.isInteger(pid) || (pid as number) <= 0) return false;
  try {
    process.kill(pid as number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * When a process began, as a text that no other process of its id has, also after a restart of the machine; empty for
 * one that has ended and is not buried yet. Undefined where the system does not say (it does on Linux).
 */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before these fields may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return '';
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    return createHash('sha256').update(`${boot} ${fields[19]}`).digest('hex').slice(0, 8);
  } catch {
    return undefined;
  }
}
