import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { alignment } from '../results/fakeRun.ts';
import { stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { mayClassify, reportAlignment } = await import('../../../../src/host/alignments/alignmentReport.ts');

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
});
