import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { TrainSettings } from '../../../../src/core/runs/trainingSettings.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { BackboneEntry } from '../../../../src/protocol/backbones.ts';
import type { TrainEstimate } from '../../../../src/protocol/training.ts';
import { measuredOnAll } from '../../measuredOn.ts';
import { classesTree, fakeLayouts } from '../datasets/fakeLayouts.ts';
import { settle } from '../pageCalls.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { openInput, stage } from '../withFakeVscode.ts';

const { TrainForm } = await import('../../../../src/host/training/trainForm.ts');

const starter: BackboneEntry = { name: 'starter', path: '/m/starter.onnx', embedded: true };

const estimate: TrainEstimate = {
  classes: [
    { label: 'cat', images: 20 },
    { label: 'dog', images: 30 },
  ],
  trainImages: 40,
  validationImages: 10,
  measuredOn: measuredOnAll(50),
  stepsPerEpoch: 3,
  secondsPerStep: 0.25,
  seconds: 300,
  parameters: 1000,
  gradient: 'exact',
};

function form(answer: () => TrainEstimate = () => estimate, remembered?: Partial<TrainSettings>) {
  const asked: unknown[] = [];
  const classes: Record<string, readonly string[]> = {
    '/data/icons': ['cat', 'dog'],
    '/data/unseen': ['Dog', 'cow'],
    '/data/other': ['car'],
  };
  const memory = new Map<string, unknown>(remembered ? [['trainSettings', remembered]] : []);
  const made = new TrainForm({
    engine: fakeEngine({
      estimateTraining: (params: unknown) => {
        asked.push(params);
        return answer();
      },
      listClasses: ({ folder }: { folder: string }) =>
        (classes[folder] ?? []).map((label) => ({ label, images: 2 })),
    } as never),
    datasets: async () =>
      Object.keys(classes).map((path) => ({ name: path.slice('/data/'.length), path, classes: 2 })),
    layouts: fakeLayouts({
      ...Object.fromEntries(Object.entries(classes).map(([folder, names]) => [folder, classesTree(names)])),
      '/data/parted': { train: classesTree(['cat', 'dog']), test: classesTree(['cat', 'dog']) },
    }),
    library: { active: async () => starter, list: async () => [starter] } as never,
    memory: {
      keys: () => [],
      get: (key: string) => memory.get(key),
      update: async (key: string, value: unknown) => void memory.set(key, value),
    } as never,
  });
  return { made, asked, memory };
}

/** The row of the open list that begins with `label`. */
function row(label: string) {
  const found = stage.open?.items?.find((item) => item.label.includes(label));
  assert.ok(found, label);
  return found as { label: string; description?: string; detail?: string };
}

describe('the question before a training', () => {
  beforeEach(() => {
    stage.open = undefined;
  });

  it('starts with one key press, says what it will take, and remembers the settings', async () => {
    const { made, asked, memory } = form();
    const answer = made.ask(['/data/icons']);
    const list = await openInput();
    await settle();
    assert.equal(list.title, 'SeMap: Train Visual Prompt on icons');
    assert.equal(row('Start').description, 'about 5 min');
    assert.equal(
      row('Start').detail,
      '2 labels · 40 training images · 10 validation images · 250 ms per step',
    );
    assert.deepEqual(list.activeItems?.[0], row('Start'));
    assert.deepEqual(
      ['Recipe', 'Prompt', 'Mapping', 'Augmentation'].map((label) => row(label).description),
      ['SeMap', 'watermark', 'Linear probe', 'crops + mixed images'],
    );
    list.choose('$(play) Start Training');
    const choice = await answer;
    const settings = { prompt: { kind: 'watermark' }, epochs: 20 };
    const layouts = [{ kind: 'classes', level: 1 }];
    assert.deepEqual([choice?.backbone, choice?.settings], [starter, settings]);
    assert.deepEqual(asked, [
      { folders: ['/data/icons'], layouts, backbone: starter.path, settings, testFolder: undefined },
    ]);
    assert.deepEqual(memory.get('trainSettings'), settings);
  });

  it('says what the splits of the folder are for, and takes one alone', async () => {
    const { made } = form();
    const answer = made.ask(['/data/parted']);
    await openInput();
    await settle();
    assert.equal(row('Layout').description, 'train and test above 2 class folders');
    assert.equal(row('Split').description, 'train to learn, test to measure');
    assert.equal(row('Test Folder').description, 'none, the split test is used');
    (await openInput()).choose('Split');
    (await openInput()).choose('only train');
    await settle();
    assert.equal(row('Split').description, 'only train');
    assert.equal(row('Test Folder').description, 'no test folder');
    (await openInput()).choose('$(play) Start Training');
    assert.equal((await answer)?.laidOut.split, 'train');
  });

  it('comes back to the list after each setting, and measures again', async () => {
    const { made, asked } = form(undefined, { epochs: 5, prompt: { kind: 'watermark' } });
    const answer = made.ask(['/data/icons']);
    (await openInput()).choose('Epochs');
    const box = await openInput();
    assert.equal(box.value, '5');
    box.enter('0');
    assert.equal(box.validationMessage, 'Enter a number from 1 to 10000.');
    box.enter('7');
    await settle();
    assert.equal(row('Epochs').description, '7');
    assert.equal(row('Prompt').description, 'watermark');
    (await openInput()).choose('Time Budget');
    (await openInput()).enter('2.5');
    await settle();
    assert.equal(row('Time Budget').description, '2.5 min');
    (await openInput()).choose('Augmentation');
    const ways = await openInput();
    assert.equal(ways.activeItems?.[0]?.label, 'crops + mixed images');
    ways.choose('flips + crops');
    await settle();
    (await openInput()).choose('$(play) Start Training');
    assert.deepEqual((await answer)?.settings, {
      prompt: { kind: 'watermark' },
      epochs: 7,
      budgetMinutes: 2.5,
      augment: { flip: true, crop: true, vary: false, mix: 0 },
    });
    assert.equal(asked.length, 4);
  });

  it('does not take mixed images where the mapping cannot learn from them, and says why', async () => {
    const mixed = { crop: true, mix: 0.5 };
    const { made } = form(undefined, { prompt: { kind: 'mask' }, augment: mixed });
    const answer = made.ask(['/data/icons']);
    (await openInput()).choose('Mapping');
    (await openInput()).choose('BLM+');
    await settle();
    // They are left out where the mapping changes.
    assert.equal(row('Augmentation').description, 'crops');
    (await openInput()).choose('Augmentation');
    const ways = await openInput();
    const refused = 'crops + mixed images';
    assert.equal(row(refused).description, 'not with these settings');
    assert.match(row(refused).detail!, /they can teach a layer, but not the mapping BLM\+\.$/);
    ways.choose(refused);
    await settle();
    (await openInput()).choose('flips + crops');
    await settle();
    assert.equal(row('Augmentation').description, 'flips + crops');
    (await openInput()).choose('Number of Prompts');
    const box = await openInput();
    box.enter('2');
    assert.equal(box.validationMessage, 'Several prompts with masks cannot be trained together.');
    box.back();
    await settle();
    (await openInput()).hide();
    assert.equal(await answer, undefined);
  });

  it('goes back without a change, and ends when it is closed', async () => {
    const { made } = form();
    const answer = made.ask(['/data/icons']);
    (await openInput()).choose('Prompt');
    (await openInput()).back();
    await settle();
    const list = await openInput();
    assert.equal(row('Prompt').description, 'watermark');
    list.hide();
    assert.equal(await answer, undefined);
  });

  it('offers every prompt', async () => {
    const { made } = form();
    const answer = made.ask(['/data/icons']);
    (await openInput()).choose('Prompt');
    const labels = (await openInput()).items?.map(({ label }) => label);
    assert.deepEqual(labels, ['padding', 'watermark', 'low-rank', 'mask for each image', 'no prompt']);
    stage.open?.hide();
    await answer;
  });

  it('sets all that a recipe speaks of, and keeps what it does not', async () => {
    const { made } = form(undefined, { epochs: 5, seed: 3, mapping: 'blm', augment: { flip: true } });
    const answer = made.ask(['/data/icons']);
    (await openInput()).choose('Recipe');
    (await openInput()).choose('ILM-VP');
    await settle();
    assert.deepEqual(
      ['Recipe', 'Prompt', 'Mapping', 'Augmentation', 'Epochs', 'Seed'].map(
        (label) => row(label).description,
      ),
      ['ILM-VP', 'padding', 'FLM', 'no augmentation', '5', '3'],
    );
    (await openInput()).choose('$(play) Start Training');
    const { settings } = (await answer)!;
    assert.deepEqual(
      [settings.recipe, settings.prompt, settings.epochs, settings.seed],
      ['ilm-vp', { kind: 'padding' }, 5, 3],
    );
    assert.deepEqual([settings.mapping, settings.augment], [undefined, undefined]);
  });

  it('says why a training cannot be estimated, and where no gradient passes', async () => {
    const broken = form(() => {
      throw new SemapError('invalid-labels', phrase('icons has one class folder only.'));
    });
    const first = broken.made.ask(['/data/icons']);
    await openInput();
    await settle();
    assert.equal(row('Try Again').detail, '$(warning) icons has one class folder only.');
    const startable = stage.open?.items?.some(({ label }) => label.includes('Start'));
    assert.equal(startable, false);
    stage.open?.choose('$(refresh) Try Again');
    await openInput();
    await settle();
    assert.equal(broken.asked.length, 2);
    stage.open?.hide();
    await first;
    const slow = form(() => ({ ...estimate, gradient: 'spsa', why: phrase('LSTM has no rule.') }));
    const second = slow.made.ask(['/data/icons']);
    await openInput();
    await settle();
    assert.match(row('Start').detail ?? '', /Slow\. LSTM has no rule\./);
    stage.open?.choose('$(lightbulb) Train a Low-Rank Prompt');
    await openInput();
    await settle();
    assert.equal(row('Prompt').description, 'low-rank, rank 1');
    stage.open?.choose('$(lightbulb) Learn the Mapping Only');
    await openInput();
    assert.equal(row('Prompt').description, 'no prompt');
    stage.open?.hide();
    await second;
  });

  it('takes a test folder with the same labels, and no other', async () => {
    const { made } = form();
    const answer = made.ask(['/data/icons']);
    const choose = async (label: string) => {
      (await openInput()).choose('Test Folder');
      await settle();
      await settle();
      (await openInput()).choose(label);
      for (let turn = 0; turn < 10; turn++) await settle();
    };
    await choose('$(file-media) other');
    assert.equal(row('Test Folder').description, 'no test folder');
    assert.match(stage.messages.at(-1)?.message ?? '', /other has no class folder in common with icons/);
    await choose('$(file-media) unseen');
    assert.equal(row('Test Folder').description, 'unseen');
    stage.open?.choose('$(play) Start Training');
    assert.equal((await answer)?.testFolder, '/data/unseen');
  });

  it('begins with the settings of a run that is trained again', async () => {
    const { made } = form();
    const laidOut = await fakeLayouts({ '/data/icons': classesTree(['cat', 'dog']) }).of(['/data/icons']);
    const first = {
      backbone: { ...starter, name: 'mine' },
      settings: { prompt: { kind: 'watermark' as const } },
      laidOut,
    };
    const answer = made.ask(['/data/icons'], first);
    await openInput();
    await settle();
    assert.deepEqual([row('Prompt').description, row('Backbone').description], ['watermark', 'mine']);
    stage.open?.choose('$(play) Start Training');
    assert.deepEqual(await answer, first);
  });
});
