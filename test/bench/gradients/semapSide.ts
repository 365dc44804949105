import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { gradientName } from '../../../src/core/onnx/gradientGraph.ts';
import { INPUT_NAME } from '../../../src/core/onnx/passes/input.ts';
import { crossEntropy } from '../../../src/core/onnx/scores.ts';
import { type GradientModelOptions, gradientGraph } from '../../../src/engine/gradients/gradientModel.ts';
import { GradientSession, sessionOptions } from '../../../src/engine/gradients/gradientSession.ts';
import { MicroBatches, microRows } from '../../../src/engine/gradients/microBatches.ts';
import { StepThreads } from '../../../src/engine/gradients/stepThreads.ts';
import { readModel } from '../../../src/engine/models/modelFile.ts';
import { loadOrt } from '../../../src/engine/models/onnxruntime.ts';

/**
 * SeMap's side of the gradient benchmark: times one run for each line it reads.
 * Arguments: model, batch, threads, and the cache folder when this process is to build the graph and end.
 */
const [file, batchText, threadsText, buildInto] = process.argv.slice(2);
const batch = Number(batchText);
const threads = Number(threadsText);
// Built by a process of its own, as a graph from the cache was: what building took is not in the peak of running.
const cacheFolder = buildInto ?? mkdtempSync(path.join(os.tmpdir(), 'semap-bench-cache-'));
let built = '';
/** Rows of the graph; a step is as many runs of it as it takes. */
let rows: number;
if (buildInto === undefined) {
  const args = [...process.execArgv, process.argv[1], file, batchText, threadsText, cacheFolder];
  const [milliseconds, rowsText] = execFileSync(process.execPath, args).toString().trim().split(' ');
  built = milliseconds;
  rows = Number(rowsText);
} else rows = microRows(batch, 224 * 224, await readModel(file));

const ort = await loadOrt();
const started = process.cpuUsage();
const options: Omit<GradientModelOptions, 'threads'> = {
  model: () => readModel(file),
  sha256: file,
  composition: 'bench',
  cacheFolder,
  dims: [rows, 3, 224, 224],
  sources: [INPUT_NAME],
  after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
};
const graph = await gradientGraph(ort, options);
if (buildInto !== undefined) {
  const { user, system } = process.cpuUsage(started);
  console.log(`${(user + system) / 1000} ${rows}`);
  process.exit(0);
}
const names = { inputs: [INPUT_NAME, 'labels', 'weights'], outputs: ['logits'] };
/** As a training has them: with several threads, each has a session of its own. */
async function openSteps() {
  if (threads === 1)
    return new MicroBatches(
      await GradientSession.open(ort, graph, { provider: 'cpu', threads }),
      rows,
      names,
    );
  const pool = await StepThreads.start([graph], { threads, parts: Math.ceil(batch / rows) });
  return pool.open(graph, rows, names);
}
const steps = await openSteps();
rmSync(cacheFolder, { recursive: true });

// The forward pass is timed on the model as it is, in a session that is opened after the gradient's peak was taken.
let forward: Awaited<ReturnType<typeof ort.InferenceSession.create>> | undefined;

const x = Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, i) => Math.sin(i * 12.9898) * 1.7);
const labels = Int32Array.from({ length: batch }, (_, i) => i);
const weights = new Float32Array(batch).fill(1 / batch);

const work: Record<string, () => Promise<unknown>> = {
  gradient: () => steps.run({ [INPUT_NAME]: x, labels, weights }, ['loss', gradientName(INPUT_NAME)]),
  forward: async () => {
    forward ??= await ort.InferenceSession.create(file, sessionOptions({ provider: 'cpu', threads }));
    const input = new ort.Tensor('float32', x, [batch, 3, 224, 224]);
    return forward.run({ [forward.inputNames[0]]: input });
  },
};

function peakBytes(): number {
  const [, kilobytes] = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}

console.log(`ready ${built}`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'peak') {
    console.log(String(peakBytes()));
    continue;
  }
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await work[line]();
  const used = process.cpuUsage(cpu);
  console.log(`${(performance.now() - wall) / 1000} ${(used.user + used.system) / 1e6}`);
}
process.exit(0);
