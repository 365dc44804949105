import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import type { Layout } from '../../../../src/core/folders/layout.ts';
import { parseLabelList } from '../../../../src/core/labels/targetLabels.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { LabelSuggestions } from '../../../../src/protocol/alignments.ts';
import type { BackboneEntry } from '../../../../src/protocol/backbones.ts';
import { testFolder } from '../../folders.ts';
import { classesTree, fakeLayouts, fakeMemory } from '../datasets/fakeLayouts.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';
import { alignment, fakeEngine } from './fakeRun.ts';

const vscode = await import('vscode');
const { ClassifyForm } = await import('../../../../src/host/results/classifyForm.ts');
const { isMethod } = await import('../../../../src/host/results/classifyPlan.ts');
const { LabelSources } = await import('../../../../src/host/alignments/labelSources.ts');

const labelSpace = { labels: [{ name: 'tabby' }], background: [], name: 'l' };
function backbone(name: string): BackboneEntry {
  const description = { name, sha256: name, labelSpace };
  return { name, path: `/m/${name}.onnx`, embedded: false, description: description as never };
}
const starter = backbone('starter');
const mobile = backbone('mobile');

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  '/ws/pets': ['cat', 'dog'],
  '/ws/zoo': ['lion', 'zebra'],
};

const parted = { train: classesTree(['cat', 'dog']), val: classesTree(['cat', 'dog']) };
const TREES = {
  ...Object.fromEntries(Object.entries(CLASSES).map(([folder, classes]) => [folder, classesTree(classes)])),
};

const seen: LabelSuggestions = {
  labels: [
    {
      label: 'dog',
      images: 6,
      share: 0.5,
      proposed: true,
      kinds: [{ label: 'collie', images: 4, share: 0.3 }],
    },
    { label: 'cat, tabby', images: 3, share: 0.2, proposed: true, kinds: [] },
    { label: 'shoe', images: 1, share: 0.1, proposed: false, kinds: [] },
  ],
  images: 10,
  found: 40,
  skipped: [],
};

/** A folder with splits above its classes. */
let partedFolder = '';
/** What VS Code keeps with the workspace. */
let memory: ReturnType<typeof fakeMemory>;
/** Alignments that lie in the workspace, by their path. */
let documents: Record<string, AlignmentDocument>;
/** The one that is open. */
let open: string | undefined;
/** What the look at images ends with. */
let look: () => LabelSuggestions;

function document(about: {
  backbone: string;
  labels: readonly string[];
  folders?: string[];
}): AlignmentDocument {
  const { folders, labels } = about;
  return {
    ...alignment,
    backbone: { ...alignment.backbone, name: about.backbone, sha256: about.backbone },
    ...(folders ? { folders } : {}),
    targets: labels.map((label) => ({ ...alignment.targets[0], label })),
  };
}

function form() {
  const entries = Object.entries(documents);
  const texts = entries.map(([path, made]) => ({
    uri: vscode.Uri.file(path),
    getText: () => serialiseAlignment(made),
  }));
  (vscode.workspace.textDocuments as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...texts);
  stage.files = Object.keys(documents);
  const active = open === undefined ? undefined : { uri: vscode.Uri.file(open), forEngine: documents[open] };
  const engine = fakeEngine({
    listClasses: ({ folder, layout }: { folder: string; layout: Layout }) =>
      classesIn(folder, layout).map((label) => ({ label, empty: false })),
    readLabels: ({ names }: { names: readonly string[] }) => ({
      targets: names.map((name) => ({ name })),
      problems: [],
    }),
    listEncoders: () => [],
    suggestLabels: () => look(),
  } as never);
  const library = {
    active: async () => mobile,
    list: async () => [starter, mobile],
    addable: async () => [],
    resolve: async ({ backbone: { name }, prompt }: AlignmentDocument) => {
      if (prompt !== undefined) throw new SemapError('untrusted', phrase('This workspace is not trusted.'));
      return `/m/${name}.onnx`;
    },
  } as never;
  const datasets = { datasets: async () => [{ name: 'zoo', path: '/ws/zoo', classes: 2 }] } as never;
  const log = { warn() {} } as never;
  const layouts = fakeLayouts({ ...TREES, [partedFolder]: parted }, memory);
  const settings = { defaultMethod: 'semap' as const };
  const runs = { list: async () => [] };
  const labels = new LabelSources({ engine, datasets, layouts, library });
  const parts = {
    engine,
    settings,
    library,
    active: { current: active } as never,
    labels,
    datasets,
    layouts,
    runs,
    log,
  };
  return new ClassifyForm(parts as never);
}

function classesIn(folder: string, layout: Layout): readonly string[] {
  if (folder !== partedFolder) return CLASSES[folder] ?? [];
  if (layout.kind !== 'classes') return [];
  return layout.level === 2 ? ['cat', 'dog'] : ['train', 'val'];
}

interface Row {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** A row of the open list, with its line, once it is there. */
function row(label: string): Promise<Row> {
  return eventually(() => stage.open?.items?.find((item) => item.label.includes(label)), `row ${label}`);
}

async function choose(label: string): Promise<void> {
  const { label: whole } = await row(label);
  const asked = stage.open!;
  asked.choose(whole);
  // What it opens comes when this is closed.
  await eventually(() => (stage.open === asked ? undefined : true), 'answer');
}

/** The button, and what it leads to. */
async function back(): Promise<void> {
  const asked = await openInput();
  asked.back();
  await eventually(() => (stage.open === asked ? undefined : true), 'answer');
}

describe('the question before a classification', () => {
  const root = testFolder();
  const inbox = join(root, 'inbox');

  before(async () => {
    await mkdir(inbox);
    partedFolder = join(root, 'parted');
    await mkdir(partedFolder);
    await writeFile(join(partedFolder, '1.png'), '');
    await writeFile(join(inbox, '1.png'), '');
  });

  beforeEach(() => {
    stage.open = undefined;
    stage.messages = [];
    documents = {};
    memory = fakeMemory();
    open = undefined;
    look = () => seen;
  });

  it('says in one line what will be done, and Enter does it', async () => {
    const answer = form().ask(['/ws/pets']);
    await openInput();
    assert.equal(stage.open?.title, 'SeMap: Zero-Shot Classify pets');
    assert.equal(
      (await row('Start')).detail,
      'pets · its 2 class folders · mobile · SeMap adaptive · settle ✓',
    );
    assert.equal((await openInput()).activeItems?.[0]?.label, '$(play) Start Classifying');
    await choose('Start');
    const plan = await answer;
    assert.deepEqual([plan?.folders, plan?.backbone, plan?.by], [['/ws/pets'], mobile, { method: 'semap' }]);
    assert.equal(plan?.settle, true);
    assert.deepEqual(plan?.labels?.targets, [
      { name: 'cat', sense: undefined },
      { name: 'dog', sense: undefined },
    ]);
  });

  it('leaves images as they are where the person does not want them settled', async () => {
    const answer = form().ask(['/ws/pets']);
    await openInput();
    assert.match((await row('Settle Folder')).description ?? '', /^on/);
    await choose('Settle Folder');
    assert.equal((await row('Settle Folder')).description, 'off');
    assert.equal((await row('Start')).detail, 'pets · its 2 class folders · mobile · SeMap adaptive');
    await choose('Start');
    assert.equal((await answer)?.settle, false);
  });

  it('offers what was made for another backbone, folder or labels, says so, and takes none of it', async () => {
    documents = {
      '/ws/starter.semap.json': document({
        backbone: 'starter',
        labels: ['cat', 'dog'],
        folders: ['/ws/pets'],
      }),
      '/ws/zoo.semap.json': document({ backbone: 'mobile', labels: ['cat', 'dog'], folders: ['/ws/zoo'] }),
      '/ws/half.semap.json': document({ backbone: 'mobile', labels: ['cat', 'cow'] }),
      '/ws/cars.semap.json': document({ backbone: 'mobile', labels: ['car', 'bus'] }),
    };
    open = '/ws/starter.semap.json';
    const answer = form().ask(['/ws/pets']);
    await openInput();
    assert.equal(
      (await row('Start')).detail,
      'pets · its 2 class folders · mobile · SeMap adaptive · settle ✓',
    );
    assert.equal((await row('starter.semap.json')).description, 'for the backbone starter');
    assert.equal((await row('zoo.semap.json')).description, 'made for zoo');
    assert.equal((await row('half.semap.json')).description, 'knows 1 of 2 class folders');
    assert.equal(
      stage.open?.items?.some(({ label }) => label.includes('cars')),
      false,
      'other labels',
    );
    await choose('starter.semap.json');
    assert.equal((await row('Start')).detail, 'pets · 2 labels · starter · starter.semap.json · settle ✓');
    assert.equal((await row('Mapping')).description, 'starter.semap.json · for the backbone starter');
    await choose('Start');
    const plan = await answer;
    assert.ok(plan && !isMethod(plan.by));
    assert.deepEqual([plan.by.uri.fsPath, plan.by.backbone], ['/ws/starter.semap.json', '/m/starter.onnx']);
  });

  it('proposes what was made for all of it, until another backbone is chosen', async () => {
    documents = {
      '/ws/pets.semap.json': document({ backbone: 'mobile', labels: ['cat', 'dog'], folders: ['/ws/pets'] }),
    };
    const answer = form().ask(['/ws/pets']);
    await openInput();
    assert.equal((await row('Start')).detail, 'pets · 2 labels · mobile · pets.semap.json · settle ✓');
    await choose('Backbone');
    await choose('starter');
    assert.equal(
      (await row('Start')).detail,
      'pets · its 2 class folders · starter · SeMap adaptive · settle ✓',
    );
    assert.equal((await row('pets.semap.json')).description, 'for the backbone mobile');
    await choose('Start');
    assert.deepEqual((await answer)?.backbone, starter);
  });

  it('takes several backbones, with an alignment of the same ones or a new one', async () => {
    const pets = document({ backbone: 'mobile', labels: ['cat', 'dog'], folders: ['/ws/pets'] });
    documents = { '/ws/pets.semap.json': pets };
    const several = async () => {
      const answer = form().ask(['/ws/pets']);
      await openInput();
      await choose('Backbone');
      await choose('Several Backbones');
      await row('starter');
      const asked = stage.open as unknown as { items: unknown[]; selectedItems: unknown[]; accept(): void };
      assert.equal(asked.selectedItems.length, 1);
      asked.selectedItems = [...asked.items].reverse();
      asked.accept();
      const { detail } = await row('Start');
      await choose('Start');
      return [detail, (await answer)?.beside];
    };
    assert.deepEqual(await several(), [
      'pets · its 2 class folders · mobile + starter · SeMap adaptive · settle ✓',
      [starter],
    ]);
    documents = {
      '/ws/both.semap.json': withMember(pets, {
        ...pets,
        backbone: { ...pets.backbone, sha256: 'starter', name: 'starter' },
      }),
    };
    assert.equal((await several())[0], 'pets · 2 labels · mobile + starter · both.semap.json · settle ✓');
  });

  it('says how the folder is laid out, and takes a split or another layout of it', async () => {
    const answer = form().ask([partedFolder]);
    await openInput();
    const line = 'train and val above 2 class folders · mobile · SeMap adaptive · settle ✓';
    assert.equal((await row('Start')).detail, `parted · ${line}`);
    assert.equal((await row('Layout')).description, 'train and val above 2 class folders');
    assert.equal((await row('Labels')).description, 'cat and dog');
    await choose('Settle Folder');
    await choose('Split');
    await choose('only val');
    const only = 'parted · only val · train and val above 2 class folders · mobile · SeMap adaptive';
    assert.equal((await row('Start')).detail, only);
    await choose('Layout');
    await choose('no labels from folders or files');
    assert.equal((await row('Choose Labels')).detail, 'parted · only val · mobile · SeMap adaptive');
    await choose('Layout');
    await choose('train and val above 2 class folders');
    await choose('Start');
    const plan = await answer;
    assert.deepEqual(plan?.labels?.layouts, [{ kind: 'classes', level: 2, splitLevel: 1 }]);
    assert.equal(plan?.laidOut.split, 'val');
    // It is the same the next time.
    const again = form().ask([partedFolder]);
    await openInput();
    assert.equal((await row('Split')).description, 'only val');
    (await openInput()).hide();
    await again;
  });

  it('keeps labels that were typed, and what is off, when another split or folder is chosen', async () => {
    const answer = form().ask([partedFolder]);
    await choose('Settle Folder');
    await choose('Labels');
    await choose('Type Labels');
    (await openInput()).enter('fish, ant');
    await choose('Split');
    await choose('only val');
    const typed = 'parted · only val · fish and ant · mobile · SeMap adaptive';
    assert.equal((await row('Start')).detail, typed);
    stage.folders = ['/ws'];
    await choose('Folder');
    await choose('zoo');
    stage.folders = [];
    assert.equal((await row('Start')).detail, 'zoo · its 2 class folders · mobile · SeMap adaptive');
    (await openInput()).hide();
    assert.equal(await answer, undefined);
  });

  it('says of an alignment that may not be used why, and does not use it', async () => {
    const made = document({ backbone: 'mobile', labels: ['cat', 'dog'], folders: ['/ws/pets'] });
    documents = { '/ws/pets.semap.json': { ...made, prompt: 'p.safetensors' } };
    const answer = form().ask(['/ws/pets']);
    await openInput();
    assert.equal(
      (await row('Start')).detail,
      'pets · its 2 class folders · mobile · SeMap adaptive · settle ✓',
    );
    assert.equal((await row('pets.semap.json')).description, 'This workspace is not trusted.');
    await choose('pets.semap.json');
    assert.match(stage.messages[0].message, /This workspace is not trusted/);
    assert.equal(
      (await row('Start')).detail,
      'pets · its 2 class folders · mobile · SeMap adaptive · settle ✓',
    );
    (await openInput()).hide();
    assert.equal(await answer, undefined);
  });

  it('takes labels that are there already where there are no class folders', async () => {
    const targets = [{ name: 'cat' }, { name: 'dog' }];
    const answer = form().ask([inbox], { targets });
    await openInput();
    assert.equal((await row('Start')).detail, 'inbox · cat and dog · mobile · SeMap adaptive · settle ✓');
    await choose('Start');
    assert.deepEqual((await answer)?.labels?.targets, targets);
    const own = form().ask(['/ws/pets'], { targets: [{ name: 'fish' }, { name: 'ant' }] });
    await openInput();
    assert.match((await row('Start')).detail ?? '', /its 2 class folders/);
    (await openInput()).hide();
    assert.equal(await own, undefined);
  });

  it('asks for labels where there are no class folders, and goes back where it came from', async () => {
    stage.picked = undefined;
    const answer = form().ask([inbox, '/ws/more']);
    await openInput();
    assert.equal(
      (await row('Choose Labels')).detail,
      'inbox and 1 more · mobile · SeMap adaptive · settle ✓',
    );
    await choose('Choose Labels');
    assert.equal((await row('names of')).detail, 'inbox and more');
    await choose('Choose File');
    assert.equal(
      (await row('Type Labels')).label,
      '$(edit) Type Labels...',
      'a dialog that is closed leads back',
    );
    await choose('Type Labels');
    await back();
    await back();
    assert.equal((await openInput()).activeItems?.[0]?.label, '$(tag) Choose Labels...');
    await choose('Choose Labels');
    await choose('Type Labels');
    (await openInput()).enter('cat, dog');
    await openInput();
    assert.equal(
      (await row('Start')).detail,
      'inbox and 1 more · cat and dog · mobile · SeMap adaptive · settle ✓',
    );
    await choose('Start');
    assert.deepEqual((await answer)?.labels?.targets, [{ name: 'cat' }, { name: 'dog' }]);
  });

  it('suggests labels from the images, to select and to edit', async () => {
    const answer = form().ask([inbox]);
    await choose('Choose Labels');
    await choose('Suggest from');
    assert.equal((await openInput()).placeholder, 'Select labels. mobile has looked at 10 of 40 images.');
    assert.deepEqual(
      stage.open?.items?.map(({ label }) => label),
      ['dog', 'cat, tabby', 'on few images', 'shoe', 'more precise', 'collie'],
    );
    assert.equal((await row('collie')).description, '4 images, listed as dog');
    const { selectedItems, accept } = stage.open as unknown as {
      selectedItems: { label: string }[];
      accept(): void;
    };
    assert.deepEqual(
      selectedItems.map(({ label }) => label),
      ['dog', 'cat, tabby'],
    );
    const asked = stage.open;
    accept.call(asked);
    await eventually(() => (stage.open === asked ? undefined : true), 'answer');
    assert.deepEqual(parseLabelList((await openInput()).value ?? ''), ['dog', 'cat, tabby']);
    await back();
    await choose('shoe');
    (await openInput()).enter('dog; shoe');
    await openInput();
    assert.equal((await row('Start')).detail, 'inbox · dog and shoe · mobile · SeMap adaptive · settle ✓');
    await choose('Start');
    assert.deepEqual((await answer)?.labels?.folders, [inbox]);
  });

  it('asks again where the look at images is cancelled or fails, and says when they all show one thing', async () => {
    const answer = form().ask([inbox]);
    await choose('Choose Labels');
    look = () => {
      throw new SemapError('cancelled', phrase('Canceled.'));
    };
    await choose('Suggest from');
    assert.ok(await row('Type Labels'));
    look = () => {
      throw new SemapError('no-images', phrase('No images in {0}.', 'inbox'));
    };
    await choose('Suggest from');
    assert.deepEqual(
      stage.messages.map(({ message }) => message),
      ['No images in inbox.'],
    );
    look = () => ({ ...seen, labels: [{ ...seen.labels[0], images: 10 }] });
    await choose('Suggest from');
    assert.equal(
      (await openInput()).placeholder,
      'Nearly all images look like dog to mobile. Add the labels to tell apart.',
    );
    (await openInput()).hide();
    assert.equal(await answer, undefined, 'Escape ends it all');
  });

  it('takes the labels of another folder or alignment, and another folder altogether', async () => {
    documents = { '/ws/wild.semap.json': document({ backbone: 'starter', labels: ['wolf', 'fox'] }) };
    const answer = form().ask(['/ws/pets']);
    await choose('Labels');
    await choose('Labels of an Alignment');
    await choose('wild.semap.json');
    assert.equal(
      (await row('Start')).detail,
      'pets · 2 labels from wild.semap.json · mobile · SeMap adaptive · settle ✓',
    );
    await choose('Labels');
    await choose('zoo');
    assert.equal(
      (await row('Start')).detail,
      'pets · 2 class folders of zoo · mobile · SeMap adaptive · settle ✓',
    );
    stage.folders = ['/ws'];
    await choose('Folder');
    await choose('zoo');
    stage.folders = [];
    assert.equal(
      (await row('Start')).detail,
      'zoo · its 2 class folders · mobile · SeMap adaptive · settle ✓',
    );
    await choose('Mapping');
    await choose('More Methods');
    await choose('FLM');
    (await openInput()).enter('5');
    await openInput();
    assert.equal((await row('Start')).detail, 'zoo · its 2 class folders · mobile · FLM · settle ✓');
    await choose('Start');
    assert.deepEqual((await answer)?.by, { method: 'flm', k: undefined, shared: undefined, perClass: 5 });
  });
});
