import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { documentOf } from '../../src/core/alignments/alignmentBuilding.ts';
import { alignmentScorer } from '../../src/core/alignments/alignmentScorer.ts';
import { joinAlignments, withMemberWeight } from '../../src/core/alignments/members.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { memberWeights } from '../../src/core/heads/memberWeights.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { joinRows } from '../../src/core/mapping/joinedScorer.ts';
import { decidedTarget } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { type MeasuredSet, measure } from './mappingData.ts';

/*
 * npm run bench:members [-- --sets a,b --backbones a,b --most 3]
 *
 * Zero-shot accuracy of several backbones that answer together, beside each of them alone. Needs the build and the test data.
 *   mean, best  of the backbones of a group, each alone; nobody knows without labels which one is the best
 *   equal       joined as the product does it
 *   weighed     with weights that are earned without labels
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
  },
});

interface Alone {
  readonly backbone: BackboneDescription;
  readonly set: MeasuredSet;
  readonly document: AlignmentDocument;
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

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function main(): Promise<void> {
  const bytes = brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')));
  const similarity = new WordNetSimilarity(new WordNet(bytes));
  const backbones = await describeBackbones(options.backbones.split(','));
  const all = new Map<number, number[][]>();
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
      const document = documentOf({
        targets,
        labelSpace: backbone.labelSpace,
        backbone: { name: backbone.name, sha256: backbone.sha256 },
        method: { name: 'semap', similarity: 'wordnet' },
        mapping: semap(compared),
        similarity: compared,
      });
      alone.push({ backbone, set, document });
    }
    const each = new Map(
      alone.map((one) => [one, accuracy(one.set, alignmentScorer(one.document).score(one.set.logits))]),
    );
    for (let size = 2; size <= Math.min(Number(options.most), alone.length); size++) {
      for (const group of groupsOf(alone, size)) {
        const own = group.map((one) => each.get(one)!);
        const joined = joinAlignments(group.map(({ document }) => document));
        const rows = sideBySide(group);
        const said = group.map(({ document, set }) => alignmentScorer(document).score(set.logits));
        const weights = memberWeights(said, joined.targets.length);
        const weighed = weights.reduce((next, weight, m) => withMemberWeight(next, m, weight), joined);
        const figures = [
          mean(own),
          Math.max(...own),
          accuracy(group[0].set, alignmentScorer(joined).score(rows)),
          accuracy(group[0].set, alignmentScorer(weighed).score(rows)),
        ];
        all.set(size, [...(all.get(size) ?? []), figures]);
        console.log(line(`${name} ${group.map(({ backbone }) => backbone.name).join(' + ')}`, figures));
      }
    }
  }
  console.log();
  for (const [size, figures] of all)
    console.log(
      line(
        `mean of ${figures.length} groups of ${size}`,
        figures[0].map((_, k) => mean(figures.map((row) => row[k]))),
      ),
    );
}

function line(title: string, figures: readonly number[]): string {
  const names = ['mean', 'best', 'equal', 'weighed'];
  return `${title.padEnd(70)}${figures.map((value, k) => `${names[k]} ${value.toFixed(1)}`).join('  ')}`;
}

await main();
