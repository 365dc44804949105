import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuilt } from './builtEngine.ts';
import { useOf } from './rates.ts';

/*
 * npm run bench:align [-- ROUNDS]
 *
 * Aligns the 102 labels of caltech101 with the 1,000 of mobilenetv2 by WordNet, in a fresh engine each round and again in
 * the same one. Wall time of the call, processor time and most memory of the engine; the least of ROUNDS (5) counts,
 * because other work only adds to it. The backbone was described before, by another engine: its model is not loaded.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const targets = (await readdir(path.join(data, 'images/caltech101'))).sort().map((name) => ({ name }));
const backbone = path.join(data, 'backbones/mobilenetv2.onnx');
const cacheFolder = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));

async function round() {
  const engine = await startBuilt(path.join(root, 'dist'), cacheFolder);
  const align = async () => {
    const before = useOf(engine.pid).cpu;
    const started = performance.now();
    await engine.rpc.call('align', { backbone, targets, method: 'semap' });
    return { ms: performance.now() - started, cpu: useOf(engine.pid).cpu - before };
  };
  try {
    await engine.rpc.call('describeBackbone', { backbone });
    return { first: await align(), again: await align(), memory: useOf(engine.pid).peak };
  } finally {
    await engine.stop();
  }
}

try {
  await round();
  const rounds: Awaited<ReturnType<typeof round>>[] = [];
  for (let left = Number(process.argv[2] ?? 5); left > 0; left--) rounds.push(await round());
  const least = (of: (one: (typeof rounds)[number]) => number) => Math.round(Math.min(...rounds.map(of)));
  console.log(`${targets.length} labels x 1,000, ${rounds.length} engines`);
  for (const time of ['first', 'again'] as const) {
    const [ms, cpu] = [least((one) => one[time].ms), least((one) => one[time].cpu)];
    console.log(`${time}: ${ms} ms, ${cpu} ms of processor time`);
  }
  console.log(`most memory: ${least(({ memory }) => memory)} MB`);
} finally {
  await rm(cacheFolder, { recursive: true, force: true });
}
