import { randomBytes } from 'node:crypto';
import { isAlive, thisHost } from '../../files/processes.ts';

/** How the segments of this machine's processes are called, so that those of dead ones are recognised. */
const OWN_NAME = /^([0-9a-f]{8})-(\d+)-[0-9a-f]+$/;

/** A name that no other segment has. */
export function newSegmentName(): string {
  return `${thisHost}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

export function isSegmentName(name: string): boolean {
  return OWN_NAME.test(name);
}

/** Whether the process that wrote a segment has ended. Of other machines' processes nothing is known. */
export function isAbandoned(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  return host === thisHost && !isAlive(Number(pid));
}

/** Whether a segment may be deleted: nobody appends to it. This process says itself which ones it writes. */
export function isDeletable(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  return host !== thisHost || Number(pid) === process.pid || !isAlive(Number(pid));
}
