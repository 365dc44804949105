import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { buildGradientGraph, gradientName } from '../../../src/core/onnx/gradientGraph.ts';
import { CPU_FORMULATION } from '../../../src/core/onnx/gradients/formulation.ts';
import { crossEntropy } from '../../../src/core/onnx/losses.ts';
import { INPUT_NAME } from '../../../src/core/onnx/passes/renameValues.ts';
import { GradientSession, sessionOptions } from '../../../src/engine/gradients/gradientSession.ts';
import { loadOrt, OrtRunner } from '../../../src/engine/gradients/ortRunner.ts';
import { readModel } from '../../../src/engine/gradients/readModel.ts';

/** SeMap's side of the gradient benchmark: times one run for each line it reads. Arguments: model, batch, threads. */
const [file, batchText, threadsText] = process.argv.slice(2);
const batch = Number(batchText);
const threads = Number(threadsText);

const ort = await loadOrt();
const started = process.cpuUsage();
const graph = await buildGradientGraph(await readModel(file), {
  dims: [batch, 3, 224, 224],
  runner: new OrtRunner(ort),
  formulation: CPU_FORMULATION,
  sources: [INPUT_NAME],
  after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
});
const { user, system } = process.cpuUsage(started);
const built = (user + system) / 1000;
const session = await GradientSession.open(ort, graph, { provider: 'cpu', threads });
// The forward pass is timed on the model as it is: no gradient graph, no second set of weights in the peak.
let forward: Awaited<ReturnType<typeof ort.InferenceSession.create>> | undefined;

const x = Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, i) => Math.sin(i * 12.9898) * 1.7);
const labels = Int32Array.from({ length: batch }, (_, i) => i);
const weights = new Float32Array(batch).fill(1 / batch);

const work: Record<string, () => Promise<unknown>> = {
  gradient: () => session.run({ [INPUT_NAME]: x, labels, weights }, ['loss', gradientName(INPUT_NAME)]),
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
