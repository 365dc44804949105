import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Compares gradients through networks with PyTorch's on this machine: both sides live at once and take turns, so that
 * whatever else the machine does hits both. CPU seconds with one thread (immune to waiting) and wall seconds with two. A
 * gradient costs its forward pass and at least as much again: "gradient / forward" is how far each side is from that.
 */
const { values } = parseArgs({
  options: {
    network: { type: 'string', multiple: true, default: ['resnet18', 'mobilenet_v2', 'vit_s_16'] },
    batch: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', multiple: true, default: ['1', '2'] },
  },
});
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const rounds = Number(values.rounds);

/** A process that answers a line with a line. */
class Side {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the process ended');
    return value;
  }

  async ask(task: string): Promise<number[]> {
    this.#process.stdin!.write(`${task}\n`);
    return (await this.line()).split(' ').map(Number);
  }

  end(): void {
    this.#process.stdin!.end();
  }
}

function pythonWithTorch(): string | undefined {
  for (const python of [process.env['SEMAP_PYTHON'], 'python3', '/usr/bin/python3']) {
    if (python === undefined) continue;
    try {
      execFileSync(python, ['-c', 'import torch, torchvision'], { stdio: 'ignore' });
      return python;
    } catch {
      // The next one may have it.
    }
  }
  return undefined;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const python = pythonWithTorch();
if (python === undefined) {
  console.log('Skipped: no python3 with torch and torchvision (Debian: python3-torch python3-torchvision).');
  process.exit(0);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'semap-bench-'));
const columns = ['network', 'threads', 'measure', 'task', 'SeMap', 'PyTorch', 'ratio'];
console.log(`batch ${values.batch}, 224 px, ${rounds} rounds, medians`);
console.log(columns.map((title) => title.padEnd(20)).join(''));
try {
  for (const network of values.network) {
    const file = path.join(folder, `${network}.onnx`);
    execFileSync(python, [here('torch_side.py'), 'export', network, file], { stdio: 'ignore' });
    for (const threads of values.threads) await compare(network, file, threads);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(network: string, file: string, threads: string): Promise<void> {
  const sides = [
    new Side(process.execPath, ['--import', 'tsx', here('semapSide.ts'), file, values.batch, threads]),
    new Side(python!, [here('torch_side.py'), 'serve', network, values.batch, threads]),
  ];
  const [ready] = await Promise.all(sides.map((side) => side.line()));
  const measure = threads === '1' ? 1 : 0;
  const row = (...cells: string[]) =>
    console.log([network, threads, ...cells].map((c) => c.padEnd(20)).join(''));
  // The gradient alone first: its peak must not count the forward pass's own session.
  for (const side of sides) for (let i = 0; i < 2; i++) await side.ask('gradient');
  const peaks = await Promise.all(sides.map(async (side) => (await side.ask('peak'))[0]));
  const tasks = ['gradient', 'forward'] as const;
  const times = { gradient: [[], []] as number[][], forward: [[], []] as number[][] };
  for (let round = -1; round < rounds; round++) {
    for (const task of tasks) {
      for (const [i, side] of sides.entries()) {
        const answer = await side.ask(task);
        if (round >= 0) times[task][i].push(answer[measure]);
      }
    }
  }
  const name = measure ? 'CPU time' : 'wall time';
  const both = (cells: readonly number[], text: (cell: number) => string) =>
    [...cells.map(text), (cells[0] / cells[1]).toFixed(2)] as const;
  const medians = { gradient: times.gradient.map(median), forward: times.forward.map(median) };
  for (const task of tasks)
    row(name, task, ...both(medians[task], (seconds) => `${(seconds * 1000).toFixed(0)} ms`));
  const overForward = medians.gradient.map((time, i) => time / medians.forward[i]);
  row(name, 'gradient / forward', ...both(overForward, (ratio) => ratio.toFixed(2)));
  row('peak memory', 'gradient', ...both(peaks, (bytes) => `${(bytes / 1e6).toFixed(0)} MB`));
  row('CPU time', 'build', `${Number(ready.split(' ')[1]).toFixed(0)} ms`, '', '');
  for (const side of sides) side.end();
}
