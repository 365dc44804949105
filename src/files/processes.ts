import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** PROC_PID_INIT_INO of Linux: where no container has numbers of its own. */
const OUTERMOST = 'pid:[4026531836]';

/**
 * Whose process ids this process sees: containers number theirs alone, also those that share the name of their host. Empty
 * outside of them, and where the system does not say.
 */
export const pidNamespace: string = namespaceId();

/** This machine, or what has its name. */
export const thisMachine: string = shortHash(os.hostname());

/**
 * The processes that this one can see, in file names: files of those of another machine or container, on a shared disk,
 * are not ours to judge.
 */
export const thisHost: string = shortHash(os.hostname() + pidNamespace);

function namespaceId(): string {
  try {
    const link = readlinkSync('/proc/self/ns/pid');
    return link === OUTERMOST ? '' : shortHash(link);
  } catch {
    return '';
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Whether this process sees one of this id. It may come from a file: nonsense is no process. */
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
    return shortHash(`${boot} ${fields[19]}`);
  } catch {
    return undefined;
  }
}
