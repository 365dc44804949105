import { createHash, randomBytes } from 'node:crypto';
import os from 'node:os';

/** How the segments of this machine's processes are called, so that those of dead ones are recognised. */
const HOST = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
const OWN_NAME = /^([0-9a-f]{8})-(\d+)-[0-9a-f]+$/;

/** A name that no other segment has. */
export function newSegmentName(): string {
  return `${HOST}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

export function isSegmentName(name: string): boolean {
  return OWN_NAME.test(name);
}

/** Whether the process that wrote a segment has ended. Of other machines' processes nothing is known. */
export function isAbandoned(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  return host === HOST && !isAlive(Number(pid));
}

/** Whether a segment may be deleted: nobody appends to it. This process says itself which ones it writes. */
export function isDeletable(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  return host !== HOST || Number(pid) === process.pid || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
