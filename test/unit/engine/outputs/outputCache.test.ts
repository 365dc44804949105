import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import { OutputCache, outputFolder } from '../../../../src/engine/outputs/outputCache.ts';
import type { KnownImage } from '../../../../src/engine/outputs/outputIndex.ts';
import { digestOf } from '../../../../src/files/fileState.ts';
import { scratchOfTests } from '../engineHarness.ts';

const S = 5;
const image = (name: string, bytes = 100, modified = 1.5): KnownImage => ({
  path: `/images/${name}`,
  bytes,
  modified,
  changed: 2.5,
  inode: 7,
  digest: undefined,
});
const logits = (seed: number) => Float32Array.from({ length: S }, (_, s) => seed * 10 + s);

describe('The output cache', () => {
  const files = scratchOfTests();

  async function opened(): Promise<OutputCache> {
    const cache = new OutputCache(files.folder, S);
    await cache.refresh();
    return cache;
  }

  async function filled(count: number): Promise<void> {
    const cache = await opened();
    for (let i = 0; i < count; i++) cache.add(image(`${i}`), logits(i));
    await cache.close();
  }

  const found = (cache: OutputCache, count: number) =>
    Array.from({ length: count }, (_, i) => cache.find(image(`${i}`))?.[0]);

  /** Files of the only segment. */
  function segment(): { index: string; data: string } {
    const folders = readdirSync(files.folder);
    assert.equal(folders.length, 1);
    return { index: files.path(folders[0], 'index.bin'), data: files.path(folders[0], 'logits.bin') };
  }

  test('gives back what was added, before and after it is written, and after it was opened again', async () => {
    const cache = await opened();
    cache.add(image('日本語 😀.png'), logits(3));
    assert.deepEqual(cache.find(image('日本語 😀.png')), logits(3));
    await cache.flush();
    assert.deepEqual(cache.find(image('日本語 😀.png')), logits(3));
    await cache.close();
    assert.deepEqual((await opened()).find(image('日本語 😀.png')), logits(3));
  });

  test('keeps what is known of a picture, and takes records that say nothing of it', async () => {
    const facts = { width: 4000, height: 3, spread: 12.25, detail: 0.5, shape: '\xff\x00'.repeat(16) };
    const cache = await opened();
    cache.add({ ...image('日本語 😀.png'), facts }, logits(3));
    cache.add(image('old'), logits(4));
    assert.deepEqual(cache.factsOf(image('日本語 😀.png')), facts, 'before it is written');
    await cache.close();
    const again = await opened();
    assert.deepEqual(again.factsOf(image('日本語 😀.png')), facts);
    assert.deepEqual(again.find(image('日本語 😀.png')), logits(3));
    assert.equal(again.factsOf(image('old')), undefined);
    assert.deepEqual(again.find(image('old')), logits(4));
    assert.equal(again.factsOf(image('new')), undefined);
    await again.close();
  });

  test('has the name that it had before inputs and resizes of other kinds were known', () => {
    const preprocessing = {
      size: { shortestEdge: 256 },
      crop: { height: 224, width: 224 },
      resample: 'bilinear',
      rescaleFactor: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      channels: 'rgb',
    };
    const input = { preprocessing, type: 'float32', layout: 'nchw', height: 224, width: 224 };
    const described = { name: 'net', sha256: 'a', input, outputName: 'scores', output: 'logits' };
    const usual = described as unknown as BackboneDescription;
    assert.equal(path.basename(outputFolder(files.folder, usual)), 'net-bdfee294955ceeac58db3b25');
    const extraInputs = [{ name: 'training', type: 'bool', dims: [], values: [0] }];
    assert.notEqual(outputFolder(files.folder, { ...usual, extraInputs }), outputFolder(files.folder, usual));
  });

  test('is that of a backbone that is called otherwise since', () => {
    const described = { sha256: 'a', input: { preprocessing: {} } } as unknown as BackboneDescription;
    const before = outputFolder(files.folder, { ...described, name: 'model' });
    const other = outputFolder(files.folder, { ...described, name: 'cats', sha256: 'b' });
    for (const folder of [before, other]) mkdirSync(folder, { recursive: true });
    assert.equal(outputFolder(files.folder, { ...described, name: 'cats' }), before);
    assert.equal(path.basename(before).slice(0, 6), 'model-');
    assert.notEqual(other, before);
  });

  test('finds what was only added, once it is read', async () => {
    const cache = new OutputCache(files.folder, S, undefined, false);
    cache.add(image('0'), logits(0));
    await cache.flush();
    assert.equal(cache.has(image('0')), false);
    await cache.refresh();
    cache.add(image('1'), logits(1));
    await cache.flush();
    assert.deepEqual(found(cache, 2), [0, 10]);
    await cache.close();
  });

  test('gives what was computed again for an image whose row is damaged, also after it was opened again', async () => {
    await filled(3);
    const { data } = segment();
    const bytes = readFileSync(data);
    bytes[4] ^= 1;
    writeFileSync(data, bytes);
    const cache = await opened();
    assert.deepEqual(found(cache, 3), [undefined, 10, 20]);
    cache.add(image('0'), logits(0));
    await cache.close();
    // In which order the rows are met does not matter.
    for (let i = 0; i < 2; i++) assert.deepEqual(found(await opened(), 3), [0, 10, 20]);
  });

  test('does not know an image whose size or time of change is another', async () => {
    await filled(1);
    const cache = await opened();
    assert.equal(cache.find(image('0', 101)), undefined);
    assert.equal(cache.find(image('0', 100, 1.25)), undefined);
    cache.add(image('0', 101), logits(7));
    await cache.flush();
    assert.deepEqual(cache.find(image('0', 101)), logits(7));
    await cache.close();
    assert.deepEqual((await opened()).find(image('0', 101)), logits(7));
  });

  test('drops an unfinished tail of the index and keeps what stands before it', async () => {
    await filled(4);
    const { index } = segment();
    truncateSync(index, readFileSync(index).length - 3);
    assert.deepEqual(found(await opened(), 4), [0, 10, 20, undefined]);
  });

  test('drops what stands behind a damaged record', async () => {
    await filled(4);
    const { index } = segment();
    const bytes = readFileSync(index);
    const record = (bytes.length - 16) / 4;
    bytes[16 + record + 20] ^= 1;
    writeFileSync(index, bytes);
    assert.deepEqual(found(await opened(), 4), [0, undefined, undefined, undefined]);
  });

  test('does not give out damaged or missing logits', async () => {
    await filled(4);
    const { data } = segment();
    const bytes = readFileSync(data);
    bytes[S * 4 + 1] ^= 64;
    writeFileSync(data, bytes.subarray(0, bytes.length - 4));
    assert.deepEqual(found(await opened(), 4), [0, undefined, 20, undefined]);
  });

  test('takes a file that is no index for an empty one', async () => {
    await filled(2);
    const { index } = segment();
    writeFileSync(index, 'this is not what it should be, but longer than a header');
    assert.deepEqual(found(await opened(), 2), [undefined, undefined]);
  });

  test('appends behind the whole records of a segment whose tail was damaged', async () => {
    await filled(2);
    const { index, data } = segment();
    appendFileSync(index, 'half a record');
    appendFileSync(data, 'xyz');
    abandon(files.folder);
    const cache = await opened();
    cache.add(image('2'), logits(2));
    await cache.close();
    segment();
    assert.deepEqual(found(await opened(), 3), [0, 10, 20]);
  });

  test('keeps giving out the rows of a segment while it takes it over', async () => {
    await filled(3);
    abandon(files.folder);
    const cache = await opened();
    cache.add(image('3'), logits(3));
    const flushing = cache.flush();
    assert.deepEqual(found(cache, 4), [0, 10, 20, 30]);
    await flushing;
    assert.deepEqual(found(cache, 4), [0, 10, 20, 30]);
    await cache.close();
  });

  test('sees what another open cache has added after a refresh', async () => {
    const [one, two] = [await opened(), await opened()];
    one.add(image('0'), logits(0));
    await one.flush();
    two.add(image('1'), logits(1));
    await two.flush();
    await one.refresh();
    await two.refresh();
    assert.deepEqual(found(one, 2), [0, 10]);
    assert.deepEqual(found(two, 2), [0, 10]);
    await one.close();
    await two.close();
  });

  test('finds what comes after several have asked for what is new at the same time', async () => {
    const [one, two] = [await opened(), await opened()];
    one.add(image('0'), logits(0));
    await one.flush();
    await two.refresh();
    one.add(image('1'), logits(1));
    await one.flush();
    await Promise.all([two.refresh(), two.refresh()]);
    one.add(image('2'), logits(2));
    await one.flush();
    await two.refresh();
    assert.deepEqual(found(two, 3), [0, 10, 20]);
    await one.close();
    await two.close();
  });

  test('survives two processes that write at the same time, and one of them being killed', async () => {
    const writers = ['a', 'b', 'c'].map((name) =>
      fork(path.join(import.meta.dirname, 'cacheWriter.ts'), [files.folder, name, String(S)], {
        execArgv: ['--import', 'tsx'],
      }),
    );
    const written = await Promise.all(
      writers.map(async (writer) => Number((await once(writer, 'message'))[0])),
    );
    writers[0].kill('SIGKILL');
    await Promise.all(
      writers.map(async (writer) => writer.exitCode ?? writer.signalCode ?? (await once(writer, 'exit'))),
    );
    const cache = await opened();
    for (const [w, name] of ['a', 'b', 'c'].entries()) {
      assert.ok(written[w] > 0);
      for (let i = 0; i < written[w]; i++) assert.deepEqual(cache.find(image(`${name}${i}`)), logits(i));
    }
    await cache.close();
  });

  test('does not know an image of which anything else was changed, unless its content is the same', async () => {
    const file = files.write('images/0', 'one picture');
    const cache = new OutputCache(files.path('cache'), S);
    const known = { ...image('0'), path: file, digest: digestOf(Buffer.from('one picture')) };
    cache.add(known, logits(3));
    await cache.flush();
    for (const touched of [
      { ...known, changed: 2.75 },
      { ...known, inode: 8 },
    ]) {
      assert.equal(cache.find(touched), undefined);
      assert.equal(cache.has(touched), false);
    }
    const touched = { ...known, changed: 3.5, inode: 9 };
    assert.deepEqual(await cache.recognize(touched), logits(3));
    assert.deepEqual(cache.find(touched), logits(3), 'is not read a second time');
    files.write('images/0', 'an other one');
    assert.equal(await cache.recognize({ ...known, changed: 4.5 }), undefined);
    assert.equal(await cache.recognize({ ...known, modified: 7 }), undefined);
    await cache.close();
    const again = new OutputCache(files.path('cache'), S);
    await again.refresh();
    assert.deepEqual([again.find(known), again.find(touched)], [logits(3), logits(3)]);
    await again.close();
  });

  test('does not recognize an image whose bytes nobody took a digest of', async () => {
    const cache = await opened();
    cache.add(image('0'), logits(3));
    await cache.flush();
    assert.equal(await cache.recognize({ ...image('0'), changed: 9 }), undefined);
    await cache.close();
  });

  test('keeps two states of one path apart, in whatever order segments are read', async () => {
    for (const changed of [5, 4]) {
      const cache = await opened();
      cache.add({ ...image('0'), changed }, logits(changed));
      await cache.close();
    }
    const cache = await opened();
    for (const changed of [4, 5]) assert.deepEqual(cache.find({ ...image('0'), changed }), logits(changed));
    await cache.close();
  });

  test('leaves out what an earlier version wrote, and deletes it when its process has ended', async () => {
    await filled(2);
    const { index } = segment();
    const bytes = readFileSync(index);
    bytes.writeUInt32LE(1, 8);
    writeFileSync(index, bytes);
    abandon(files.folder);
    const [old] = readdirSync(files.folder);
    const cache = await opened();
    assert.deepEqual(found(cache, 2), [undefined, undefined]);
    cache.add(image('0'), logits(4));
    await cache.close();
    assert.ok(!readdirSync(files.folder).includes(old));
    assert.deepEqual(found(await opened(), 1), [40]);
  });

  test('goes on without a disk that can be written to', async () => {
    writeFileSync(files.path('file'), '');
    const cache = new OutputCache(files.path('file', 'below'), S);
    await cache.refresh();
    cache.add(image('0'), logits(0));
    await cache.flush();
    assert.ok(cache.writeProblem);
    assert.deepEqual(cache.find(image('0')), logits(0));
    await cache.close();
  });
});

/** Makes a segment look as if its process had ended: process 2^31 - 2 does not exist. */
function abandon(folder: string): void {
  const [name] = readdirSync(folder);
  const [host, , random] = name.split('-');
  renameSync(path.join(folder, name), path.join(folder, `${host}-2147483646-${random}`));
}
