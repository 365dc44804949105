import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { documentOf } from '../../src/core/alignments/alignmentBuilding.ts';
import { alignmentScorer } from '../../src/core/alignments/alignmentScorer.ts';
import { joinAlignments, withMemberWeight } from '../../src/core/alignments/memberEdits.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { earnedWeights } from '../../src/core/evidence/earnedWeights.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { JoinedScorer, joinRows } from '../../src/core/mapping/joinedScorer.ts';
import type { LabelledOutputs } from '../../src/core/mapping/labelledOutputs.ts';
import { labelledWeights } from '../../src/core/mapping/labelledWeights.ts';
import type { Mapping } from '../../src/core/mapping/mapping.ts';
import { type LearnedMethod, learnedMapping } from '../../src/core/mapping/methods.ts';
import { decidedTarget } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import type { Comparison } from '../../src/core/similarity/similarity.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { type MeasuredSet, measure } from './mappingData.ts';

/*
 * npm run bench:members [-- --sets a,b --backbones a,b --most 3 --labels 5 --methods semap-labels,linear --seeds 3]
 *
 * Zero-shot accuracy of several backbones that answer together, beside each of them alone. Needs the build and the test data.
 *   mean, best  of the backbones of a group, each alone; nobody knows without labels which one is the best
 *   equal       joined as the product does it
 *   weighed     with weights that are earned without labels
 *
 * With --labels 5 instead what five labelled images of each label bring, on all others, mean over --seeds:
 *   labels      the zero-shot mappings with weights that are learned from the labels
 *   and for each of --methods, learned from the same images: mean, best, equal, and "in" and "cross", with weights that are
 *   learned from the very images, or from each half of them with mappings that are learned from the other
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const { values: options } = parseArgs({
  options: {
    sets: { type: 'string', default: 'cifar10,pacs-photo,caltech101' },
    backbones: {
      type: 'string',
      default: 'mobilenetv2,squeezenet1.1,mobilenetv3-small,mobilenetv1-0.25-128',
    },
    most: { type: 'string', default: '3' },
    labels: { type: 'string' },
    methods: { type: 'string', default: 'semap-labels,linear,blm+' },
    seeds: { type: 'string', default: '1' },
  },
});

interface Alone {
  readonly backbone: BackboneDescription;
  readonly set: MeasuredSet;
  readonly document: AlignmentDocument;
  readonly compared: Comparison;
  readonly mapping: Mapping;
}

function accuracy({ truths }: MeasuredSet, scores: Float32Array): number {
  const width = scores.length / truths.length;
  const right = truths.filter((truth, i) => decidedTarget(scores, i * width, width) === truth);
  return (100 * right.length) / truths.length;
}

/** Outputs of several backbones for the same images, side by side. */
function sideBySide(group: readonly Alone[]): Float32Array {
  const widths = group.map(({ backbone }) => backbone.labelSpace.labels.length);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const count = group[0].set.truths.length;
  const rows = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const own = group.map(({ set }, m) => set.logits.subarray(i * widths[m], (i + 1) * widths[m]));
    joinRows(own, rows.subarray(i * width, (i + 1) * width));
  }
  return rows;
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => groupsOf(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}

/** Images of a set that are learned from, in halves, and the others. */
function parted({ truths, classes }: MeasuredSet, seed: number) {
  const random = seededRandom(seed);
  const [one, other, rest]: number[][] = [[], [], []];
  for (const t of classes.keys()) {
    const own = shuffle(
      [...truths.keys()].filter((i) => truths[i] === t),
      random,
    );
    const count = Math.min(Number(options.labels), Math.max(1, Math.floor(0.75 * own.length)));
    for (const [k, i] of own.entries()) (k >= count ? rest : (k + t) % 2 === 0 ? one : other).push(i);
  }
  return { one, other, rest };
}

/** Log-probabilities of some images, as a joined backbone has them. */
function rowsOf({ set, backbone }: Alone, images: readonly number[]): LabelledOutputs {
  const S = backbone.labelSpace.labels.length;
  const logits = new Float32Array(images.length * S);
  for (const [k, i] of images.entries())
    joinRows([set.logits.subarray(i * S, (i + 1) * S)], logits.subarray(k * S, (k + 1) * S));
  return {
    logits,
    truths: images.map((i) => set.truths[i]),
    sourceCount: S,
    targetCount: set.classes.length,
  };
}

interface Joinable {
  readonly rest: LabelledOutputs;
  readonly learn: LabelledOutputs;
  readonly halves: readonly [LabelledOutputs, LabelledOutputs];
  readonly mapping: Mapping;
  /** Learned from the other half. */
  readonly crossed: readonly [Mapping, Mapping];
}

function sideBySideOf(group: readonly LabelledOutputs[]): Float32Array {
  const width = group.reduce((sum, { sourceCount }) => sum + sourceCount, 0);
  const count = group[0].truths.length;
  const rows = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const own = group.map(({ logits, sourceCount: S }) => logits.subarray(i * S, (i + 1) * S));
    joinRows(own, rows.subarray(i * width, (i + 1) * width));
  }
  return rows;
}

function rightOf(group: readonly Joinable[], weights: readonly number[]): number {
  const scorer = new JoinedScorer(group.map(({ mapping }, m) => ({ mapping, weight: weights[m] })));
  const { truths, targetCount: T } = group[0].rest;
  const scores = scorer.score(sideBySideOf(group.map(({ rest }) => rest)));
  return (
    (100 * Array.from(truths).filter((truth, i) => decidedTarget(scores, i * T, T) === truth).length) /
    truths.length
  );
}

function learnedWeights(
  group: readonly Joinable[],
  parts: readonly ((one: Joinable) => { readonly mapping: Mapping; readonly rows: LabelledOutputs })[],
): number[] {
  const seen = parts.map((part) => {
    const own = group.map(part);
    const scorer = new JoinedScorer(own.map(({ mapping }) => ({ mapping, weight: 1 })));
    return {
      said: scorer.said(sideBySideOf(own.map(({ rows }) => rows))),
      truths: Array.from(own[0].rows.truths),
    };
  });
  return labelledWeights({
    said: group.map((_, m) => Float32Array.from(seen.flatMap(({ said }) => [...said[m]]))),
    truths: seen.flatMap(({ truths }) => truths),
    targetCount: group[0].rest.targetCount,
  });
}

async function withLabels(name: string, alone: readonly Alone[], seed: number, all: Map<string, number[][]>) {
  const { one, other, rest } = parted(alone[0].set, seed);
  const methods = ['semap', ...options.methods.split(',')];
  for (const method of methods) {
    const ready: Joinable[] = [];
    for (const item of alone) {
      const learn = (images: readonly number[]) =>
        method === 'semap'
          ? Promise.resolve(item.mapping)
          : learnedMapping(method as LearnedMethod, rowsOf(item, images), {
              semantic: item.mapping,
              similarity: item.compared,
              unused: item.backbone.labelSpace.background,
              beside: true,
            });
      ready.push({
        rest: rowsOf(item, rest),
        learn: rowsOf(item, [...one, ...other]),
        halves: [rowsOf(item, one), rowsOf(item, other)],
        mapping: await learn([...one, ...other]),
        crossed: [await learn(other), await learn(one)],
      });
    }
    const each = ready.map((item) => rightOf([item], [1]));
    for (let size = 2; size <= Math.min(Number(options.most), alone.length); size++) {
      for (const at of groupsOf([...alone.keys()], size)) {
        const group = at.map((m) => ready[m]);
        const own = at.map((m) => each[m]);
        const inside = learnedWeights(group, [({ mapping, learn }) => ({ mapping, rows: learn })]);
        const across = learnedWeights(group, [
          ({ crossed, halves }) => ({ mapping: crossed[0], rows: halves[0] }),
          ({ crossed, halves }) => ({ mapping: crossed[1], rows: halves[1] }),
        ]);
        const figures = [
          mean(own),
          Math.max(...own),
          rightOf(
            group,
            group.map(() => 1),
          ),
          rightOf(group, inside),
          rightOf(group, across),
        ];
        const key = `${method}, groups of ${size}`;
        all.set(key, [...(all.get(key) ?? []), figures]);
        console.log(
          line(
            `${name} ${method} ${at.map((m) => alone[m].backbone.name).join(' + ')} ${across.join(':')}`,
            figures,
          ),
        );
      }
    }
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function main(): Promise<void> {
  const bytes = brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')));
  const similarity = new WordNetSimilarity(new WordNet(bytes));
  const backbones = await describeBackbones(options.backbones.split(','));
  const all = new Map<string, number[][]>();
  for (const name of options.sets.split(',')) {
    const alone: Alone[] = [];
    for (const backbone of backbones) {
      const set = await measure(
        path.join(data, 'images', name),
        backbone,
        path.join(root, 'out/bench/outputs'),
      );
      const targets = set.classes.map((label) => ({ name: label }));
      const compared = similarity.compare(targets, backbone.labelSpace);
      const mapping = semap(compared);
      const document = documentOf({
        targets,
        labelSpace: backbone.labelSpace,
        backbone: { name: backbone.name, sha256: backbone.sha256 },
        method: { name: 'semap', similarity: 'wordnet' },
        mapping,
        similarity: compared,
      });
      alone.push({ backbone, set, document, compared, mapping });
    }
    if (options.labels) {
      for (let seed = 0; seed < Number(options.seeds); seed++) await withLabels(name, alone, seed, all);
      continue;
    }
    const each = new Map(
      alone.map((one) => [one, accuracy(one.set, alignmentScorer(one.document).score(one.set.logits))]),
    );
    for (let size = 2; size <= Math.min(Number(options.most), alone.length); size++) {
      for (const group of groupsOf(alone, size)) {
        const own = group.map((one) => each.get(one)!);
        const joined = joinAlignments(group.map(({ document }) => document));
        const rows = sideBySide(group);
        const images = group[0].set.truths.map((_, i) => ({ path: String(i), classFolder: '' }));
        const weights = await earnedWeights(joined, {
          images,
          async *blocks() {
            yield { from: 0, images, logits: rows };
          },
        });
        const weighed = weights.reduce((next, weight, m) => withMemberWeight(next, m, weight), joined);
        const figures = [
          mean(own),
          Math.max(...own),
          accuracy(group[0].set, alignmentScorer(joined).score(rows)),
          accuracy(group[0].set, alignmentScorer(weighed).score(rows)),
        ];
        const key = `groups of ${size}`;
        all.set(key, [...(all.get(key) ?? []), figures]);
        console.log(line(`${name} ${group.map(({ backbone }) => backbone.name).join(' + ')}`, figures));
      }
    }
  }
  console.log();
  for (const [key, figures] of all)
    console.log(
      line(
        `${key}: mean of ${figures.length}`,
        figures[0].map((_, k) => mean(figures.map((row) => row[k]))),
      ),
    );
}

function line(title: string, figures: readonly number[]): string {
  const names = options.labels
    ? ['mean', 'best', 'equal', 'in', 'cross']
    : ['mean', 'best', 'equal', 'weighed'];
  return `${title.padEnd(70)}${figures.map((value, k) => `${names[k]} ${value.toFixed(1)}`).join('  ')}`;
}

await main();
