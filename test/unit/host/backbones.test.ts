import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import { SemapError } from '../../../src/core/errors.ts';
import { phrase } from '../../../src/core/text/text.ts';
import type { Engine } from '../../../src/host/supervisor/engineClient.ts';
import type { BackboneEntry } from '../../../src/protocol/backbones.ts';
import { testFolder } from '../folders.ts';
import { fakeMemory, stage } from './withFakeVscode.ts';

const vscode = await import('vscode');
const { AddBackbone } = await import('../../../src/host/backbones/addBackbone.ts');
const { BackboneLibrary } = await import('../../../src/host/backbones/backboneLibrary.ts');
const { BackbonesTree } = await import('../../../src/host/backbones/backbonesTree.ts');
const { Settings } = await import('../../../src/host/settings.ts');

const entry = (name: string, more: Partial<BackboneEntry> = {}): BackboneEntry => ({
  name,
  path: `/installed/${name}.onnx`,
  embedded: false,
  description: { sha256: `sha of ${name}` } as BackboneEntry['description'] & object,
  ...more,
});
const INSTALLED = [
  entry('starter', { embedded: true }),
  entry('resnet'),
  {
    name: 'broken',
    path: '/installed/broken.onnx',
    embedded: false,
    problem: { reason: 'not-onnx', message: { key: 'No.', values: [] } },
  },
];

/** Lists {@link INSTALLED}; describes every other file but those called damaged. */
function engine(calls: string[] = []): Engine {
  const call = async (method: string, params: { backbone?: string }) => {
    calls.push(method);
    if (method === 'listBackbones') return INSTALLED;
    if (params.backbone?.includes('damaged'))
      throw new SemapError('lfs-pointer', phrase('A pointer.'), { hint: phrase('Pull.') });
    const { backbone = '' } = params;
    // Files of one letter hold the same.
    return {
      name: 'mine',
      path: backbone,
      sha256: `sha of ${basename(dirname(backbone))[0]}`,
      labelSpace: { labels: [] },
    };
  };
  return { call: call as Engine['call'] };
}

const document = (backbone: Partial<AlignmentDocument['backbone']>) =>
  ({ backbone: { name: 'resnet', sha256: 'sha of resnet', ...backbone } }) as AlignmentDocument;

describe('The backbones at hand', () => {
  const folder = testFolder();
  const library = (calls?: string[]) => new BackboneLibrary(engine(calls), new Settings(), memory);
  let memory = fakeMemory();
  const add = () => new AddBackbone(library());

  before(async () => writeFile(join(folder, 'own.onnx'), ''));
  beforeEach(() => {
    stage.configuration = {};
    stage.workspaceConfiguration = {};
    memory = fakeMemory();
    stage.trusted = true;
    stage.folders = [folder];
  });

  it('are those installed and those added; a damaged one is listed with its problem', async () => {
    stage.configuration['backbones'] = ['/own/mine.onnx', '/own/damaged.onnx', '/installed/resnet.onnx'];
    const entries = await library().list();
    assert.deepEqual(
      entries.map(({ name, problem }) => [name, problem?.reason]),
      [
        ['starter', undefined],
        ['resnet', undefined],
        ['broken', 'not-onnx'],
        ['mine', undefined],
        ['damaged', 'lfs-pointer'],
      ],
    );
  });

  it('of one name are told apart, and one that is in the list already is not added again', async () => {
    stage.configuration['backbones'] = ['/cats/model.onnx'];
    const one = library();
    await one.setActive((await one.list()).find(({ name }) => name === 'mine')!);
    stage.configuration['backbones'] = ['/cats/model.onnx', '/dogs/model.onnx', '/copies of cats/model.onnx'];
    one.refresh();
    const names = (await one.list()).map(({ name }) => name);
    assert.deepEqual(names, ['starter', 'resnet', 'broken', 'mine (cats)', 'mine (dogs)']);
    assert.equal((await one.active())?.name, 'mine (cats)', 'as it was called when it was chosen');
    await one.setActive((await one.list()).at(-1)!);
    assert.equal((await one.active())?.path, '/dogs/model.onnx');
    assert.equal((await one.add('/dogs again/model.onnx'))?.path, '/dogs/model.onnx');
    assert.equal((stage.configuration['backbones'] as string[]).length, 3);
    // Neither is more likely than the other.
    assert.equal(await one.resolve(document({ name: 'mine', sha256: 'other' }), undefined), undefined);
  });

  it('are read once until they are refreshed', async () => {
    const calls: string[] = [];
    const one = library(calls);
    await Promise.all([one.list(), one.list()]);
    assert.deepEqual(calls, ['listBackbones']);
    one.refresh();
    await one.list();
    assert.equal(calls.length, 2);
  });

  it('have an active one: the one set by name or path, otherwise the embedded one', async () => {
    const name = async () => (await library().active())?.name;
    assert.equal(await name(), 'starter');
    stage.configuration['defaultBackbone'] = 'resnet';
    assert.equal(await name(), 'resnet');
    stage.configuration['defaultBackbone'] = '/installed/resnet.onnx';
    assert.equal(await name(), 'resnet');
    stage.configuration['defaultBackbone'] = 'gone';
    assert.equal(await name(), 'starter');
  });

  it('have the active one that a person chose in this workspace, until the setting says something newer', async () => {
    const active = async () => (await library().active())?.name;
    const choose = async (name: string) => {
      const one = library();
      await one.setActive((await one.list()).find((entry) => entry.name === name)!);
    };
    stage.workspaceConfiguration['defaultBackbone'] = 'resnet';
    assert.equal(await active(), 'resnet', 'what earlier versions wrote into the workspace is read');
    await choose('starter');
    assert.equal(await active(), 'starter');
    assert.deepEqual(
      [stage.configuration, stage.workspaceConfiguration],
      [{}, { defaultBackbone: 'resnet' }],
      'no settings file is written',
    );
    stage.configuration['defaultBackbone'] = 'starter';
    assert.equal(await active(), 'resnet', 'the setting was changed afterwards');
    await choose('starter');
    assert.equal(await active(), 'starter');
  });

  it('have an active one in all windows where no folder is open to remember it', async () => {
    stage.folders = [];
    const one = library();
    await one.setActive((await one.list())[1]);
    assert.deepEqual(stage.configuration, { defaultBackbone: 'resnet' });
  });

  it('serve a document by its path beside it, by content, or by name', async () => {
    const uri = vscode.Uri.file(join(folder, 'pets.semap.json'));
    const find = (backbone: Partial<AlignmentDocument['backbone']>) =>
      library().resolve(document(backbone), uri);
    assert.equal(await find({ path: 'own.onnx' }), join(folder, 'own.onnx'));
    assert.equal(await find({ path: 'gone.onnx' }), '/installed/resnet.onnx');
    assert.equal(await find({ name: 'renamed' }), '/installed/resnet.onnx');
    assert.equal(await find({ sha256: 'other' }), '/installed/resnet.onnx');
    assert.equal(await find({ name: 'unknown', sha256: 'other' }), undefined);
  });

  it('are not taken from a document of a workspace that is not trusted', async () => {
    stage.trusted = false;
    const uri = vscode.Uri.file(join(folder, 'pets.semap.json'));
    for (const path of ['own.onnx', '/dev/zero', '\\\\server\\share\\own.onnx']) {
      const other = library().resolve(document({ path, sha256: 'other' }), uri);
      await assert.rejects(other, { reason: 'untrusted', message: /not trusted/ });
      // The very same is installed: the path is not needed.
      assert.equal(await library().resolve(document({ path }), uri), '/installed/resnet.onnx');
    }
    const prompted = { ...document({}), prompt: 'prompt.safetensors' };
    await assert.rejects(library().resolve(prompted, uri), { reason: 'untrusted' });
    assert.equal(await library().resolve(document({}), uri), '/installed/resnet.onnx');
  });

  it('stand in the view with usable ones first', async () => {
    const rows = await new BackbonesTree(engine(), library(), add()).getChildren();
    const names = rows.map((row) => row.kind === 'backbone' && row.entry.name);
    assert.deepEqual(names, ['starter', 'resnet', 'broken']);
  });

  it('are replaced by one row that says why when the engine does not run', async () => {
    const failing: Engine = {
      call: () => Promise.reject(new SemapError('engine-stopped', phrase('It does not start.'))),
    };
    const broken = new BackboneLibrary(failing, new Settings(), memory);
    const rows = await new BackbonesTree(failing, broken, new AddBackbone(broken)).getChildren();
    assert.deepEqual(rows, [{ kind: 'failed', message: 'It does not start.' }]);
  });
});
