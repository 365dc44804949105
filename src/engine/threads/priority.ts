import { readlinkSync } from 'node:fs';
import os from 'node:os';

/** How much nicer than the rest of the engine. */
const NICER = 5;
const NICEST = 19;

/**
 * Lets the other threads of the engine go first: somebody may be looking at what they do. Only where the engine itself
 * stands back, and only on Linux, where a thread has a priority of its own; threads it starts inherit it.
 */
export function yieldToOthers(): void {
  if (process.platform !== 'linux') return;
  try {
    const own = os.getPriority();
    if (own <= 0) return;
    // pid/task/tid
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    os.setPriority(thread, Math.min(NICEST, own + NICER));
  } catch {
    // It works at the priority it has.
  }
}
