import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import type { LabelSpace } from '../../../../src/core/labels/labelSpace.ts';
import { type SuggestedLabel, suggestedLabels } from '../../../../src/core/labels/suggestedLabels.ts';
import { labelList, parseLabelList } from '../../../../src/core/labels/targetLabels.ts';
import { WordNet } from '../../../../src/core/labels/wordnet.ts';
import { noModels } from '../../engine/engineHarness.ts';

const root = path.resolve(import.meta.dirname, '../../../..');

const WNIDS = {
  'golden retriever': 'n02099601',
  collie: 'n02106030',
  beagle: 'n02088364',
  tabby: 'n02123045',
  'sports car': 'n04285008',
  limousine: 'n03670208',
  'garbage truck': 'n03417042',
  church: 'n03028079',
  barn: 'n02793495',
  thing: undefined,
  background: undefined,
};
type Source = keyof typeof WNIDS;
const SOURCES = Object.keys(WNIDS) as Source[];

const space: LabelSpace = {
  name: 'test',
  labels: Object.entries(WNIDS).map(([name, wnid]) => (wnid === undefined ? { name } : { name, wnid })),
  background: [SOURCES.indexOf('background')],
};

describe('labels that images suggest', { skip: noModels }, () => {
  let wordnet: WordNet;
  before(() => {
    wordnet = new WordNet(brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin'))));
  });

  /** @param images what each image looks like, and how much */
  function suggested(...images: readonly Partial<Record<Source, number>>[]): readonly SuggestedLabel[] {
    const rows = images.flatMap((image) => SOURCES.map((name) => Math.log((image[name] ?? 0) + 1e-6)));
    return suggestedLabels(Float32Array.from(rows), space, wordnet);
  }
  const names = (labels: readonly SuggestedLabel[]) =>
    labels.map(({ label, images }) => `${label} ${images}`);

  it('put kinds of one thing under the word for it, and keep apart what has words of its own', () => {
    const found = suggested(
      { 'golden retriever': 1 },
      { collie: 1 },
      { beagle: 0.4, collie: 0.3, tabby: 0.3 },
      { tabby: 1 },
      { tabby: 1 },
      { 'sports car': 1 },
      { limousine: 1 },
      { 'garbage truck': 1 },
      { church: 1 },
      { barn: 1 },
    );
    assert.deepEqual(names(found), ['dog 3', 'tabby 2', 'car 2', 'building 2', 'garbage truck 1']);
    assert.deepEqual(
      found[0].kinds.map(({ label, images }) => [label, images]),
      [
        ['collie', 1],
        ['golden retriever', 1],
        ['beagle', 1],
      ],
    );
    assert.ok(Math.abs(found[0].share - 0.27) < 1e-3, 'the cat of the third image is not counted');
  });

  it('are proposed where several images show them', () => {
    const found = suggested(
      ...Array.from({ length: 30 }, () => ({ tabby: 1 })),
      { barn: 1 },
      { collie: 1 },
      { collie: 1 },
    );
    assert.deepEqual(
      found.map(({ label, proposed }) => [label, proposed]),
      [
        ['tabby', true],
        ['collie', true],
        ['barn', false],
      ],
    );
  });

  it('are the kinds of a thing where every image shows it', () => {
    const found = suggested(
      { 'golden retriever': 1 },
      { 'golden retriever': 1 },
      { collie: 1 },
      { beagle: 1 },
    );
    assert.deepEqual(names(found), ['golden retriever 2', 'collie 1', 'beagle 1']);
  });

  it('are one source label where all images show the same', () => {
    assert.deepEqual(names(suggested({ tabby: 1 }, { tabby: 1 })), ['tabby 2']);
    assert.equal(suggested({ tabby: 1 })[0].proposed, true, 'one image proposes its label');
  });

  it('are never what means "nothing of these", and need no WordNet', () => {
    assert.deepEqual(names(suggested({ background: 0.9, thing: 0.1 })), ['thing 1']);
    assert.deepEqual(suggested(), []);
  });

  it('are written as a list that is read back as it was', () => {
    const labels = ['dog', 'crane, bird', 'the "big" one; really', 'x'];
    assert.deepEqual(parseLabelList(labelList(labels)), labels);
  });
});
