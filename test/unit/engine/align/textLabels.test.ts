import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { answeringText } from '../../../../src/core/alignments/alignmentDifference.ts';
import {
  type AlignmentEdit,
  changesMeaning,
  withEdit,
} from '../../../../src/core/alignments/alignmentEdits.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { partsOf } from '../../../../src/core/alignments/members.ts';
import { askTexts } from '../../../../src/engine/align/askTexts.ts';
import { writeBackbone, writeColourImages } from '../colours.ts';
import { dualTowers } from '../encoders/dualTowers.ts';
import { writeEncoder } from '../encoders/tinyEncoders.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

describe('An alignment of a dual encoder', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let backbone: string;

  before(async () => {
    backbone = await writeEncoder(files.path('towers'), dualTowers());
  });

  const align = (...names: string[]): Promise<AlignmentDocument> =>
    engine.rpc.call('align', { targets: names.map((name) => ({ name })), backbone, method: 'semap' });

  /** The document after edits, as the host makes them. */
  const edited = async (
    document: AlignmentDocument,
    ...edits: AlignmentEdit[]
  ): Promise<AlignmentDocument> => {
    let next = document;
    for (const edit of edits)
      next = changesMeaning(edit)
        ? await engine.rpc.call('realign', { alignment: next, edit })
        : withEdit(next, edit);
    return parseAlignment(serialiseAlignment(next));
  };

  const texts = ({ backbone, targets }: AlignmentDocument) =>
    targets.map(({ sources }) =>
      sources.map(({ index, label }) => {
        assert.equal(backbone.texts?.labels[index], label);
        return label;
      }),
    );

  it('asks for a label that comes, and not for one that goes', async () => {
    const document = await align('cat', 'dog');
    const more = await edited(document, { kind: 'add', label: 'bird' });
    assert.deepEqual(texts(more), [['cat'], ['dog'], ['bird']]);
    assert.equal(more.backbone.sourceCount, 3);
    const fewer = await edited(more, { kind: 'remove', target: 0 }, { kind: 'add', label: 'kitten' });
    assert.deepEqual(texts(fewer), [['dog'], ['bird'], ['kitten']]);
    assert.deepEqual(fewer.backbone.texts?.labels, ['dog', 'bird', 'kitten']);
  });

  it('asks for what a person says that a label means', async () => {
    const document = await edited(await align('crane', 'dog'), {
      kind: 'hint',
      target: 0,
      hint: 'the machine',
    });
    assert.deepEqual(texts(document), [['crane, the machine'], ['dog']]);
    const back = await edited(document, { kind: 'hint', target: 0, hint: null });
    assert.deepEqual(texts(back), [['crane'], ['dog']]);
  });

  it('asks under another name only where that is another label', async () => {
    const document = await edited(
      await align('cat', 'dog'),
      { kind: 'rename', target: 0, label: 'kitty' },
      { kind: 'move', target: 0, to: 1 },
    );
    assert.deepEqual(
      document.targets.map(({ label }) => label),
      ['dog', 'kitty'],
    );
    assert.deepEqual(texts(document), [['dog'], ['cat']]);
    const again = await edited(document, { kind: 'again', target: 1 });
    assert.deepEqual(texts(again), [['dog'], ['kitty']]);
  });

  it('keeps what a person mapped by hand', async () => {
    const document = await align('cat', 'dog', 'bird');
    const source = { label: 'bird', index: 2, weight: 0.5, similarity: 0 };
    const mapped = await edited(
      document,
      { kind: 'map', target: 0, source },
      { kind: 'add', label: 'kitten' },
      { kind: 'remove', target: 2 },
      { kind: 'hint', target: 1, hint: 'puppy dog' },
    );
    assert.deepEqual(texts(mapped), [['cat', 'bird'], ['puppy dog'], ['kitten']]);
  });

  it('leaves labels that are what the others are not to these', async () => {
    const document = await align('cat', 'not_cat');
    assert.deepEqual(texts(document), [['cat'], []]);
    assert.equal(document.targets[1].role?.kind, 'not');
    await assert.rejects(align('other', 'none of these'), /None of the labels says what an image shows/);
    await assert.rejects(align(), /There are no target labels/);
  });

  it('expects less of labels that it reads as one', async () => {
    const { targets } = await align('sports_car', 'sports car', 'dog');
    const [one, other, dog] = targets.map(({ expectedRecall = 0 }) => expectedRecall);
    assert.deepEqual([one, other], [dog / 2, dog / 2]);
  });

  it('does not ask so many that no grid could hold them', async () => {
    const targets = Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}` }));
    const text = { templates: ['{}'] };
    await assert.rejects(
      askTexts({} as never, async () => ({}) as never, { text } as never, { targets }),
      /too many to compare/,
    );
  });

  it('follows labels beside a backbone that has its own', async () => {
    const first = writeBackbone(files, 'colours');
    const document = await engine.rpc.call('align', {
      targets: ['cat', 'dog'].map((name) => ({ name })),
      backbone: first,
      beside: [backbone],
      method: 'semap',
    });
    const more = await edited(document, { kind: 'add', label: 'bird' }, { kind: 'remove', target: 0 });
    const own = partsOf(more).find((part) => part.backbone.texts);
    assert.deepEqual(
      own?.targets.map(({ sources }) => sources.map(({ index }) => own.backbone.texts?.labels[index])),
      [['dog'], ['bird']],
    );
    const result = await engine.rpc.call('classify', {
      folders: [writeColourImages(files, 'colour-photos', 2)],
      backbone: first,
      alignment: more,
    });
    assert.equal(result.accuracy, 1);
  });

  it('answers otherwise with other texts, and with other templates', async () => {
    const document = await align('cat', 'dog');
    const { texts } = document.backbone;
    const asked = (more: object) =>
      answeringText({ ...document, backbone: { ...document.backbone, texts: { ...texts!, ...more } } });
    assert.equal(asked({}), answeringText(document));
    assert.notEqual(asked({ labels: ['cat', 'wolf'] }), answeringText(document));
    assert.notEqual(asked({ templates: ['{}'] }), answeringText(document));
  });

  it('shows its grid, and why', async () => {
    const alignment = { ...(await align('cat', 'dog')) };
    const { sources, values } = await engine.rpc.call('similarities', { alignment });
    assert.deepEqual(
      sources.map(({ name }) => name),
      ['cat', 'dog'],
    );
    assert.deepEqual([...values], [1, 0, 0, 1]);
    const [why] = await engine.rpc.call('explain', { alignment, target: 0, source: 0 });
    assert.match(JSON.stringify(why), /reads the label itself/);
  });

  it('is not answered by another text encoder, and says which fits', async () => {
    const alignment = await align('cat', 'dog');
    const { texts } = alignment.backbone;
    const other = {
      ...alignment,
      backbone: { ...alignment.backbone, texts: { ...texts!, encoder: 'other' } },
    };
    await assert.rejects(
      engine.rpc.call('similarities', { alignment: other }),
      /another text encoder than towers/,
    );
  });

  it('has nothing of its own to suggest', async () => {
    files.write('photos/a.ppm', 'P6 1 1 255\n');
    await assert.rejects(
      engine.rpc.call('suggestLabels', { backbone, folders: [files.path('photos')] }),
      /no labels of its own/,
    );
  });
});
