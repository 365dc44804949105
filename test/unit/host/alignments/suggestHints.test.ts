import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import type { AlignmentEdit, MeaningEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import type { ChatModel } from '../../../../src/host/alignments/chatModels.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { openInput, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { SuggestHints } = await import('../../../../src/host/alignments/suggestHints.ts');

const SOURCES = ['patio', 'stove', 'quilt', 'tabby'];
const rooms = alignmentOf(SOURCES.length, [
  { ...target('cat', source(3, 1, 1, 'tabby')), expected: 'good', expectedRecall: 0.8 },
  { ...target('kitchen', source(0, 1, 0.2, 'patio')), expected: 'poor', expectedRecall: 0.12 },
  { ...target('bedroom', source(0, 1, 0.2, 'patio')), expected: 'poor', expectedRecall: 0.1 },
  { ...target('office'), hint: 'desk', expected: 'poor', expectedRecall: 0.1 },
]);

let asked: string[];
let kept: AlignmentEdit[];
let shown: unknown[];
beforeEach(() => {
  asked = [];
  kept = [];
  shown = [];
  stage.messages = [];
  stage.answer = 'Ask';
});

/** A model that gives these answers one after the other. */
function modelOf(...answers: (string | Error)[]): ChatModel {
  return {
    name: 'Fake Model',
    vendor: 'fake',
    room: 10_000,
    countTokens: async (text) => text.length / 4,
    ask: async (question) => {
      asked.push(question);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer!;
    },
  };
}

/** The document after an edit: a kitchen gets a stove, a bedroom becomes worse. */
function after(document: AlignmentDocument): AlignmentDocument {
  const { targets } = document;
  return {
    ...document,
    targets: [
      targets[0],
      { ...targets[1], expectedRecall: 0.41, sources: [source(1, 1, 1, 'stove')] },
      { ...targets[2], expectedRecall: 0.05, sources: [source(2, 1, 1, 'quilt')] },
      targets[3],
    ],
  };
}

function suggesting(models: readonly ChatModel[], document = rooms) {
  const entry = { uri: vscode.Uri.file('/rooms.semap.json'), document, forEngine: document };
  const engine = fakeEngine({
    meanings: () => document.targets.map(() => ({ senses: [], notes: [] })),
    similarities: () => ({ sources: SOURCES.map((name) => ({ name })) }) as never,
  });
  return new SuggestHints({
    engine,
    models: async () => models,
    edit: {
      entry: async () => entry,
      preview: async (_: MeaningEdit) => after(document),
      change: async (edit) => void kept.push(edit),
    },
    inGrid: async (uri, command) => void shown.push([uri.path, command]),
    countChanges: async () => ({ changed: 45, images: 400, title: 'photos' }),
  });
}

const BOTH = '{"kitchen": ["stove"], "bedroom": ["quilt", "pillow"]}';

describe('Suggest Hints', () => {
  it('asks for labels that are weak and have no hint, after saying what is sent', async () => {
    const done = suggesting([modelOf(BOTH)]).suggest();
    (await openInput()).hide();
    await done;
    const [{ message, detail, items }] = stage.messages;
    assert.equal(message, 'Ask Fake Model for hints?');
    assert.match(
      detail!,
      /2 labels that hints are wanted for, 2 other labels of the alignment, and 4 source labels of/,
    );
    assert.match(detail!, /No image, file name, or path is sent/);
    assert.deepEqual(items, ['Ask']);
    const data = JSON.parse(asked[0].slice(asked[0].lastIndexOf('\n\n{')));
    assert.deepEqual(data, {
      labels: ['bedroom', 'kitchen'],
      otherLabels: ['cat', 'office'],
      sourceLabels: SOURCES,
    });
    assert.deepEqual(kept, []);
  });

  it('names all backbones, and sends no source label that one of them leaves out', async () => {
    const { backbone, aggregation } = rooms;
    const members = [
      {
        backbone: { ...backbone, name: 'places', sha256: 'e'.repeat(64), sourceCount: 2 },
        aggregation,
        excluded: [{ label: 'tabby', index: 1 }],
        targets: [],
      },
    ];
    const document = { ...rooms, version: 2, backbone: { ...backbone, sourceCount: 2 }, members };
    await suggesting([modelOf('{}')], document).suggest();
    assert.match(stage.messages[0].detail!, /3 source labels of net \+ places\./);
    const data = JSON.parse(asked[0].slice(asked[0].lastIndexOf('\n\n{')));
    assert.deepEqual(data.sourceLabels, ['patio', 'stove', 'quilt']);
  });

  it('shows what each hint brings, proposes those that do not cost, and keeps what is selected as one edit', async () => {
    const done = suggesting([modelOf(BOTH)]).suggest();
    const input = (await openInput()) as never as {
      placeholder: string;
      items: { label: string; description: string; detail: string }[];
      selectedItems: { label: string }[];
      accept(): void;
    };
    assert.equal(
      input.placeholder,
      'Select the hints to keep (45 of 400 predictions on photos change with all of them)',
    );
    assert.deepEqual(
      input.items.map(({ label, description, detail }) => [label, description, detail]),
      [
        ['kitchen: stove', 'expected recall 41%, now 12%', 'Adds stove. Removes patio.'],
        ['bedroom: quilt, pillow', 'expected recall 5%, now 10%', 'Adds quilt. Removes patio.'],
      ],
    );
    assert.deepEqual(
      input.selectedItems.map(({ label }) => label),
      ['kitchen: stove'],
    );
    input.accept();
    await done;
    assert.deepEqual(kept, [{ kind: 'hints', hints: [{ target: 1, hint: 'stove' }] }]);
  });

  it('tries the hint for one label in its field, and keeps nothing itself', async () => {
    await suggesting([modelOf('{"kitchen": ["stove"]}')]).suggest({ semapTarget: 1 });
    assert.deepEqual(shown, [['/rooms.semap.json', { kind: 'editHint', target: 1, hint: 'stove' }]]);
    assert.deepEqual(kept, []);
  });

  it('sends nothing without consent, without a model, or where no label needs a hint', async () => {
    stage.answer = undefined;
    await suggesting([modelOf(BOTH)]).suggest();
    await suggesting([]).suggest();
    await suggesting([modelOf(BOTH)], { ...rooms, targets: [rooms.targets[0], rooms.targets[3]] }).suggest();
    assert.deepEqual(asked, []);
    assert.match(stage.messages[1].message, /no language model that extensions may use/);
    assert.match(stage.messages[2].message, /No label needs a hint/);
  });

  it('lets the person choose the model where there are several', async () => {
    const done = suggesting([modelOf(), { ...modelOf('{}'), name: 'Other Model' }]).suggest();
    (await openInput()).choose('Other Model');
    await done;
    assert.equal(stage.messages[0].message, 'Ask Other Model for hints?');
    assert.match(stage.messages[1].message, /Other Model suggests no hints/);
  });

  it('leaves source labels out where the model has no room for them', async () => {
    const narrow = { ...modelOf('{}'), countTokens: async () => 6000 };
    await suggesting([narrow]).suggest();
    assert.match(asked[0], /"sourceLabels":\[\]/);
    assert.match(stage.messages[0].detail!, /0 source labels/);
  });

  it('says what went wrong, and asks again when the person wants it', async () => {
    const replies = ['Ask', 'Try Again', 'Try Again', undefined];
    Object.defineProperty(stage, 'answer', { configurable: true, get: () => replies.shift(), set: () => {} });
    try {
      await suggesting([modelOf('I cannot.', new Error('Quota [x](command:y)'), 'no')]).suggest();
    } finally {
      Object.defineProperty(stage, 'answer', { configurable: true, writable: true, value: undefined });
    }
    assert.deepEqual(
      stage.messages.slice(1).map(({ kind, message }) => [kind, message]),
      [
        ['error', 'Fake Model did not answer with hints.'],
        ['error', 'Fake Model cannot be asked: Quota [x] (command:y)'],
        ['error', 'Fake Model did not answer with hints.'],
      ],
    );
    assert.equal(asked.length, 3);
  });
});
