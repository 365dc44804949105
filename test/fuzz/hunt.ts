import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../unit/core/onnx/random.ts';
import type { Job } from './messages.ts';
import { minimise } from './minimise.ts';
import { type Outcome, WatchedWorker } from './watchedWorker.ts';

/** An input that broke a promise. */
export interface Finding {
  readonly target: string;
  readonly kind: Outcome['kind'];
  readonly message: string;
  /** The command that tries it again. */
  readonly repeat: string;
  /** The smallest input found that fails likewise; undefined where none could be made. */
  readonly file: string | undefined;
}

export interface Hunt {
  readonly targets: readonly string[];
  readonly seed: number;
  /** Number of the first input. */
  readonly from: number;
  /** Inputs of a target. */
  count(target: string): number;
  /** Processes at a time. */
  readonly workers: number;
  /** That an input may take. */
  readonly seconds: number;
  /** Folder of failing inputs. */
  readonly out: string;
  /** Tries to make a failing input smaller; 0: it stays as it is. */
  readonly tries: number;
  readonly found?: (finding: Finding) => void;
  readonly progress?: (target: string, done: number, of: number) => void;
}

/** Findings after which a target is left: they are nearly always the same one. */
const ENOUGH = 25;

/** Tries seeded inputs on targets. Never rejects for what an input does. */
export async function hunt(options: Hunt): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const jobs = jobsOf(options, (target) => findings.filter((one) => one.target === target).length >= ENOUGH);
  await Promise.all(
    Array.from({ length: options.workers }, async () => {
      const worker = new WatchedWorker(options.seconds);
      try {
        for (const job of jobs) {
          const outcome = await worker.try(job);
          if (outcome.kind === 'fine') continue;
          const finding = await keep(options, job, outcome, worker);
          findings.push(finding);
          options.found?.(finding);
        }
      } finally {
        await worker.stop();
      }
    }),
  );
  return findings;
}

/** Tries one given input. */
export async function tryInput(target: string, input: Uint8Array, seconds: number): Promise<Outcome> {
  const worker = new WatchedWorker(seconds);
  try {
    return await worker.try({ target, input });
  } finally {
    await worker.stop();
  }
}

interface SeededJob extends Job {
  readonly input: { readonly seed: number; readonly index: number };
}

/** One after the other for whichever worker is free. */
function* jobsOf(
  { targets, seed, from, count, progress }: Hunt,
  enough: (target: string) => boolean,
): Generator<SeededJob> {
  for (const target of targets) {
    const total = count(target);
    for (let i = 0; i < total && !enough(target); i++) {
      progress?.(target, i, total);
      yield { target, input: { seed, index: from + i } };
    }
    progress?.(target, total, total);
  }
}

async function keep(
  { out, tries }: Hunt,
  { target, input: { seed, index } }: SeededJob,
  outcome: Outcome,
  worker: WatchedWorker,
): Promise<Finding> {
  const { kind, message } = outcome;
  let { bytes } = outcome;
  let file: string | undefined;
  if (bytes) {
    const same = (one: Outcome) => one.kind === kind && essence(one.message) === essence(message);
    // Each try that ends a worker takes seconds.
    const most = kind === 'wrong' ? tries : Math.ceil(tries / 20);
    bytes = await minimise(bytes, async (input) => same(await worker.try({ target, input })), most);
    await mkdir(out, { recursive: true });
    file = path.join(out, `${target}-${seed}-${index}`);
    await writeFile(file, bytes);
    await writeFile(`${file}.txt`, `${message}\n`);
  }
  const repeat = `npm run fuzz -- --target ${target} --seed ${seed} --from ${index} --count 1`;
  return { target, kind, message, repeat, file };
}

/** What two messages about the same fault have in common. */
function essence(message: string): string {
  return message.split('\n', 1)[0].replaceAll(/\d+/g, '0').slice(0, 100);
}

/** A seed for a hunt that was given none. */
export function freshSeed(): number {
  return new Random(Date.now()).int(1, 999_999);
}
