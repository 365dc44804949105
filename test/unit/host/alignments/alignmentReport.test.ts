import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { alignment } from '../results/fakeRun.ts';
import { stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { mayClassify, reportAlignment, reportAmiss } = await import(
  '../../../../src/host/alignments/alignmentReport.ts'
);

const hopeless: AlignmentDocument = {
  ...alignment,
  targets: alignment.targets.map((target) => ({ ...target, expected: 'none' })),
};

beforeEach(() => {
  stage.messages = [];
  stage.executed = [];
  stage.answer = undefined;
});

describe('Before images are classified', () => {
  it('nothing is asked where labels fit, or where the mapping is random on purpose', async () => {
    assert.equal(await mayClassify(alignment), true);
    assert.equal(await mayClassify({ ...hopeless, method: { name: 'random', similarity: 'wordnet' } }), true);
    assert.deepEqual(stage.messages, []);
  });

  it('labels that nothing fits are told, and run only when the person says so', async () => {
    assert.equal(await mayClassify(hopeless), false);
    assert.match(stage.messages[0].message, /tiny has almost no labels like yours/);
    stage.answer = 'Classify Anyway';
    assert.equal(await mayClassify(hopeless), true);
    assert.deepEqual(stage.executed, []);
  });

  it('a way out leads to the command that helps', async () => {
    stage.answer = 'Other Labels or Backbone...';
    assert.equal(await mayClassify(hopeless), false);
    assert.deepEqual(stage.executed, [['semap.alignLabels']]);
  });
});

describe('The report of an alignment', () => {
  it('warns where nothing fits, with what may help', async () => {
    stage.answer = 'Choose Sense...';
    await reportAlignment(hopeless, vscode.Uri.file('/pets.semap.json'), [], ['/photos']);
    assert.equal(stage.messages[0].kind, 'warning');
    assert.match(stage.messages[0].message, /near chance.*another backbone may help/);
    assert.deepEqual(stage.executed, [['semap.chooseSense']]);
  });

  it('offers to classify the folder that it was made for, and leaves to the grid what stands beside it', async () => {
    const uri = vscode.Uri.file('/pets.semap.json');
    const unmapped = {
      ...alignment,
      targets: [{ ...alignment.targets[0], sources: [] }, alignment.targets[1]],
    };
    stage.answer = 'Classify pets';
    const problems = [{ kind: 'blank', count: 1 }] as const;
    await reportAlignment(unmapped, uri, problems, ['/photos/pets']);
    const [{ kind, message, items }] = stage.messages;
    assert.deepEqual([kind, items], ['information', ['Classify pets']]);
    assert.equal(message, 'pets.semap.json maps 2 labels to tiny. 1 blank label was removed.');
    assert.deepEqual(stage.executed, [['semap.classify', { alignment: uri }]]);
    await reportAlignment(alignment, uri, [], []);
    assert.deepEqual(stage.messages[1].items, ['Zero-Shot Classify...']);
  });

  it('says on the way to a classification what will never be predicted, once', async () => {
    const uri = vscode.Uri.file('/pets.semap.json');
    const unmapped = {
      ...alignment,
      targets: [{ ...alignment.targets[0], sources: [] }, alignment.targets[1]],
    };
    stage.answer = 'Open Alignment';
    for (let n = 0; n < 2; n++) reportAmiss(unmapped, uri, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stage.messages.length, 1);
    assert.match(stage.messages[0].message, /never predicted: cat/);
    assert.deepEqual(stage.executed, [['semap.openAlignment', uri]]);
  });
});
