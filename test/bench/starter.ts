import { readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { makeSampleWorkspace, sampleImages } from '../../scripts/sampleWorkspace.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { linearMapping } from '../../src/core/mapping/linear.ts';
import { argmax, MappingScorer } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { measureTapped, type TappedSet } from './settleData.ts';

/*
 * npm run bench:starter [-- MODEL.onnx...]
 *
 * What a small backbone is worth where it has never been, each image alone:
 *   zero-shot   SeMap's default mapping from the class names, on folders of photographs and on the sample workspace
 *   probe       multinomial logistic regression from the logits, and from the penultimate features, on five images a class
 *               of Caltech-101 and measured on the other three: mean and deviation over SPLITS drawings of the five
 * Needs the build (dist/) and the test data. Without models: the starter of the build.
 */

const root = path.join(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const cache = path.join(root, 'out/bench/outputs');

const ZERO_SHOT = ['pacs-photo', 'cifar10'];
const PROBED = 'caltech101';
const TAUGHT = 5;
const SPLITS = 5;

async function main(): Promise<void> {
  const models = process.argv.slice(2);
  await makeSampleWorkspace();
  const bytes = brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')));
  const similarity = new WordNetSimilarity(new WordNet(bytes));
  for (const backbone of await describeBackbones(models.length > 0 ? models : ['starter'])) {
    console.log(backbone.path);
    const { labelSpace } = backbone;
    for (const folder of [...ZERO_SHOT.map((name) => path.join(data, 'images', name)), sampleImages]) {
      const set = await measureTapped(folder, backbone, cache);
      const targets = set.classes.map((name) => ({ name }));
      const scorer = new MappingScorer(semap(similarity.compare(targets, labelSpace)));
      const right = share(set.truths, scorer.score(set.logits), set.classes.length);
      console.log(`  zero-shot ${set.name.padEnd(12)} ${percent(right)} of ${set.truths.length}`);
    }
    const set = await measureTapped(path.join(data, 'images', PROBED), backbone, cache);
    for (const from of ['logits', 'features'] as const) {
      const shares = Array.from({ length: SPLITS }, (_, split) => probe(set, set[from], split + 1));
      const mean = shares.reduce((sum, value) => sum + value, 0) / SPLITS;
      const deviation = Math.sqrt(shares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (SPLITS - 1));
      const width = set[from].length / set.truths.length;
      console.log(
        `  probe of ${width} ${from.padEnd(9)}  ${percent(mean)} (${percent(deviation)} between splits)`,
      );
    }
  }
}

/** Share of the images right that are left when `TAUGHT` images of each class have taught a linear layer. */
function probe({ truths, classes }: TappedSet, values: Float32Array, seed: number): number {
  const width = values.length / truths.length;
  const random = seededRandom(seed);
  const taught: number[] = [];
  const others: number[] = [];
  for (const label of classes.keys()) {
    const own = truths.flatMap((truth, i) => (truth === label ? [i] : []));
    const order = shuffle(own, random);
    taught.push(...order.slice(0, TAUGHT));
    others.push(...order.slice(TAUGHT));
  }
  const rows = (images: readonly number[]) => {
    const logits = new Float32Array(images.length * width);
    for (const [k, i] of images.entries()) logits.set(values.subarray(i * width, (i + 1) * width), k * width);
    return { logits, truths: images.map((i) => truths[i]) };
  };
  const mapping = linearMapping({ ...rows(taught), sourceCount: width, targetCount: classes.length });
  const rest = rows(others);
  return share(rest.truths, new MappingScorer(mapping).score(rest.logits), classes.length);
}

function share(truths: readonly number[], scores: ArrayLike<number>, T: number): number {
  return truths.filter((truth, i) => argmax(scores, i * T, T) === truth).length / truths.length;
}

const percent = (value: number) => `${(value * 100).toFixed(1)}%`;

await main();
