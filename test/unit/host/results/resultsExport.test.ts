import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvPieces, jsonPieces } from '../../../../src/host/results/resultsExport.ts';
import '../withFakeVscode.ts';
import { finishedRun } from './fakeRun.ts';

const { shortPath, titleOf } = await import('../../../../src/host/files.ts');

const sources = [0, 1, 2, 3].map((index) => `=source ${index}`);

describe('exporting a run', () => {
  it('writes a line per image as CSV', async () => {
    const run = await finishedRun(sources);
    const lines = [...csvPieces(run)].join('').split('\r\n');
    assert.equal(lines.length, run.predictions.length + 2);
    assert.ok(
      lines[0].endsWith(
        'path,label,confidence,truth,right,source 1,share 1,source 2,share 2,source 3,share 3',
      ),
    );
    assert.equal(lines[1], "/photos/cat/1.jpg,cat,0.9,cat,yes,'=source 3,0.5");
    assert.equal(lines[2], "/photos/cat/2.jpg,'=cmd(),0.4,cat,no,'=source 3,0.5");
  });

  it('writes JSON that says how it was made', async () => {
    const run = await finishedRun(sources);
    const written = JSON.parse([...jsonPieces(run)].join(''));
    assert.equal(written.images, 3);
    assert.equal(written.accuracy, 0.5);
    assert.equal(written.complete, true);
    assert.equal(written.backbone.name, 'tiny');
    assert.deepEqual(written.skipped, [{ path: '/photos/broken.png', reason: 'The file is empty.' }]);
    assert.deepEqual(written.predictions[0], {
      path: '/photos/cat/1.jpg',
      label: 'cat',
      confidence: 0.9,
      truth: 'cat',
      fired: [{ label: '=source 3', share: 0.5 }],
    });
  });
});

describe('names of images', () => {
  it('are paths below the folder that was classified', () => {
    assert.equal(shortPath('/photos/cat/1.jpg', ['/photos']), 'cat/1.jpg');
    assert.equal(shortPath('/b/1.jpg', ['/a', '/b']), 'b/1.jpg');
    assert.equal(shortPath('/elsewhere/1.jpg', ['/photos']), '/elsewhere/1.jpg');
    assert.equal(shortPath('/photos-old/1.jpg', ['/photos']), '/photos-old/1.jpg');
  });

  it('are headed by the folders', () => {
    assert.equal(titleOf(['/a/photos']), 'photos');
    assert.equal(titleOf(['/']), '/');
    assert.equal(titleOf(['/a/photos', '/b', '/c']), 'photos and 2 more');
  });
});
