import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument, LearnedRecord } from '../../../../src/core/alignments/alignment.ts';
import type { AlignmentEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { column } from '../../column.ts';
import { alignment, fakeEngine } from '../results/fakeRun.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { ChangeBackbones } = await import('../../../../src/host/alignments/changeBackbones.ts');

const birds = { name: 'birds', path: '/m/birds.onnx', embedded: false };
const ofBirds = { ...alignment, backbone: { ...alignment.backbone, name: 'birds', sha256: 'b' } };
const both = withMember(alignment, ofBirds);

function changing(document: AlignmentDocument, seen = false, learned?: LearnedRecord) {
  const edits: AlignmentEdit[] = [];
  const asked: unknown[] = [];
  const change = new ChangeBackbones({
    engine: fakeEngine({
      align: (params: { backbone: unknown; targets: readonly { name: string }[] }) => {
        asked.push([params.backbone, params.targets.map(({ name }) => name)]);
        return ofBirds;
      },
      memberWeights: () => ({ weights: [1, 0.25], images: 9, learned }),
    } as never),
    library: { list: async () => [birds], active: async () => birds, addable: async () => [] } as never,
    edit: {
      document: async () => document,
      entry: async () => ({ uri: vscode.Uri.file('/ws/pets.semap.json'), document, forEngine: document }),
      change: async (edit: AlignmentEdit) => void edits.push(edit),
    } as never,
    active: { current: { uri: vscode.Uri.file('/ws/pets.semap.json') } },
    cached: { imagesOf: async () => (seen ? { folders: ['/ws/photos'], backbone: 'net' } : undefined) },
  });
  return { change, edits, asked };
}

const rows = (has: string) =>
  eventually(() => {
    const items = stage.open?.items as readonly { label: string; description?: string }[] | undefined;
    return items?.some(({ label }) => label.includes(has)) ? items : undefined;
  }, has);

describe('the backbones of an alignment', () => {
  beforeEach(() => {
    stage.open = undefined;
  });

  it('get another one with the same labels, aligned with it', async () => {
    const { change, edits, asked } = changing(alignment);
    const done = change.add();
    await rows('birds');
    stage.open!.choose('birds');
    await done;
    assert.deepEqual(asked, [['/m/birds.onnx', alignment.targets.map(({ label }) => label)]]);
    assert.deepEqual(edits, [{ kind: 'join', alignment: ofBirds }]);
  });

  it('are listed with their weights and what they know, and weighed or removed', async () => {
    const { change, edits } = changing(both);
    const listed = change.change();
    const items = await rows('birds');
    assert.deepEqual(column(items, 'label'), [
      alignment.backbone.name,
      'birds',
      '$(graph) Weigh by Images',
      '$(add) Add Backbone...',
    ]);
    assert.match(items[1].description ?? '', /^weight 1 · has source labels for \d of \d labels$/);
    stage.open!.choose('birds');
    await rows('Remove');
    stage.open!.choose('$(trash) Remove from Alignment');
    await listed;
    const weighed = change.weigh({ semapMember: 1 });
    (await openInput()).enter('0.5');
    await weighed;
    const back = change.weigh({ semapMember: 1 });
    (await openInput()).enter('');
    await back;
    assert.deepEqual(edits, [
      { kind: 'leave', member: 1 },
      { kind: 'weigh', member: 1, weight: 0.5 },
      { kind: 'weigh', member: 1, weight: null },
    ]);
  });

  it('earn their weights on images that both have seen', async () => {
    const written: string[] = [];
    const text = serialiseAlignment(both);
    const uri = vscode.Uri.file('/ws/pets.semap.json');
    const shown = {
      uri,
      getText: () => text,
      positionAt: (at: number) => at,
      isDirty: false,
      isUntitled: false,
    };
    (vscode.workspace.textDocuments as unknown[]).splice(0, Number.POSITIVE_INFINITY, {
      ...shown,
      save: async () => void written.push('saved'),
    });
    const weigh = async (seen: boolean, learned?: LearnedRecord) => {
      const done = changing(both, seen, learned).change.change();
      await rows('Weigh');
      stage.open!.choose('$(graph) Weigh by Images');
      return done;
    };
    await assert.rejects(weigh(false), /No images were classified with these backbones yet/);
    stage.messages = [];
    await weigh(true);
    assert.match(stage.messages[0].message, /birds: weight 0\.25 · judged without labels$/);
    stage.messages = [];
    await weigh(true, { images: 7, validation: { images: 2, accuracy: 0.5 }, learned: 'a b' });
    assert.match(
      stage.messages[0].message,
      /weight 0\.25 · weights learned from 7 images, accuracy 50\.0% on 2 other images$/,
    );
  });
});
