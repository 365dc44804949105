import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { installFromFolder } from '../../../../src/core/downloads/folderInstall.ts';
import type { WhenTaken } from '../../../../src/core/downloads/installPlace.ts';
import { type Scratch, scratch } from '../../engine/engineHarness.ts';
import { TestClock, testEnvironment } from './testEnvironment.ts';

/** Waits as long as it says: on a busy machine, what another install is given may not pass at once. */
class PatientClock extends TestClock {
  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return milliseconds < 5000 ? sleep(milliseconds) : super.sleep(milliseconds, signal);
  }
}

describe('What is installed', () => {
  let files: Scratch;
  let root: string;
  beforeEach(() => {
    files = scratch();
    root = files.path('root');
  });
  afterEach(() => files.dispose());

  async function install(
    name: string,
    content: string,
    options: { whenTaken?: WhenTaken; signal?: AbortSignal; onProgress?: () => void } = {},
  ) {
    const { whenTaken, signal = new AbortController().signal, onProgress = () => {} } = options;
    const from = files.path(`from-${content}`);
    mkdirSync(from, { recursive: true });
    writeFileSync(path.join(from, 'net.onnx'), content);
    const request = { root, name, files: [{ path: 'net.onnx', size: content.length }], whenTaken };
    const environment = testEnvironment({ clock: new PatientClock() });
    const { folder, already } = await installFromFolder(request, from, environment, { signal, onProgress });
    return { name: path.basename(folder), already };
  }
  const content = (name: string) => readFileSync(path.join(root, name, 'net.onnx'), 'utf8');
  const taken = { reason: 'already-exists' };

  it('is not replaced unless that is said', async () => {
    await install('net', 'first');
    await assert.rejects(install('net', 'second'), taken);
    assert.equal(content('net'), 'first');
    assert.equal((await install('net', 'second', { whenTaken: 'beside' })).name, 'net-2');
    assert.equal((await install('net', 'third', { whenTaken: 'beside' })).name, 'net-3');
    assert.equal(content('net'), 'first');
    assert.equal((await install('net', 'fourth', { whenTaken: 'replace' })).name, 'net');
    assert.equal(content('net'), 'fourth');
    assert.equal(content('net-2'), 'second');
  });

  it('keeps its precision at the end of a name with a number', async () => {
    await install('some--net--q8', 'first');
    assert.equal((await install('some--net--q8', 'second', { whenTaken: 'beside' })).name, 'some--net-2--q8');
  });

  it('is found again under whatever name, and not copied twice', async () => {
    await install('net', 'first');
    assert.deepEqual(await install('other', 'first'), { name: 'net', already: true });
    assert.equal(existsSync(path.join(root, 'other')), false);
  });

  it('has a name that differs by more than case from every other', async () => {
    await install('Model', 'first');
    await assert.rejects(install('model', 'second'), taken);
    assert.equal((await install('model', 'second', { whenTaken: 'beside' })).name, 'model-2');
    assert.equal(content('Model'), 'first');
  });

  it('by somebody else, without a record, is not replaced either', async () => {
    files.write('root/net/net.onnx', 'mine');
    await assert.rejects(install('net', 'first'), taken);
    assert.equal(content('net'), 'mine');
  });

  it('and was damaged is brought in order, with what a person put beside it', async () => {
    await install('net', 'first');
    writeFileSync(path.join(root, 'net', 'net.onnx'), 'xxxxx');
    writeFileSync(path.join(root, 'net', 'net.backbone.json'), '{}');
    assert.deepEqual(await install('net', 'first'), { name: 'net', already: false });
    assert.equal(content('net'), 'first');
    assert.ok(existsSync(path.join(root, 'net', 'net.backbone.json')));
    assert.equal(existsSync(path.join(root, 'net.download')), false);
  });

  it('by somebody else is not replaced where that is asked for', async () => {
    files.write('root/net/notes.txt', 'mine');
    await assert.rejects(install('net', 'first', { whenTaken: 'replace' }), taken);
    assert.ok(existsSync(path.join(root, 'net', 'notes.txt')));
  });

  it('is one model under any file name, and what is said of it is added and never changed', async () => {
    const bring = (folder: string, says: Record<string, string>, whenTaken: WhenTaken = 'beside') => {
      for (const [name, text] of Object.entries(says)) files.write(`${folder}/${name}`, text);
      const wanted = Object.keys(says).map((name) => ({
        path: name,
        size: says[name].length,
        isBeside: !name.endsWith('.onnx'),
      }));
      const request = { root, name: folder, files: wanted, whenTaken };
      const signal = new AbortController().signal;
      return installFromFolder(request, files.path(folder), testEnvironment(), {
        signal,
        onProgress: () => {},
      });
    };
    await bring('net', { 'net.onnx': 'model', 'README.md': 'first' });
    const same = await bring('other', {
      'other.onnx': 'model',
      'README.md': 'second',
      'other.backbone.json': '{}',
      LICENSE: 'MIT',
    });
    assert.deepEqual([path.basename(same.folder), same.already, same.kept], ['net', false, ['README.md']]);
    assert.deepEqual(readdirSync(path.join(root, 'net')).toSorted(), [
      'LICENSE',
      'README.md',
      'net.backbone.json',
      'net.onnx',
      'semap-install.json',
    ]);
    assert.equal(readFileSync(path.join(root, 'net', 'README.md'), 'utf8'), 'first');
    const again = await bring('third', { 'third.onnx': 'model', LICENSE: 'MIT' });
    assert.deepEqual([again.already, again.kept], [true, undefined]);
    await bring('other', { 'other.onnx': 'model', 'README.md': 'second' }, 'replace');
    assert.equal(readFileSync(path.join(root, 'net', 'README.md'), 'utf8'), 'second');
    assert.deepEqual(readdirSync(root), ['net']);
  });

  it('is one model with an encoder of texts that comes along with its file', async () => {
    const from = files.path('towers');
    const wanted = ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json'].map((name, i) => {
      files.write(`towers/${name}`, name);
      return { path: name, size: name.length, ...(i > 0 && { isBeside: true }) };
    });
    const request = { root, name: 'clip', files: wanted, whenTaken: 'beside' as const };
    const added = async () => {
      const options = { signal: new AbortController().signal, onProgress: () => {} };
      return (await installFromFolder(request, from, testEnvironment(), options)).already;
    };
    assert.deepEqual([await added(), await added()], [false, true]);
    assert.deepEqual(readdirSync(root), ['clip']);
  });

  it('at the same time under one name is both, or one of one content', async () => {
    const beside = { whenTaken: 'beside' } as const;
    const names = await Promise.all([
      install('net', 'first', beside),
      install('net', 'second', beside),
      install('net', 'third', beside),
    ]);
    assert.deepEqual(names.map(({ name }) => name).toSorted(), ['net', 'net-2', 'net-3']);
    const held = names.map(({ name }) => content(name)).toSorted();
    assert.deepEqual(held, ['first', 'second', 'third']);
    const [one, other] = await Promise.all([install('new', 'same', beside), install('new', 'same', beside)]);
    assert.deepEqual([one.name, other.name], ['new', 'new']);
    assert.equal(existsSync(path.join(root, 'new-2')), false);
  });

  it('survives an installation in its place that fails or is cancelled', async () => {
    await install('net', 'first');
    const abort = new AbortController();
    const options = { whenTaken: 'replace', signal: abort.signal, onProgress: () => abort.abort() } as const;
    await assert.rejects(install('net', 'second', options), { reason: 'cancelled' });
    assert.equal(content('net'), 'first');
    // Killed between the two renames that put the new one in its place.
    renameSync(path.join(root, 'net'), path.join(root, 'net.old'));
    await install('another', 'third');
    assert.equal(content('net'), 'first');
  });

  it('holds nothing of an installation that was given up', async () => {
    files.write('root/net.download/other.onnx', 'left');
    await install('net', 'first');
    assert.equal(existsSync(path.join(root, 'net', 'other.onnx')), false);
  });
});
