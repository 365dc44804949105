/**
 * What labels that are defined by the others are worth: every class of a set as `x` and `not_x`, and every two
 * classes that follow each other with `other` for all the rest. Balanced accuracy in percent: such folders have about as
 * many images of each label as a person wants.
 *
 *     npm run bench:roles [-- --data FOLDER] [--sets a,b] [--backbones a,b]
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import type { LabelSpace } from '../../src/core/labels/labelSpace.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import type { Mapping } from '../../src/core/mapping/mapping.ts';
import { complementsOf, withComplements } from '../../src/core/mapping/roles.ts';
import { decidedTarget, MappingScorer } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { type MeasuredSet, measure } from './mappingData.ts';

const root = path.join(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

/** Mean over the labels of the share of their images that are found. @param truthOf index of an image's label */
function balanced(
  mapping: Mapping,
  { logits, truths }: MeasuredSet,
  truthOf: (truth: number) => number,
): number {
  const T = mapping.targets.length;
  const scores = new MappingScorer(mapping).score(logits);
  const [hits, all] = [new Array<number>(T).fill(0), new Array<number>(T).fill(0)];
  for (const [i, truth] of truths.entries()) {
    const wanted = truthOf(truth);
    all[wanted]++;
    if (decidedTarget(scores, i * T, T) === wanted) hits[wanted]++;
  }
  return hits.reduce((sum, hit, t) => sum + hit / all[t], 0) / T;
}

/** The mapping of labels, and the same with labels that are defined by the others. */
function mappings(names: readonly string[], labelSpace: LabelSpace, similarity: WordNetSimilarity) {
  const targets = names.map((name) => ({ name }));
  const matrix = similarity.compare(targets, labelSpace);
  const plain = semap(matrix, { excluded: labelSpace.background });
  const read = names.map((label, t) => ({ label, role: matrix.roles?.[t], sources: plain.targets[t] }));
  return { plain, mapping: withComplements(plain, complementsOf(read, plain.aggregation)) };
}

/** Means over all sets of labels that can be made of a set's classes; `half` where a label needs half of the probability. */
export function rolesOf(set: MeasuredSet, labelSpace: LabelSpace, similarity: WordNetSimilarity) {
  const { classes } = set;
  const sums = { pairs: 0, not: 0, half: 0, triples: 0, other: 0, without: 0 };
  for (const [t, name] of classes.entries()) {
    const { plain, mapping } = mappings([name, `not_${name}`], labelSpace, similarity);
    if (plain.targets[0].length === 0) continue;
    const truth = (of: number) => Number(of !== t);
    sums.pairs++;
    sums.not += balanced(mapping, set, truth);
    const offsets = [mapping.offsets![0], mapping.offsets![1] + Math.log(100)];
    sums.half += balanced({ ...mapping, offsets }, set, truth);
    const next = (t + 1) % classes.length;
    if (classes.length < 4) continue;
    const three = mappings([name, classes[next], 'other'], labelSpace, similarity);
    const place = (of: number) => (of === t ? 0 : of === next ? 1 : 2);
    sums.triples++;
    sums.other += balanced(three.mapping, set, place);
    sums.without += balanced(three.plain, set, place);
  }
  return sums;
}

if (process.argv[1] === import.meta.filename) {
  const { values: options } = parseArgs({
    options: {
      data: { type: 'string', default: path.join(data, 'images') },
      sets: { type: 'string' },
      backbones: { type: 'string', default: 'squeezenet1.1,mobilenetv2' },
    },
  });
  const table = brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')));
  const similarity = new WordNetSimilarity(new WordNet(table));
  const backbones = await describeBackbones(options.backbones.split(','));
  const percent = (sum: number, count: number) => ((100 * sum) / count).toFixed(1).padStart(7);
  console.log(`${'set'.padEnd(24)}${'backbone'.padEnd(20)}  not_x  at 50%   x y other  without`);
  for (const name of options.sets?.split(',') ?? readdirSync(options.data).sort()) {
    for (const backbone of backbones) {
      const set = await measure(
        path.join(options.data, name),
        backbone,
        path.join(root, 'out/bench/outputs'),
      );
      const sums = rolesOf(set, backbone.labelSpace, similarity);
      const figures = [
        percent(sums.not, sums.pairs),
        percent(sums.half, sums.pairs),
        percent(sums.other, sums.triples).padStart(11),
        percent(sums.without, sums.triples).padStart(8),
      ];
      console.log(`${name.padEnd(24)}${backbone.name.padEnd(20)}${figures.join(' ')}`);
    }
  }
}
