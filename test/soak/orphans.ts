import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/core/random.ts';
import { endlessLoop, meanColour } from '../unit/engine/classifierModel.ts';
import { ppm, sidecarOfSize, writeBackbone, writeColourImages } from '../unit/engine/colours.ts';
import { type Scratch, scratch } from '../unit/engine/engineHarness.ts';
import { semapFiles } from '../unit/programs.ts';
import { lives } from './lives.ts';

/**
 * Ends `semap` commands by every signal in every state, and looks whether anything of them lives on.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
type Signal = (typeof SIGNALS)[number];

/** How long an engine may live on after its command was killed: its own grace, and the time to notice. */
const ORPHAN_MILLISECONDS = 3500;
const MARK = 'SEMAP_SOAK';

interface Options {
  readonly tries: number;
  readonly seed: number;
  /** How long a command may take to end after a signal. */
  readonly limitMilliseconds?: number;
  readonly log?: (line: string) => void;
}

/** What was found; a problem says in which try, state and by which signal. */

interface State {
  readonly name: string;
  readonly argv: readonly string[];
  /** The signal comes after at most so long. */
  readonly within: number;
  /** Standard output is a pipe that nobody reads. */
  readonly blocked?: true;
}

/** Does so many tries with states, signals and times drawn by `seed`. */
export async function soakOrphans({
  tries,
  seed,
  limitMilliseconds = 2000,
  log = () => {},
}: Options): Promise<string[]> {
  const draw = seededRandom(seed);
  const files = scratch();
  const silent = await silentServer();
  const states = prepare(files, `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const problems: string[] = [];
  try {
    for (let attempt = 0; attempt < tries; attempt++) {
      // Every state in turn, so that few tries see many.
      const state = states[(attempt + seed) % states.length];
      const signal = SIGNALS[Math.floor(draw() * SIGNALS.length)];
      const after = 50 + draw() * state.within;
      const told = `try ${attempt}, ${state.name}, ${signal} after ${after.toFixed(0)} ms`;
      const tried = await once(files, [...semapFiles, ...state.argv], { state, signal, after });
      for (const problem of problemsOf(tried, signal, limitMilliseconds))
        problems.push(`${told}: ${problem}`);
      log(
        `${told}: ${tried.over ? `was over before: ${tried.code} ${tried.stderr}` : `${tried.milliseconds.toFixed(0)} ms`}`,
      );
    }
  } finally {
    silent.closeAllConnections();
    silent.close();
    files.dispose();
  }
  return problems;
}

interface Tried {
  /** It had ended before the signal. */
  readonly over: boolean;
  readonly milliseconds: number;
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
  readonly orphans: readonly number[];
  readonly stderr: string;
}

async function once(
  files: Scratch,
  argv: readonly string[],
  { state, signal, after }: { readonly state: State; readonly signal: Signal; readonly after: number },
): Promise<Tried> {
  const mark = `${process.pid}-${Math.round(performance.now() * 1000)}`;
  const child = spawn(process.execPath, [...argv], {
    cwd: files.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [MARK]: mark, SEMAP_CACHE: files.path('cache', mark) },
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  if (!state.blocked) child.stdout.resume();
  const exited = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (code, by) => resolve([code, by])),
  );
  await Promise.race([exited, sleep(after)]);
  const over = child.exitCode !== null || child.signalCode !== null;
  const family = descendants(child, mark);
  const began = performance.now();
  child.kill(signal);
  const [code, by] = await exited;
  const milliseconds = performance.now() - began;
  const orphans = () => [...new Set([...family, ...descendants(child, mark)])].filter(lives);
  while (orphans().length > 0 && performance.now() - began < ORPHAN_MILLISECONDS) await sleep(50);
  const left = orphans();
  for (const pid of left) process.kill(pid, 'SIGKILL');
  child.stdout.destroy();
  return { over, milliseconds, code, by, orphans: left, stderr };
}

function problemsOf({ over, milliseconds, code, by, orphans, stderr }: Tried, signal: Signal, limit: number) {
  const problems: string[] = [];
  if (orphans.length > 0) problems.push(`left ${orphans.join(', ')} behind`);
  if (over || signal === 'SIGKILL') return problems;
  if (milliseconds > limit) problems.push(`took ${milliseconds.toFixed(0)} ms to end`);
  // Before the command listens to signals, they end it as they end any program.
  if (code !== 130 && code !== 0 && by !== signal) problems.push(`ended with ${code ?? by}: ${stderr}`);
  return problems;
}

function prepare(files: Scratch, mirror: string): readonly State[] {
  writeBackbone(files, 'slow', meanColour({ size: 96, effort: 8 }), sidecarOfSize(96));
  writeBackbone(files, 'fast');
  writeBackbone(files, 'endless', endlessLoop());
  const few = writeColourImages(files, 'few', 12);
  const many = writeColourImages(files, 'many', 300);
  // Long names: their results are more than a pipe holds.
  for (let i = 0; i < 1500; i++) files.write(`wordy/cat/${'x'.repeat(200)}${i}.ppm`, ppm([200, 10, 10], i));
  for (let i = 0; i < 5000; i++) files.write(`huge/${i % 50}/${i}.ppm`, '');
  const common = ['--threads', '2', '--device', 'cpu'];
  const of = (name: string, ...argv: readonly string[]) => ({
    name,
    argv: [...argv, ...common],
    within: 3000,
  });
  return [
    of('stuck in a model', 'backbones', 'check', files.path('endless.onnx')),
    { ...of('starting', 'backbones', 'list'), within: 700 },
    of('in a run', 'classify', many, '-b', files.path('slow.onnx'), '--json'),
    of('downloading', 'backbones', 'add', 'someone/something', '--mirror', mirror),
    of('training', 'train', few, '-b', files.path('slow.onnx'), '--epochs', '5000', '--patience', '0'),
    {
      ...of('printing', 'classify', files.path('wordy'), '-b', files.path('fast.onnx'), '--json'),
      blocked: true,
    },
    of('listing', 'classify', files.path('huge'), '-b', files.path('slow.onnx')),
  ];
}

/** A server that takes every connection and never answers. */
function silentServer(): Promise<Server> {
  const server = createServer(() => {});
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** The processes that a command has started, however far down; on Linux also those that lost their parent. */
function descendants({ pid }: ChildProcess, mark: string): number[] {
  if (process.platform === 'linux') {
    const own = [String(process.pid), String(pid)];
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && !own.includes(name) && environmentOf(name).includes(mark))
      .map(Number);
  }
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (let i = 0; i < found.length; i++) {
    found.push(...pairs.filter(([, parent]) => parent === found[i]).map(([own]) => own));
  }
  return found.slice(1) as number[];
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
