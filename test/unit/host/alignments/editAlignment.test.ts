import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import type { MeaningEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import type { SenseOptions } from '../../../../src/core/alignments/senseOptions.ts';
import { column } from '../../column.ts';
import { fakeEngine, alignment as made } from '../results/fakeRun.ts';
import { openInput, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { EditAlignment } = await import('../../../../src/host/alignments/editAlignment.ts');

const SENSES: SenseOptions = {
  senses: [
    {
      key: 'cat%1:05:00::',
      lemmas: ['cat', 'true cat'],
      gloss: 'a feline',
      kinds: ['tabby', 'lynx'],
      kindCount: 2,
    },
    { key: 'cat%1:18:00::', lemmas: ['guy', 'cat'], gloss: 'a man', kinds: [], kindCount: 0 },
  ],
  chosen: 'cat%1:05:00::',
};
const SOURCES = ['tench', 'goldfish', 'great white', 'tabby', 'lynx'];

let edits: MeaningEdit[];
let written: AlignmentDocument[];
let told: unknown[];
beforeEach(() => {
  edits = [];
  written = [];
  told = [];
  stage.messages = [];
  stage.answer = undefined;
});

function editing(document: AlignmentDocument = made, senses: SenseOptions = SENSES) {
  const engine = fakeEngine({
    senses: () => senses,
    describeBackbone: () => ({ labelSpace: { labels: SOURCES.map((name) => ({ name })) } }),
    realign: (({ alignment, edit }: { alignment: AlignmentDocument; edit: MeaningEdit }) => {
      edits.push(edit);
      return { ...alignment, aligned: true };
    }) as never,
  });
  const entry = {
    uri: vscode.Uri.file('/pets.semap.json'),
    document,
    forEngine: { ...document, backbone: { ...document.backbone, path: '/absolute/net.onnx' } },
  };
  return new EditAlignment(
    engine,
    { current: entry, update: async (_, next) => void written.push(next) },
    async (uri, command) => void told.push([uri.path, command]),
  );
}

describe('Add Hint', () => {
  it('has the grid open the field for the label, asked for where the menu names none', async () => {
    await editing().addHint({ semapTarget: 1 });
    const done = editing().addHint();
    const input = await openInput();
    input.choose('cat');
    await done;
    assert.deepEqual(told, [
      ['/pets.semap.json', { kind: 'editHint', target: 1 }],
      ['/pets.semap.json', { kind: 'editHint', target: 0 }],
    ]);
    assert.deepEqual(edits, []);
  });
});

describe('Choose Sense', () => {
  it('shows every sense with its gloss and its source labels, the current one marked, and pins the chosen one', async () => {
    const done = editing().chooseSense({ semapTarget: 0 });
    const input = await openInput();
    const [first, second] = input.items as unknown as {
      label: string;
      description: string;
      detail: string;
    }[];
    assert.deepEqual(
      [first!.label, first!.description, first!.detail],
      ['cat, true cat', "current · SeMap's choice · 2 source labels: tabby and lynx", 'a feline'],
    );
    assert.equal(second!.description, 'no source label is a kind of it');
    assert.equal(input.activeItems![0].label, 'cat, true cat');
    input.choose('guy, cat');
    await done;
    assert.deepEqual(edits, [{ kind: 'sense', target: 0, sense: 'cat%1:18:00::' }]);
    assert.deepEqual(
      column(written, 'backbone'),
      [made.backbone],
      'the backbone stays as the document has it',
    );
  });

  it('offers to leave the choice to SeMap where a sense is pinned', async () => {
    const done = editing(made, { ...SENSES, pinned: 'cat%1:18:00::' }).chooseSense({ semapTarget: 0 });
    (await openInput()).choose('$(discard) Leave the Choice to SeMap');
    await done;
    assert.deepEqual(edits, [{ kind: 'sense', target: 0, sense: null }]);
  });

  it('asks which label when it is called from the palette, and changes nothing when it is closed', async () => {
    const done = editing().chooseSense();
    const input = await openInput();
    assert.deepEqual(column(input.items!, 'label'), ['cat', '=cmd()']);
    input.hide();
    await done;
    assert.deepEqual([edits, written], [[], []]);
  });

  it('says when WordNet does not know a label', async () => {
    await editing(made, { senses: [] }).chooseSense({ semapTarget: 1 });
    assert.match(stage.messages[0].message, /has no entry for "=cmd\(\)"/);
  });
});

describe('Exclude Source Label', () => {
  it('excludes the one that the pointer is on, by name and index', async () => {
    await editing().excludeSource({ semapSource: 3 });
    assert.deepEqual(edits, [{ kind: 'exclude', source: { label: 'tabby', wnid: undefined, index: 3 } }]);
  });

  it('lists sources in use first, with their targets, and not those that are out already', async () => {
    const done = editing({ ...made, excluded: [{ label: 'tench', index: 0 }] }).excludeSource();
    const input = await openInput();
    const items = input.items as unknown as { label: string; detail: string }[];
    assert.deepEqual(column(items, 'label'), ['tabby', 'goldfish', 'great white', 'lynx']);
    assert.equal(items[0].detail, 'Used by cat and =cmd()');
    input.choose('lynx');
    await done;
    assert.deepEqual(edits, [{ kind: 'exclude', source: { label: 'lynx', wnid: undefined, index: 4 } }]);
  });

  it('is one of the backbone that has it, where there are several', async () => {
    const { backbone, aggregation } = made;
    const excluded = [{ label: 'goldfish', index: 1 }];
    const member = {
      backbone: { ...backbone, name: 'other', sha256: 'o' },
      aggregation,
      excluded,
      targets: [],
    };
    const both = { ...made, version: 2, members: [member] };
    await editing(both).excludeSource({ semapSource: backbone.sourceCount + 3 });
    await editing(both).includeSource({ semapSource: backbone.sourceCount + 1 });
    assert.deepEqual(edits, [
      { kind: 'exclude', source: { label: 'tabby', wnid: undefined, index: 3 }, member: 1 },
      { kind: 'include', source: 1, member: 1 },
    ]);
  });

  it('can be taken back', async () => {
    await editing({ ...made, excluded: [{ label: 'tench', index: 0 }] }).includeSource({ semapSource: 0 });
    assert.deepEqual(edits, [{ kind: 'include', source: 0 }]);
    await editing().includeSource();
    assert.match(stage.messages[0].message, /No source labels are excluded/);
  });
});
