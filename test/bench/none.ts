import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { assurances, LEAST_ASSURANCE } from '../../src/core/caution/assurance.ts';
import {
  type CautionInput,
  type CautiousAnswers,
  cautiousAnswers,
  SAID,
  TRUTH,
} from '../../src/core/caution/cautiousAnswers.ts';
import { RollUp } from '../../src/core/caution/rollUp.ts';
import { settledProbabilities } from '../../src/core/heads/settle.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { logSumExp } from '../../src/core/mapping/logSumExp.ts';
import { argmax, MappingScorer, softmax } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { measureTapped, type TappedSet } from './settleData.ts';
import { Settling } from './settleFolders.ts';

/*
 * npm run bench:none [-- --sets a,b --backbones a,b --draws 200 --cache DIR]
 *
 * How well SeMap says nothing rather than nonsense, on settled folders; needs the build and the test data.
 *   promise   wrong labels among images that were not checked, beside the promised share: mean over draws of the checked
 *             images, and how far a single draw goes (5th and 95th percentile)
 *   none      labels of three classes in ten are taken away: how well their images are told from others (AUROC, five
 *             draws), by the plain confidence and by the assurance; and what the bound for folders without truths does
 *   kinds     how often a common kind is said, how often that is right, and how often the label would have been
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

const { values: options } = parseArgs({
  options: {
    sets: { type: 'string', default: 'cifar10,pacs-photo,caltech101,imagenette-val,eurosat,asl-digits' },
    backbones: { type: 'string', default: 'squeezenet1.1,mobilenetv2' },
    draws: { type: 'string', default: '200' },
    cache: { type: 'string', default: path.join(root, 'out/bench/outputs') },
  },
});

const wordnet = new WordNet(brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin'))));
const similarity = new WordNetSimilarity(wordnet);

/** What is called by a wnid has its first word. */
function nameOf(label: string): string {
  const synset = wordnet.synsetOfWnid(label);
  return synset === undefined ? label : wordnet.lemmas(synset)[0];
}

interface Answered {
  readonly input: CautionInput;
  /** The confidence of the mapping alone. */
  readonly plain: Float32Array;
  readonly senses: readonly (string | undefined)[];
}

/** A settled folder under the labels of some of its classes. */
async function answered(
  set: TappedSet,
  backbone: BackboneDescription,
  kept: readonly number[],
): Promise<Answered> {
  const labels = kept.map((label) => nameOf(set.classes[label]));
  const comparison = similarity.compare(
    labels.map((name) => ({ name })),
    backbone.labelSpace,
  );
  const mapping = semap(comparison);
  const { logits, features, truths: all } = set;
  const scores = new MappingScorer(mapping).score(logits);
  const truths = Int32Array.from(all, (truth) => {
    const at = kept.indexOf(truth);
    return at < 0 ? TRUTH.none : at;
  });
  const T = labels.length;
  const folder = { set: set.name, backbone: backbone.name, truths: [...truths], targetCount: T };
  const settled = await new Settling({ ...folder, mapping, scores, logits, features }).scores();
  const row = (values: Float32Array, i: number) => values.subarray(i * T, (i + 1) * T);
  const isSettled = settled.evidence > 0;
  const probabilities = (i: number) =>
    isSettled ? settledProbabilities(row(settled.scores, i)) : softmax(row(scores, i));
  const targets = Int32Array.from(truths, (_, i) => argmax(settled.scores, i * T, T));
  const confidences = Float32Array.from(targets, (target, i) => probabilities(i)[target]);
  const S = mapping.sourceCount;
  const evidence = Float32Array.from(truths, (_, i) => logSumExp(logits.subarray(i * S, (i + 1) * S)));
  return {
    input: {
      labels,
      targets,
      confidences,
      assurances: assurances({ targets, confidences, scores, evidence }),
      probabilities,
      truths,
      random: () => true,
    },
    plain: Float32Array.from(truths, (_, i) => Math.max(...softmax(row(scores, i)))),
    senses: comparison.meanings?.senses.map(([sense]) => sense?.key) ?? [],
  };
}

const percent = (share: number) => (100 * share).toFixed(1).padStart(5);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Shares of wrong answers among images that were not checked. */
function wrongShares({ input }: Answered, count: number, rate: number, rollUp?: RollUp): number[] {
  const images = [...input.targets.keys()];
  return Array.from({ length: Number(options.draws) }, (_, draw) => {
    const checked = new Set(shuffle([...images], seededRandom(draw)).slice(0, count));
    const truths = input.truths.map((truth, i) => (checked.has(i) ? truth : TRUTH.unknown));
    const answers = cautiousAnswers(
      { ...input, truths },
      { none: { errorRate: rate }, rollUp: true },
      rollUp,
    );
    const rest = images.filter((i) => !checked.has(i));
    return rest.filter((i) => isWrong(answers, input, i)).length / rest.length;
  });
}

function isWrong(
  { said, kind, kinds }: CautiousAnswers,
  { targets, truths }: CautionInput,
  i: number,
): boolean {
  if (said[i] === SAID.kind) return !kinds[kind[i]].targets.includes(truths[i]);
  return said[i] === SAID.label && targets[i] !== truths[i];
}

function auroc(values: Float32Array, isAbove: (image: number) => boolean): number {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  let [below, sum, above] = [0, 0, 0];
  for (const image of order) {
    if (isAbove(image)) {
      sum += below;
      above++;
    } else below++;
  }
  return sum / (above * below);
}

const backbones = await describeBackbones(options.backbones.split(','));
const promise = new Map<string, number[]>();
const note = (key: string, share: number) => promise.set(key, [...(promise.get(key) ?? []), share]);
const detection: number[][] = [];
const rolled = [0, 0, 0];
for (const name of options.sets.split(',')) {
  for (const backbone of backbones) {
    const set = await measureTapped(path.join(data, 'images', name), backbone, options.cache);
    const all = set.classes.map((_, label) => label);
    const whole = await answered(set, backbone, all);
    const rollUp = new RollUp(wordnet, whole.senses);
    const lines: string[] = [];
    for (const rate of [0.05, 0.1, 0.2]) {
      for (const count of [30, 60, 100]) {
        const shares = wrongShares(whole, count, rate).sort((a, b) => a - b);
        const at = (share: number) => percent(shares[Math.floor(share * (shares.length - 1))]);
        lines.push(`${percent(rate)} with ${count}: ${percent(mean(shares))} [${at(0.05)}, ${at(0.95)}]`);
        note(`${rate} ${count}`, mean(shares));
      }
      const kinds = mean(wrongShares(whole, 60, rate, rollUp));
      note(`${rate} 60, kinds`, kinds);
    }
    const { targets, truths } = whole.input;
    const wrong = mean([...targets].map((target, i) => (target === truths[i] ? 0 : 1)));
    console.log(`\n${name} ${backbone.name}: ${percent(wrong)}% of the labels wrong without a promise`);
    for (const line of lines) console.log(`  promise ${line}`);

    const figures: number[][] = [];
    for (let seed = 0; seed < 5; seed++) {
      const left = shuffle([...all], seededRandom(seed)).slice(Math.round(0.3 * all.length));
      const some = await answered(
        set,
        backbone,
        left.sort((a, b) => a - b),
      );
      const { input, plain } = some;
      const isOf = (i: number) => input.truths[i] >= 0;
      const isRight = (i: number) => input.truths[i] === input.targets[i];
      const low = (i: number) => input.assurances[i] <= LEAST_ASSURANCE;
      const images = [...input.targets.keys()];
      const share = (of: number[]) => of.filter(low).length / Math.max(1, of.length);
      figures.push([
        auroc(plain, isOf),
        auroc(input.assurances, isOf),
        auroc(plain, isRight),
        auroc(input.assurances, isRight),
        share(images.filter((i) => !isOf(i))),
        share(images.filter(isRight)),
      ]);
    }
    const figure = figures[0].map((_, k) => mean(figures.map((row) => row[k]).filter(Number.isFinite)));
    detection.push(figure);
    console.log(
      `  none    AUROC plain ${percent(figure[0])}, assurance ${percent(figure[1])}; right against all else ${percent(figure[2])}, ${percent(figure[3])}; without truths ${percent(figure[4])}% found, ${percent(figure[5])}% of the right ones lost`,
    );

    const kinds = cautiousAnswers(whole.input, { rollUp: true }, rollUp);
    const said = [...targets.keys()].filter((i) => kinds.said[i] === SAID.kind);
    const right = said.filter((i) => !isWrong(kinds, whole.input, i)).length;
    const label = said.filter((i) => targets[i] === truths[i]).length;
    [said.length, right, label].forEach((count, k) => {
      rolled[k] += count;
    });
    console.log(
      `  kinds   ${percent(said.length / targets.length)}% of the images, right ${percent(right / said.length)}, their label ${percent(label / said.length)}`,
    );
  }
}
console.log('\nMean over folders and backbones');
for (const [key, shares] of promise) {
  const [rate, ...rest] = key.split(' ');
  console.log(
    `  promise ${percent(Number(rate))} with ${rest.join(' ')}: ${percent(mean(shares))} (folders ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))})`,
  );
}
const words = [
  'AUROC plain',
  'assurance',
  'right against all else: plain',
  'assurance',
  'found',
  'right ones lost',
];
console.log(
  `  none    ${words.map((word, k) => `${word} ${percent(mean(detection.map((row) => row[k])))}`).join(', ')}`,
);
console.log(
  `  kinds   right ${percent(rolled[1] / rolled[0])}, their label ${percent(rolled[2] / rolled[0])}`,
);
