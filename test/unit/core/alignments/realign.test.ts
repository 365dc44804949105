import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { alignLabels } from '../../../../src/core/alignments/alignLabels.ts';
import { type AlignmentDocument, madeFor } from '../../../../src/core/alignments/alignment.ts';
import type { MeaningEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { paramsOf, realigned } from '../../../../src/core/alignments/realign.ts';
import { checkSenses, sensesOf } from '../../../../src/core/alignments/senseOptions.ts';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import type { LabelSpace } from '../../../../src/core/labels/labelSpace.ts';
import { imagenet1k } from '../../../../src/core/labels/labelSpaces.ts';
import type { TargetLabel } from '../../../../src/core/labels/targetLabels.ts';
import { WordNet } from '../../../../src/core/labels/wordnet.ts';
import { WordNetSimilarity } from '../../../../src/core/similarity/wordnetSimilarity.ts';
import type { AlignParams } from '../../../../src/protocol/alignments.ts';
import { noModels } from '../../engine/engineHarness.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const BIRD = 'crane%1:05:00::';
const MACHINE = 'crane%1:06:00::';

describe('aligning again', { skip: noModels }, () => {
  let wordnet: WordNet;
  let labelSpace: LabelSpace;
  let similarity: WordNetSimilarity;

  before(() => {
    wordnet = new WordNet(brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin'))));
    labelSpace = imagenet1k(
      readFileSync(path.join(root, 'models/label-spaces/imagenet-1k.txt'), 'utf8'),
      wordnet,
    );
    similarity = new WordNetSimilarity(wordnet);
  });

  function align(targets: readonly TargetLabel[], more: Partial<AlignParams> = {}): AlignmentDocument {
    const backbone = { name: 'net', path: '', sha256: '', labelSpace } as unknown as BackboneDescription;
    const params: AlignParams = { targets, backbone: '', method: 'semap', ...more };
    const comparison = similarity.compare(targets, labelSpace);
    return alignLabels(params, backbone, undefined, { comparison, wordnet: comparison, adaptive: {} });
  }

  const edited = (document: AlignmentDocument, edit: MeaningEdit) =>
    realigned(document, edit, async (each) => {
      const { targets, ...params } = paramsOf(each);
      return align(targets, params);
    });

  const sourcesOf = ({ targets }: AlignmentDocument, label: string) =>
    targets.find((target) => target.label === label)!.sources.map((source) => source.wnid);

  it('moves a label to the sense that a person pins, and back when the choice is left to the method', async () => {
    const document = align([{ name: 'crane' }, { name: 'eagle' }]);
    assert.equal(document.targets[0].pinned, undefined);
    const machine = await edited(document, { kind: 'sense', target: 0, sense: MACHINE });
    assert.equal(machine.targets[0].sense, MACHINE);
    assert.equal(machine.targets[0].pinned, true);
    assert.match(machine.targets[0].gloss!, /lifts and moves heavy objects/);
    assert.equal(sourcesOf(machine, 'crane')[0], 'n03126707');
    assert.ok(!sourcesOf(machine, 'crane').includes('n02012849'), 'not the bird of the same name');
    assert.deepEqual(sourcesOf(machine, 'eagle'), sourcesOf(document, 'eagle'));
    assert.deepEqual(await edited(machine, { kind: 'sense', target: 0, sense: null }), document);
  });

  it('stays made for its folders, whatever is aligned again', async () => {
    const document = madeFor(['photos'], align([{ name: 'crane' }, { name: 'eagle' }]));
    const edits: MeaningEdit[] = [
      { kind: 'method', method: { name: 'semap-1' } },
      { kind: 'again', target: 0 },
      { kind: 'add', label: 'owl' },
    ];
    for (const edit of edits) assert.deepEqual((await edited(document, edit)).folders, ['photos'], edit.kind);
    assert.deepEqual(Object.keys(document).slice(0, 3), ['version', 'backbone', 'folders']);
  });

  it('takes a hint, keeps it through other edits, and gives it up', async () => {
    const document = align([{ name: 'crane' }, { name: 'lorry' }]);
    const hinted = await edited(document, { kind: 'hint', target: 0, hint: ' wading bird ' });
    assert.equal(hinted.targets[0].hint, 'wading bird');
    assert.equal(hinted.targets[0].sense, BIRD);
    const [truck] = hinted.targets[1].sources;
    const fewer = await edited(hinted, { kind: 'exclude', source: truck! });
    assert.equal(fewer.targets[0].hint, 'wading bird');
    const without = await edited(fewer, { kind: 'hint', target: 0, hint: '' });
    assert.equal('hint' in without.targets[0], false);
  });

  it('keeps an excluded source away from every target until it is included again', async () => {
    const document = align([{ name: 'tench' }, { name: 'fish' }]);
    const [tench] = document.targets[0].sources;
    assert.equal(tench!.wnid, 'n01440764');
    const excluded = await edited(document, {
      kind: 'exclude',
      source: { label: tench!.label, wnid: tench!.wnid!, index: tench!.index },
    });
    assert.deepEqual(excluded.excluded, [{ label: 'tench', wnid: 'n01440764', index: 0 }]);
    assert.ok(excluded.targets.every(({ sources }) => sources.every(({ index }) => index !== 0)));
    const after = await edited(excluded, { kind: 'hint', target: 1, hint: 'sea' });
    assert.deepEqual(after.excluded, excluded.excluded);
    assert.deepEqual(await edited(excluded, { kind: 'include', source: 0 }), document);
  });

  it('keeps sources that a person changed by hand, and what other programs wrote', async () => {
    const made = align([{ name: 'crane' }, { name: 'eagle' }, { name: 'dog' }]);
    const [source] = made.targets[2].sources;
    const byHand = {
      ...made,
      note: 'mine',
      targets: made.targets.with(2, { ...made.targets[2], sources: [source!], colour: 'red' } as never),
    };
    const after = await edited(byHand, { kind: 'sense', target: 0, sense: MACHINE });
    assert.deepEqual(after.targets[2].sources, [source]);
    assert.equal((after.targets[2] as unknown as { colour: string }).colour, 'red');
    assert.equal((after as unknown as { note: string }).note, 'mine');
    const none = await edited(byHand, { kind: 'exclude', source: source! });
    assert.deepEqual(none.targets[2].sources, []);
  });

  it('writes pins and exclusions so that they are read again', async () => {
    const document = await edited(
      align([{ name: 'crane', sense: BIRD }], { excluded: ['tench', 'n02012849'] }),
      { kind: 'hint', target: 0, hint: 'bird' },
    );
    assert.deepEqual(parseAlignment(serialiseAlignment(document)), document);
    assert.throws(
      () => parseAlignment(serialiseAlignment({ ...document, excluded: [{ label: 'x', index: 1000 }] })),
      /excluded\[0\]\.index is 1000/,
    );
  });

  it('finds excluded sources by wnid, name, synonym and index, and says what is not there or not clear', () => {
    const excluded = (...references: (string | number)[]) =>
      align([{ name: 'dog' }], { excluded: references }).excluded!.map(({ index }) => index);
    assert.deepEqual(excluded('n01443537', 'Tench', 'sports_car', 7, 'goldfish'), [0, 1, 7, 817]);
    assert.throws(() => excluded('crane'), /2 source labels/);
    assert.throws(() => excluded('tnech'), { hint: 'Did you mean "tench"?' });
  });

  it('offers every sense of a label with its gloss and the source labels that are its kinds', () => {
    const document = align([{ name: 'crane', sense: MACHINE }, { name: 'eagle' }]);
    const { senses, chosen, pinned } = sensesOf(document, 0, labelSpace, similarity, wordnet);
    assert.equal(pinned, MACHINE);
    assert.equal(chosen, senses[0].key);
    const bird = senses.find(({ key }) => key === BIRD)!;
    assert.match(bird.gloss, /bird/);
    assert.ok(bird.kindCount >= 1 && bird.kinds.includes('crane'));
    assert.equal(new Set(senses.map(({ gloss }) => gloss)).size, senses.length);
  });

  it('says all senses that a label has at once by a hint of several phrases', () => {
    const document = align([{ name: 'front', hint: 'house, barn' }, { name: 'eagle' }]);
    const { senses, together = [] } = sensesOf(document, 0, labelSpace, similarity, wordnet);
    const glosses = together.map((each) => senses.find(({ key }) => key === each)?.gloss ?? '');
    assert.equal(glosses.length, 2);
    assert.match(glosses[0], /living quarters/);
    assert.match(glosses[1], /farm/);
    assert.equal(sensesOf(document, 1, labelSpace, similarity, wordnet).together, undefined);
  });

  it('offers the senses of a plural that is a word of its own, and those of its singular', () => {
    const { senses } = sensesOf(align([{ name: 'glasses' }]), 0, labelSpace, similarity, wordnet);
    const glosses = senses.map(({ gloss }) => gloss).join('\n');
    assert.match(glosses, /correcting defective vision/);
    assert.match(glosses, /container made of glass/);
  });

  it('pins one of the things that a label names, and leaves the others', () => {
    const both = align([{ name: 'crane / eagle' }]);
    const pinned = align([{ name: 'crane / eagle', sense: MACHINE }]);
    assert.equal(pinned.targets[0].sense, MACHINE);
    assert.equal(pinned.targets[0].pinned, true);
    const wnids = sourcesOf(pinned, 'crane / eagle');
    assert.ok(wnids.includes('n03126707'), 'the machine');
    const eagles = sourcesOf(align([{ name: 'eagle' }]), 'eagle').slice(0, 1);
    assert.ok(eagles.every((wnid) => wnids.includes(wnid)));
    assert.ok(eagles.every((wnid) => sourcesOf(both, 'crane / eagle').includes(wnid)));
  });

  it('says so when there is no such sense', () => {
    assert.throws(() => checkSenses([{ name: 'crane', sense: 'crane%9' }], wordnet), {
      message: 'WordNet has no sense "crane%9" for "crane".',
      hint: /^Use a sense key such as crane%1:18:01::, .* and crane%1:05:00:: instead\.$/,
    });
  });
});
