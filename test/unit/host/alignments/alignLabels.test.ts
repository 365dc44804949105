import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { backbonesOf } from '../../../../src/core/alignments/members.ts';
import { testFolder } from '../../folders.ts';
import { classesTree, fakeLayouts } from '../datasets/fakeLayouts.ts';
import { alignment, fakeEngine } from '../results/fakeRun.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { AlignLabels } = await import('../../../../src/host/alignments/alignLabels.ts');
const { LabelSources } = await import('../../../../src/host/alignments/labelSources.ts');

const starter = { name: 'starter', path: '/m/starter.onnx', embedded: true };
const birds = { name: 'birds', path: '/m/birds.onnx', embedded: false };

const clip = { name: 'clip', path: '/m/clip.onnx', embedded: false, description: { text: {} } };

const ofBirds = { ...alignment, backbone: { ...alignment.backbone, name: 'birds', sha256: 'b' } };

/** Aligns labels of folders of which `/data/pets` has classes; the documents that it opens. */
function parts() {
  const opened: AlignmentDocument[] = [];
  const engine = fakeEngine({
    listEncoders: () => [],
    listClasses: ({ folder }: { folder: string }) =>
      folder === '/data/pets' ? ['cat', 'dog'].map((label) => ({ label, empty: false })) : [],
    readLabels: ({ names }: { names: readonly string[] }) => ({
      targets: names.map((name) => ({ name })),
      problems: [],
    }),
    align: ({ beside }: { beside: readonly string[] }) =>
      beside.includes(birds.path) ? withMember(alignment, ofBirds) : alignment,
    describeBackbone: ({ backbone }: { backbone: string }) => ({ path: backbone }),
  } as never);
  const library = {
    active: async () => starter,
    list: async () => [starter, birds, clip],
    addable: async () => [],
  } as never;
  const layouts = fakeLayouts({ '/data/pets': classesTree(['cat', 'dog']) });
  const datasets = { datasets: async () => [] } as never;
  const labels = new LabelSources({ engine, datasets, layouts, library });
  const active = {
    open: async (uri: { path: string }) => {
      const made = vscode.workspace.textDocuments.find((one) => one.uri.path === uri.path);
      opened.push(parseAlignment(made?.getText() ?? ''));
    },
  };
  const settings = { defaultMethod: 'semap' };
  return {
    opened,
    labels,
    made: new AlignLabels({ engine, settings, library, labels, layouts, active } as never),
  };
}

async function choose(label: string): Promise<void> {
  const item = await eventually(
    () => stage.open?.items?.find((one) => one.label.includes(label)),
    `row ${label}`,
  );
  const asked = stage.open!;
  asked.choose(item.label);
  // What it opens comes when this is closed.
  await eventually(() => (stage.open === asked ? undefined : true), 'answer');
}

/** Selects every row of the list of backbones. */
async function selectAll(): Promise<void> {
  const asked = (await eventually(
    () => (stage.open?.placeholder?.startsWith('Select the backbones') ? stage.open : undefined),
    'list of backbones',
  )) as typeof stage.open & { selectedItems: unknown; accept(): void };
  asked.selectedItems = asked.items;
  asked.accept();
}

describe('Align Labels', () => {
  beforeEach(() => {
    stage.open = undefined;
    (vscode.workspace.textDocuments as unknown[]).splice(0);
  });

  it('takes the class folders of a folder, and remembers it', async () => {
    const { made, opened } = parts();
    const done = made.ask(vscode.Uri.file('/data/pets'));
    await choose('starter');
    await choose('SeMap adaptive');
    assert.equal((await done)?.path, 'pets.semap.json');
    assert.deepEqual(opened[0].folders, ['/data/pets']);
  });

  it('counts the steps to come from the first one on', async () => {
    const { made } = parts();
    const done = made.ask();
    const steps: (readonly [step: number | undefined, of: number | undefined])[] = [];
    const count = () => steps.push([stage.open?.step, stage.open?.totalSteps]);
    await eventually(() => stage.open?.items?.length, 'list of sources');
    count();
    await choose('Type Labels');
    (await openInput()).enter('cat, dog');
    await eventually(() => stage.open?.items?.some((one) => one.label.includes('starter')), 'backbones');
    count();
    await choose('starter');
    await eventually(() => stage.open?.items?.some((one) => one.label.includes('adaptive')), 'methods');
    count();
    await choose('SeMap adaptive');
    await done;
    assert.deepEqual(steps, [
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('joins several backbones where the person selects some', async () => {
    const { made, opened } = parts();
    const done = made.ask(vscode.Uri.file('/data/pets'));
    await choose('Several Backbones Together');
    await selectAll();
    await choose('SeMap adaptive');
    await done;
    assert.equal(backbonesOf(opened[0]).name, `${alignment.backbone.name} + birds`);
  });

  it('asks for the labels of a folder without any, images first, and remembers it too', async () => {
    const { made, opened } = parts();
    const done = made.ask(vscode.Uri.file('/data/inbox'));
    const first = await eventually(() => stage.open?.items?.[0]?.label, 'list');
    assert.equal(first, '$(sparkle) Suggest from the Images...');
    await choose('Type Labels');
    (await openInput()).enter('cat, dog');
    await choose('starter');
    await choose('SeMap adaptive');
    assert.equal((await done)?.path, 'inbox.semap.json');
    assert.deepEqual(opened[0].folders, ['/data/inbox']);
  });

  it('offers the lists of labels that lie in the folder and beside it', async () => {
    const root = testFolder();
    const inbox = join(root, 'inbox');
    mkdirSync(inbox);
    writeFileSync(join(root, 'labels.txt'), 'owl\nfox\nelk\n');
    writeFileSync(join(inbox, 'pet-classes.json'), '["cat", "dog"]');
    // No list of classes, or none at all.
    writeFileSync(join(root, 'labels.semap.csv'), 'image,label\na.png,cat\nb.png,dog\n');
    writeFileSync(join(root, 'notes.txt'), 'owl\nfox\n');
    writeFileSync(join(root, 'names.txt'), 'one label\n');
    writeFileSync(join(inbox, 'labels.csv'), 'image,label\na.png,cat\nb.png,dog\n');
    mkdirSync(join(inbox, 'classes.txt'));
    const { made, opened } = parts();
    const done = made.ask(vscode.Uri.file(inbox));
    const rows = await eventually(() => {
      const labels = stage.open?.items?.map(({ label }) => label) ?? [];
      return labels.length > 0 ? labels : undefined;
    }, 'list');
    assert.deepEqual(rows.slice(0, 3), [
      '$(tag) 2 labels from pet-classes.json',
      '$(tag) 3 labels from labels.txt',
      '$(sparkle) Suggest from the Images...',
    ]);
    await choose('labels.txt');
    await choose('starter');
    await choose('SeMap adaptive');
    await done;
    assert.deepEqual(
      opened[0].targets.map(({ label }) => label),
      alignment.targets.map(({ label }) => label),
    );
    assert.deepEqual(opened[0].folders, [inbox]);
  });

  it('offers the lists of labels of the workspace where no folder is meant', async () => {
    const root = testFolder();
    writeFileSync(join(root, 'labels.txt'), 'owl\nfox\nelk\n');
    stage.folders = [root];
    const { made, opened } = parts();
    const done = made.ask();
    await choose('3 labels from labels.txt');
    // It would be written there.
    stage.folders = [];
    await choose('starter');
    await choose('SeMap adaptive');
    await done;
    assert.equal(opened[0].folders, undefined);
  });

  it('remembers no folder for labels that belong to none', async () => {
    const { made, opened } = parts();
    const done = made.ask();
    await choose('Type Labels');
    (await openInput()).enter('cat, dog');
    await choose('starter');
    await choose('SeMap adaptive');
    await done;
    assert.equal(opened[0].folders, undefined);
  });

  it('asks for no method where an image-text model answers the labels themselves', async () => {
    const { made, opened } = parts();
    const done = made.ask();
    await choose('Type Labels');
    (await openInput()).enter('cat, dog');
    await choose('clip');
    await done;
    assert.equal(opened.length, 1);
  });

  it('opens one that could not be written, on the way to a classification too', async () => {
    const { made, opened, labels } = parts();
    const given = await labels.ofText('cat, dog', 'pets');
    const uri = await made.make({ given, backbone: starter as never, method: 'semap', onTheWay: true });
    assert.equal(uri?.scheme, 'untitled');
    assert.equal(opened.length, 1);
  });
});
