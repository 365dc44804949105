/** What the host uses of `node:timers/promises`, in a browser: it stands for that module in the bundle (scripts/build.ts). */

/** Lets others have a turn. */
export function setImmediate(): Promise<void> {
  return new Promise((resolve) => globalThis.setTimeout(resolve));
}
