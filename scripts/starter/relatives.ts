import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { imagenet1k } from '../../src/core/labels/labelSpaces.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';

/*
 * relatives.ts TINY_IMAGENET WORK: how close the labels of the starter are to one another.
 *
 * Writes WORK/relatives.f32, row-major float32 [1000, 1000]: SeMap's similarity by meaning; and WORK/places.json: where the
 * labels of the training pictures, in the order of their wnids, stand among the thousand. Needs the build (dist/).
 */

const root = path.join(import.meta.dirname, '../..');
const [pictures, work] = process.argv.slice(2);
const wordnet = new WordNet(brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin'))));
const space = imagenet1k(
  readFileSync(path.join(root, 'models/label-spaces/imagenet-1k.txt'), 'utf8'),
  wordnet,
);
const targets = space.labels.map(({ name, wnid }) => ({
  name,
  sense: wordnet.key(wordnet.synsetOfWnid(wnid!)!),
}));
writeFileSync(
  path.join(work, 'relatives.f32'),
  new WordNetSimilarity(wordnet).compare(targets, space).values,
);
const wnids = readFileSync(path.join(pictures, 'wnids.txt'), 'utf8').trim().split(/\s+/).sort();
const places = wnids.map((wnid) => space.labels.findIndex((label) => label.wnid === wnid));
writeFileSync(path.join(work, 'places.json'), JSON.stringify(places));
