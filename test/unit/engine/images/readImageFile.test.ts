import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { readImageFile } from '../../../../src/engine/images/readImageFile.ts';
import { fileState } from '../../../../src/files/fileState.ts';
import { scratch } from '../engineHarness.ts';
import { gradientJpeg } from './imageFiles.ts';

const files = scratch();
const unreadable = (message: RegExp) => ({ reason: 'unreadable-image', message });

describe('Reading an image file', () => {
  test('gives its bytes, after asking for room', async () => {
    const photo = gradientJpeg(40, 30);
    const asked: number[] = [];
    const file = files.write('photo.jpg', photo);
    const read = await readImageFile(file, async (bytes) => {
      asked.push(bytes);
    });
    assert.deepEqual(Buffer.from(read.bytes), Buffer.from(photo));
    assert.deepEqual(read.state, await fileState(file));
    assert.deepEqual(asked, [photo.length]);
  });

  test('refuses a file that is written to while it is read', async () => {
    const file = files.write('growing.jpg', gradientJpeg(40, 30));
    const grow = async () => appendFileSync(file, 'more');
    await assert.rejects(readImageFile(file, grow), unreadable(/changed while it was read/));
    assert.ok((await readImageFile(file)).bytes.length > 0);
  });

  test('refuses a folder, a file that is not there and one that is too large, by name', async () => {
    mkdirSync(files.path('folder.jpg'));
    await assert.rejects(readImageFile(files.path('folder.jpg')), unreadable(/^This is a folder/));
    await assert.rejects(readImageFile(files.path('none.jpg')), { reason: 'not-found' });
    const huge = files.write('huge.jpg', '');
    truncateSync(huge, 900_000_000);
    await assert.rejects(
      readImageFile(huge),
      unreadable(/too large for an image: 900 MB. The limit is 800 MB/),
    );
  });

  test('reads of a large file that is no image only what tells so', async () => {
    const video = files.write('video.jpg', '\0\0\0\x18ftypisom');
    truncateSync(video, 500_000_000);
    const { bytes: read } = await readImageFile(video, () => assert.fail('asked for room'));
    assert.ok(read.length < 10_000);
    await assert.rejects(decodeImage(read), unreadable(/^The file is a video/));
  });

  test('never waits for a pipe, a socket or a device', { skip: process.platform === 'win32' }, async () => {
    execFileSync('mkfifo', [files.path('pipe.jpg')]);
    symlinkSync('/dev/zero', files.path('zero.jpg'));
    symlinkSync('loop.jpg', files.path('loop.jpg'));
    const server = createServer().listen(files.path('socket.jpg'));
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      for (const name of ['pipe.jpg', 'zero.jpg', 'socket.jpg'])
        await assert.rejects(readImageFile(files.path(name)), unreadable(/pipe or a device/), name);
      await assert.rejects(readImageFile(files.path('loop.jpg')), unreadable(/points to itself/));
    } finally {
      server.close();
    }
  });
});
