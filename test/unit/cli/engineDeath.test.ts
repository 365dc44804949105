import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { column } from '../column.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { slowTiff } from '../engine/images/imageFiles.ts';
import { runCommand } from './runCommand.ts';

test('a command goes on with another engine when one dies, and gives up the image at which two died', {
  skip: noModels,
}, async () => {
  const files = scratch();
  try {
    const deadly = writePhotos(files);
    const notes = files.path('cache', 'in-work');
    const killer = killEnginesAt(deadly, notes);
    const argv = ['classify', files.path('photos'), '--json', '--cache-folder', files.path('cache')];
    const about = ['-b', files.path('colour.onnx'), '--device', 'cpu'];
    const { code, out, err } = await runCommand([...argv, ...about]);
    const killed = await killer.stop();
    assert.equal(code, 0, err);
    assert.equal(killed, 2);
    assert.match(err, /stopped by SIGKILL\. Continuing with a new engine\./);
    const { images, skipped, predictions } = JSON.parse(out);
    assert.deepEqual([images, predictions.length], [12, 12]);
    assert.deepEqual([skipped.length, skipped[0].path], [1, deadly]);
    assert.match(skipped[0].reason, /crashed the engine/);
  } finally {
    files.dispose();
  }
});

test('a training whose engine dies says how it continues, and gives up the image at which two died', {
  skip: noModels,
}, async () => {
  const files = scratch();
  try {
    const deadly = writePhotos(files);
    const killer = killEnginesAt(deadly, files.path('cache', 'in-work'));
    const run = files.path('run');
    const common = ['--device', 'cpu', '--cache-folder', files.path('cache')];
    const first = ['train', files.path('photos'), '-b', files.path('colour.onnx')];
    const settings = ['--run', run, '--prompt', 'none', '--epochs', '1'];
    const ends = [await runCommand([...first, ...settings, ...common])];
    // Twice the engine dies at the image; then it is left out.
    for (let i = 0; i < 2; i++) ends.push(await runCommand(['train', '--resume', run, ...common]));
    assert.equal(await killer.stop(), 2);
    assert.deepEqual(column(ends, 'code'), [1, 1, 0], ends[2].err);
    for (const { err } of ends.slice(0, 2))
      assert.ok(err.includes(`To continue: semap train --resume ${run}`), err);
  } finally {
    files.dispose();
  }
});

/** A backbone and photos. @returns the one of them that takes long to decode */
function writePhotos(files: ReturnType<typeof scratch>): string {
  writeBackbone(files, 'colour');
  writeColourImages(files, 'photos', 4);
  return files.write('photos/cat/2b.tif', slowTiff());
}

/** As a system without memory does: every engine that is at this image is killed. */
function killEnginesAt(image: string, notes: string): { stop(): Promise<number> } {
  const killed = new Set<number>();
  let over = false;
  const killing = (async () => {
    while (!over) {
      for (const name of readdirSyncOrNone(notes)) {
        const pid = Number(name.split('-')[1]);
        if (killed.has(pid) || !readFileSync(path.join(notes, name), 'utf8').includes(image)) continue;
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
      await sleep(5);
    }
  })();
  return {
    async stop() {
      over = true;
      await killing;
      return killed.size;
    },
  };
}

function readdirSyncOrNone(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
