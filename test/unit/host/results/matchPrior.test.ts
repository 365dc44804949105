import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { stage } from '../withFakeVscode.ts';

const { matchPrior } = await import('../../../../src/host/results/matchPrior.ts');
const vscode = await import('vscode');

const made = alignmentOf(2, [
  { ...target('cat', source(0, 1, 0.9, 'tabby')), offset: 0.5 },
  target('dog', source(1, 1, 0.9, 'pug')),
]);

let open: AlignmentDocument;
let written: AlignmentDocument[];
let classified: (readonly string[])[];

function parts(state = 'finished'): Parameters<typeof matchPrior>[0] {
  const last = {
    state,
    predictions: [1, 2, 3],
    settings: {
      params: { folders: ['/photos'], backbone: '/net.onnx', alignment: made },
      alignmentPath: '/pets.semap.json',
    },
  };
  return {
    engine: { call: async () => ({ offsets: [-1, 0.25], images: 3 }) } as never,
    active: { update: async (_, document) => void written.push(document) },
    classify: {
      last: last as never,
      again: async ({ settings }) => {
        classified.push(settings.params.folders);
        return undefined;
      },
    },
  };
}

describe('Match Prior', () => {
  beforeEach(() => {
    open = made;
    written = [];
    classified = [];
    stage.messages = [];
    stage.answer = 'Match';
    const document = { uri: vscode.Uri.file('/pets.semap.json'), getText: () => serialiseAlignment(open) };
    (vscode.workspace.textDocuments as unknown[]).splice(0, 1, document);
  });

  it('adds to the offsets of the document and classifies the folders again', async () => {
    await matchPrior(parts());
    const offsets = written.map(({ targets }) => targets.map(({ offset }) => offset));
    assert.deepEqual(offsets, [[-0.5, 0.25]]);
    assert.deepEqual(classified, [['/photos']]);
  });

  it('says what it assumes, and does nothing unless it is told to', async () => {
    stage.answer = undefined;
    await matchPrior(parts());
    assert.match(stage.messages[0].message, /same number of images of each label/);
    assert.deepEqual([written, classified], [[], []]);
  });

  it('needs a finished run of the alignment as it is', async () => {
    await assert.rejects(matchPrior(parts('running')), /no finished classification/);
    open = { ...made, targets: made.targets.with(0, { ...made.targets[0], sources: [] }) };
    await assert.rejects(matchPrior(parts()), /was changed since/);
    assert.deepEqual(written, []);
  });
});
