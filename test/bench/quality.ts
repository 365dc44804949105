import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { documentOf } from '../../src/core/alignments/alignmentBuilding.ts';
import { recallOf } from '../../src/core/alignments/expectedRecall.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { type AnswerSigns, SignCount } from '../../src/core/estimates/answerSigns.ts';
import {
  agreementsOf,
  type ExpectedAccuracy,
  expectedAccuracy,
  expectedAmong,
} from '../../src/core/estimates/expectedAccuracy.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { logistic, logit } from '../../src/core/logistic.ts';
import { decidedTarget, MappingScorer } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { measureTapped } from './settleData.ts';

/*
 * npm run bench:quality [-- --sets a,b --backbones a,b --cache DIR --more DIR --half tune --out FILE]
 *
 * How well accuracy is expected without labels, and whether the backbone that is chosen so is the best; needs the build and
 * the test data. Each set is a folder as it is and as people have them: without some of its classes, without images of some
 * labels, with a long tail, with 50 images.
 *   as it is   the expected accuracies of the product
 *   left out   a model of the same signs fitted on all other sets: what the product may promise of a set that it has not seen
 * --more is a folder with sets.json ([{ name, half?, classes, truths }]) and outputs/SET__BACKBONE.f32, row-major [N, S].
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

const { values: options } = parseArgs({
  options: {
    sets: {
      type: 'string',
      default:
        'cifar10,pacs-photo,pacs-cartoon,caltech101,imagenette-val,imagenette-train,eurosat,asl-digits',
    },
    backbones: {
      type: 'string',
      default:
        'mobilenetv2,squeezenet1.1,mobilenetv3-small,mobilenetv1-0.25-128,mobilenetv2-qdq,squeezenet-int8-nhwc,cifar10-resnet8,inat-birds-uint8-nhwc,starter',
    },
    cache: { type: 'string', default: path.join(root, 'out/bench/outputs') },
    more: { type: 'string' },
    half: { type: 'string' },
    out: { type: 'string' },
  },
});

const wordnet = new WordNet(brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin'))));
const similarity = new WordNetSimilarity(wordnet);

interface RankedSet {
  readonly name: string;
  /** Sets of the same pictures are left out together. */
  readonly group: string;
  readonly classes: readonly string[];
  readonly truths: readonly number[];
  readonly outputs: readonly { readonly backbone: BackboneDescription; readonly logits: Float32Array }[];
}

/** A backbone on a folder. */
interface Case {
  readonly set: string;
  readonly group: string;
  readonly folder: string;
  readonly backbone: string;
  readonly accuracy: number;
  readonly images: number;
  readonly targets: number;
  readonly signs: AnswerSigns;
  readonly byLabels: number;
  /** Logits of confidence and agreement, less the median over the backbones of the folder. */
  readonly surer: number;
  readonly agreeing: number;
  /** The expected accuracies of the product. */
  readonly alone: ExpectedAccuracy;
  readonly among: ExpectedAccuracy;
}

/** What is called by a wnid has its first word. */
function nameOf(label: string): string {
  const synset = wordnet.synsetOfWnid(label);
  return synset === undefined ? label : wordnet.lemmas(synset)[0];
}

async function* rankedSets(backbones: readonly BackboneDescription[]): AsyncGenerator<RankedSet> {
  for (const name of options.sets.split(',').filter(Boolean)) {
    const outputs: { backbone: BackboneDescription; logits: Float32Array }[] = [];
    let about = { classes: [] as readonly string[], truths: [] as readonly number[] };
    for (const backbone of backbones) {
      const { classes, truths, logits } = await measureTapped(
        path.join(data, 'images', name),
        backbone,
        options.cache,
      );
      about = { classes: classes.map(nameOf), truths };
      outputs.push({ backbone, logits });
    }
    yield { name, group: name.split('-')[0], ...about, outputs };
  }
  if (options.more === undefined) return;
  const more = options.more;
  const sets: { name: string; half?: string; classes: string[]; truths: number[] }[] = JSON.parse(
    readFileSync(path.join(more, 'sets.json'), 'utf8'),
  );
  for (const { name, half, classes, truths } of sets) {
    if (options.half !== undefined && half !== options.half) continue;
    const outputs = backbones.flatMap((backbone) => {
      const file = path.join(more, 'outputs', `${name}__${backbone.name}.f32`);
      if (!existsSync(file)) return [];
      const bytes = readFileSync(file);
      const logits = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      return logits.length === truths.length * backbone.labelSpace.labels.length
        ? [{ backbone, logits }]
        : [];
    });
    yield { name, group: name, classes, truths, outputs };
  }
}

interface Folder {
  readonly kind: string;
  readonly images: readonly number[];
  readonly classes: readonly number[];
}

/** The set as it is, and as people have folders. */
function foldersOf({ classes, truths }: RankedSet): Folder[] {
  const all = classes.map((_, t) => t);
  const images = truths.map((_, i) => i);
  const random = seededRandom(17);
  const ofClasses = (some: readonly number[]) => images.filter((i) => some.includes(truths[i]));
  const some = (count: number) =>
    shuffle([...all], random)
      .slice(0, count)
      .sort((a, b) => a - b);
  const folders: Folder[] = [{ kind: 'whole', images, classes: all }];
  if (all.length >= 8) {
    for (let draw = 0; draw < 2; draw++) {
      const half = some(Math.round(all.length / 2));
      folders.push({ kind: 'half of the labels', images: ofClasses(half), classes: half });
    }
  }
  if (all.length >= 5)
    for (let draw = 0; draw < 2; draw++)
      folders.push({
        kind: 'three labels of ten',
        images: ofClasses(some(Math.max(2, Math.round(0.3 * all.length)))),
        classes: all,
      });
  const tail = shuffle([...all], random).flatMap((t, rank) => {
    const own = shuffle(ofClasses([t]), random);
    return own.slice(0, Math.max(1, Math.round(own.length * 0.05 ** (rank / Math.max(1, all.length - 1)))));
  });
  folders.push({ kind: 'long tail', images: tail, classes: all });
  if (images.length > 60)
    folders.push({ kind: '50 images', images: shuffle([...images], random).slice(0, 50), classes: all });
  return folders;
}

function casesOf(set: RankedSet, { kind, images, classes }: Folder): Case[] {
  const targets = classes.map((t) => ({ name: set.classes[t] }));
  const truths = images.map((i) => classes.indexOf(set.truths[i]));
  const T = targets.length;
  const found = set.outputs.map(({ backbone, logits: all }) => {
    const { labelSpace, name, sha256 } = backbone;
    const matrix = similarity.compare(targets, labelSpace);
    const mapping = semap(matrix, { excluded: labelSpace.background });
    const document = documentOf({
      targets,
      labelSpace,
      backbone: { name, sha256 },
      method: { name: 'semap', similarity: 'wordnet' },
      mapping,
      similarity: matrix,
    });
    const S = labelSpace.labels.length;
    const logits = new Float32Array(images.length * S);
    images.forEach((image, i) => {
      logits.set(all.subarray(image * S, (image + 1) * S), i * S);
    });
    const scores = new MappingScorer(mapping).score(logits);
    const answers = Int32Array.from(images, (_, i) => decidedTarget(scores, i * T, T));
    return {
      backbone: name,
      answers,
      signs: new SignCount(mapping).add(scores, logits).signs!,
      byLabels: document.targets.reduce((sum, one) => sum + recallOf(one), 0) / T,
    };
  });
  const confidences = found.map(({ signs }) => logitOf(signs.confidence));
  const agreements = agreementsOf(found.map(({ answers }) => answers)).map(logitOf);
  const among = expectedAmong(found);
  return found.map(({ answers, ...one }, at) => ({
    ...one,
    set: set.name,
    group: set.group,
    folder: kind,
    accuracy: truths.filter((truth, i) => answers[i] === truth).length / truths.length,
    images: images.length,
    targets: T,
    surer: confidences[at] - median(confidences),
    agreeing: agreements[at] - median(agreements),
    alone: expectedAccuracy(one),
    among: among[at],
  }));
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
/** As the product keeps shares from being certain. */
const logitOf = (share: number) => logit(share, 0.01);

function row({ signs, byLabels, surer, agreeing }: Case, among: boolean): number[] {
  const { confidence, backing, diversity } = signs;
  const own = [1, ...[confidence, backing, byLabels, diversity].map(logitOf)];
  return among ? [...own, surer, agreeing] : own;
}

/** Least squares of the logit, where it bends the accuracy; each group of sets weighs the same. */
function fitted(cases: readonly Case[], among: boolean): number[] {
  const rows = cases.map((one) => row(one, among));
  const width = rows[0].length;
  const system = Array.from({ length: width }, () => new Array<number>(width + 1).fill(0));
  for (const [i, one] of cases.entries()) {
    const weight =
      Math.max(0.03, one.accuracy * (1 - one.accuracy)) /
      cases.filter(({ group }) => group === one.group).length;
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) system[a][b] += weight * rows[i][a] * rows[i][b];
      system[a][width] += weight * rows[i][a] * logitOf(one.accuracy);
    }
  }
  for (let a = 0; a < width; a++) {
    system[a][a] += 1e-4;
    for (let b = 0; b < width; b++) {
      if (b === a) continue;
      const factor = system[b][a] / system[a][a];
      for (let k = a; k <= width; k++) system[b][k] -= factor * system[a][k];
    }
  }
  return system.map((line, a) => line[width] / line[a]);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const points = (share: number) => (100 * share).toFixed(1);

/** How far expected accuracies are off, by kind of folder; and what choosing by them loses. */
function report(title: string, cases: readonly Case[], expected: readonly ExpectedAccuracy[]): void {
  console.log(`\n${title}`);
  console.log(`${'folder'.padEnd(24)}cases   error  bias   within the range`);
  const line = (name: string, at: readonly number[]) => {
    const errors = at.map((i) => expected[i].accuracy - cases[i].accuracy);
    const held = at.filter(
      (i) => cases[i].accuracy >= expected[i].low && cases[i].accuracy <= expected[i].high,
    );
    console.log(
      `${name.padEnd(24)}${String(at.length).padStart(5)}  ${points(mean(errors.map(Math.abs))).padStart(6)} ${points(mean(errors)).padStart(5)}  ${points(held.length / at.length).padStart(6)}`,
    );
  };
  const all = [...cases.keys()];
  for (const kind of new Set(cases.map(({ folder }) => folder)))
    line(
      kind,
      all.filter((i) => cases[i].folder === kind),
    );
  line('all', all);
  const losses: string[] = [];
  const sums: number[] = [];
  for (const set of new Set(cases.map((one) => one.set))) {
    const own = all.filter((i) => cases[i].set === set && cases[i].folder === 'whole');
    const chosen = own.reduce((best, i) => (expected[i].accuracy > expected[best].accuracy ? i : best));
    const most = Math.max(...own.map((i) => cases[i].accuracy));
    sums.push(most - cases[chosen].accuracy);
    losses.push(
      `${set} ${points(most - cases[chosen].accuracy)} (${cases[chosen].backbone} ${points(cases[chosen].accuracy)} of ${points(most)})`,
    );
  }
  console.log(
    `chosen backbone below the best: mean ${points(mean(sums))}, within 2 points in ${sums.filter((loss) => loss <= 0.02).length} of ${sums.length}`,
  );
  for (const loss of losses) console.log(`  ${loss}`);
}

const cases: Case[] = [];
for await (const set of rankedSets(await describeBackbones(options.backbones.split(',')))) {
  if (set.outputs.length < 2) continue;
  for (const folder of foldersOf(set)) cases.push(...casesOf(set, folder));
  console.log(
    `${set.name}: ${cases
      .filter((one) => one.set === set.name && one.folder === 'whole')
      .map((one) => `${one.backbone} ${points(one.accuracy)}`)
      .join(', ')}`,
  );
}
if (options.out) writeFileSync(options.out, JSON.stringify(cases));
for (const among of [false, true]) {
  const words = among ? 'among other backbones' : 'a backbone alone';
  console.log(
    `\nfitted, ${words} (bias, confidence, backing, by labels, diversity${among ? ', surer, agreeing' : ''}): ${fitted(
      cases,
      among,
    )
      .map((weight) => weight.toFixed(2))
      .join(' ')}`,
  );
  const left: ExpectedAccuracy[] = [];
  const offs: number[] = [];
  for (const group of new Set(cases.map((one) => one.group))) {
    const weights = fitted(
      cases.filter((one) => one.group !== group),
      among,
    );
    for (const [i, one] of cases.entries()) {
      if (one.group !== group) continue;
      const z = row(one, among).reduce((sum, value, k) => sum + value * weights[k], 0);
      const share = (by: number) => logistic(z + by);
      offs.push(Math.abs(logitOf(one.accuracy) - z));
      const { low, high } = one.alone;
      const off = (logitOf(high) - logitOf(low)) / 2;
      left[i] = { accuracy: share(0), low: share(-off), high: share(off) };
    }
  }
  offs.sort((a, b) => a - b);
  console.log(`logit off by at most ${offs[Math.floor(0.8 * offs.length)].toFixed(2)} in four of five`);
  report(`left out, ${words}`, cases, left);
  report(
    `as it is, ${words}`,
    cases,
    cases.map((one) => (among ? one.among : one.alone)),
  );
}
