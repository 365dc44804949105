/** Since Node 23.9; the extension host of the desktop may be older. */
const { threadCpuUsage } = process as unknown as { threadCpuUsage?: () => { user: number; system: number } };

/**
 * Watches for how long at a time the event loop is held up. Where the runtime tells the thread's processor time, only that
 * counts: on a busy machine a thread also waits for its turn, which is nobody's fault here.
 */
export class HoldUpMeter {
  #longest = 0;
  #wall = performance.now();
  #cpu = cpuMilliseconds();
  readonly #timer = setInterval(() => this.#look(), 1);

  #look(): void {
    const [wall, cpu] = [performance.now(), cpuMilliseconds()];
    this.#longest = Math.max(this.#longest, Math.min(wall - this.#wall, cpu - this.#cpu));
    this.#wall = wall;
    this.#cpu = cpu;
  }

  /** The longest stretch, in milliseconds. */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#longest;
  }
}

/** Processor time that this thread has used; wall time where the runtime does not tell. */
export function cpuMilliseconds(): number {
  const usage = threadCpuUsage?.();
  return usage ? (usage.user + usage.system) / 1000 : performance.now();
}
