import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import type { TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import type { TrainingEntry } from '../../../../src/host/runs/runEntry.ts';
import { testFolder } from '../../folders.ts';
import { recordOf } from '../training/runFixture.ts';
import { alignment } from './fakeRun.ts';
import '../withFakeVscode.ts';

const { promptRow, trainedPromptsFor } = await import('../../../../src/host/results/trainedPrompts.ts');
const { reachedWords } = await import('../../../../src/host/runs/runWords.ts');

const labels = ['cat', 'dog'];
const library = { resolve: async () => '/m/starter.onnx' } as never;

describe('the trained prompts that are offered for some folders', () => {
  const root = testFolder();
  let entries: TrainingEntry[];

  before(async () => {
    const [target] = alignment.targets;
    const targets = labels.map((label) => ({ ...target!, label }));
    entries = await Promise.all([
      entry('flowers', { best: { epoch: 1, valAccuracy: 0.804, valLoss: 1 } }),
      entry('icons', { best: { epoch: 1, valAccuracy: 0.6, valLoss: 1 } }),
    ]);
    for (const { folder } of entries) {
      await writeFile(join(folder, 'alignment.semap.json'), serialiseAlignment({ ...alignment, targets }));
    }
  });

  async function entry(data: string, change: Partial<TrainingRecord>): Promise<TrainingEntry> {
    const folder = join(root, data);
    await mkdir(folder);
    const record = recordOf(folder, change);
    const params = { ...record.params, folders: [`/data/${data}`] };
    return { kind: 'training', folder, name: data, record: { ...record, params } };
  }

  /** Description and detail of each offer for a folder. */
  async function offered(folder: string): Promise<(readonly (string | undefined)[])[]> {
    const runs = { list: async () => entries } as never;
    const trained = await trainedPromptsFor([folder], labels, runs, library);
    return trained.map((prompt) => {
      const { label, description, detail } = promptRow(prompt, [folder]);
      return [label, description, detail];
    });
  }

  it('come with what they reached on these folders first, whatever others reached elsewhere', async () => {
    assert.deepEqual(await offered('/data/icons'), [
      ['icons', '60.0% on 10 validation images of icons', 'Prompt (padding) + BLM+ · starter'],
      [
        'flowers',
        'not measured on icons',
        'Prompt (padding) + BLM+ · starter · 80.4% on 10 validation images of flowers',
      ],
    ]);
  });

  it('come with no figure of their own where they were measured nowhere near', async () => {
    const descriptions = (await offered('/data/photos')).map(([, description]) => description);
    assert.deepEqual(descriptions, ['not measured on photos', 'not measured on photos']);
  });

  it('tell what the test folder says, which has chosen nothing, where there is one', () => {
    const record = recordOf('/r');
    const params = { ...record.params, testFolder: '/data/held-out' };
    const tested = { ...record, params, testAccuracy: 0.5, testImages: 30 };
    assert.equal(reachedWords(tested), '50.0% on 30 test images of held-out');
  });
});
