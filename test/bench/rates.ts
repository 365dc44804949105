import { readFileSync } from 'node:fs';

/** How fast images went by, and what an image took. */
export interface Rates {
  readonly perSecond: number;
  /** Milliseconds of processor time of all threads. */
  readonly cpu: number;
  /** Pages that the system had to give anew. */
  readonly faults: number;
  /** The most resident memory of the process, ever, in MB. */
  readonly peak: number;
}

export interface RatesStart {
  readonly at: number;
  readonly used: ProcessUse;
}

interface ProcessUse {
  /** Milliseconds. */
  readonly cpu: number;
  readonly faults: number;
  readonly peak: number;
}

/** @param pid of another process, whose use only Linux tells */
export function startOfRates(pid?: number): RatesStart {
  return { used: useOf(pid), at: performance.now() };
}

export function ratesSince({ at, used }: RatesStart, images: number, pid?: number): Rates {
  const seconds = (performance.now() - at) / 1000;
  const now = useOf(pid);
  return {
    perSecond: images / seconds,
    cpu: (now.cpu - used.cpu) / images,
    faults: (now.faults - used.faults) / images,
    peak: now.peak,
  };
}

export function useOf(pid: number | undefined): ProcessUse {
  if (pid === undefined) {
    const { userCPUTime, systemCPUTime, minorPageFault, maxRSS } = process.resourceUsage();
    return { cpu: (userCPUTime + systemCPUTime) / 1000, faults: minorPageFault, peak: maxRSS / 1024 };
  }
  if (process.platform !== 'linux') return { cpu: Number.NaN, faults: Number.NaN, peak: Number.NaN };
  // After the name, which may hold anything: state, then numbers.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  const TICK = 10;
  return { faults: fields[7], cpu: (fields[11] + fields[12]) * TICK, peak: Number(peak) / 1024 };
}
