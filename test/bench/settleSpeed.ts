import { featureRows } from '../../src/core/heads/features.ts';
import { folderBasis } from '../../src/core/heads/folderBasis.ts';
import { propose } from '../../src/core/heads/propose.ts';
import { settle } from '../../src/core/heads/settle.ts';
import { seededRandom } from '../../src/core/random.ts';
import { openProduct } from '../../src/engine/likeness/matrixProduct.ts';

/** Features of an image, and targets. */
const D = 1280;
const T = 10;
const LABELS = 50;
const MEGABYTE = 2 ** 20;

/** Seconds and memory of each step on a made-up folder: classes as clouds, scores that are right more often than not. */
export async function speed(count: number): Promise<void> {
  const random = seededRandom(1);
  const normal = () => random() + random() + random() + random() - 2;
  const centres = Float32Array.from({ length: T * D }, random);
  const values = new Float32Array(count * D);
  const scores = new Float32Array(count * T);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < D; k++) values[i * D + k] = Math.max(0, centres[(i % T) * D + k] + normal());
    for (let t = 0; t < T; t++) scores[i * T + t] = 2 * normal() + (t === i % T ? 2.5 : 0);
  }
  const { product, release } = await openProduct();
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const steps: string[] = [];
  const timed = async <V>(name: string, work: () => Promise<V>): Promise<V> => {
    const started = performance.now();
    const cpu = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    steps.push(`${name} ${seconds.toFixed(2)} s (processor ${((user + system) / 1e6).toFixed(2)})`);
    return result;
  };
  const basis = await timed('basis', () => folderBasis(featureRows(values, D, 'features'), T, { product }));
  const { scores: settled } = await timed('settle', () => settle(scores, T, basis, { product }));
  const images = Array.from({ length: LABELS }, (_, i) => (i * 7919) % count);
  const labelled = { images, targets: images.map((image) => image % T) };
  await timed(`settle with ${LABELS} labels`, () => settle(scores, T, basis, { labelled, product }));
  await timed('propose 10', () => propose(settled, T, basis, { labelled: images, count: 10, product }));
  clearInterval(timer);
  await release();
  const grown = Math.max(most, process.memoryUsage.rss()) - before;
  console.log(
    `${count.toLocaleString('en')} images, ${D} features, ${T} targets: ${steps.join(', ')}; ` +
      `${Math.round(grown / MEGABYTE)} MB beyond the outputs (${Math.round(values.byteLength / MEGABYTE)} MB)`,
  );
}
