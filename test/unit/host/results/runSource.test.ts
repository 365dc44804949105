import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withHead } from '../../../../src/core/alignments/alignment.ts';
import { LOOK } from '../../../../src/core/likeness/looks.ts';
import { ClassifyRun } from '../../../../src/host/results/classifyRun.ts';
import { runSource } from '../../../../src/host/results/runSource.ts';
import { SHOWN } from '../../../../src/protocol/cautionView.ts';
import '../withFakeVscode.ts';
import { exported } from '../../core/exports/exported.ts';
import { alignment, fakeEngine, finishedRun, settleResult } from './fakeRun.ts';

const { Settling } = await import('../../../../src/host/results/settling.ts');
const { shortPath, titleOf } = await import('../../../../src/host/files.ts');

const sources = [0, 1, 2, 3].map((index) => `=source ${index}`);

describe('exporting a run', () => {
  it('writes a line per image as CSV', async () => {
    const run = await finishedRun(sources);
    const lines = (await exported('csv', runSource(run))).split('\r\n');
    assert.equal(lines.length, run.predictions.length + 2);
    assert.ok(
      lines[0].endsWith(
        'path,label,confidence,truth,right,given,duplicate_group,odd,blank,tiny,width,height,source 1,share 1,source 2,share 2,source 3,share 3',
      ),
    );
    assert.equal(lines[1], "/photos/cat/1.jpg,cat,0.9,cat,yes,,,,,,,,'=source 3,0.5");
    assert.equal(lines[2], "/photos/cat/2.jpg,'=cmd(),0.4,cat,no,,,,,,,,'=source 3,0.5");
  });

  it('says what images are whatever their labels, and their pixels', async () => {
    const run = await finishedRun(sources);
    const looks = {
      groups: Int32Array.of(1, -1, 1),
      looks: Uint8Array.of(LOOK.odd, 0, LOOK.blank | LOOK.tiny),
      widths: Int32Array.of(640, 0, 8),
      heights: Int32Array.of(480, 0, 9),
    };
    const [, ...lines] = (await exported('csv', runSource(run, { looks }))).split('\r\n');
    assert.deepEqual(
      lines.slice(0, 3).map((line) => line.split(',').slice(6, 12).join()),
      ['2,yes,no,no,640,480', ',no,,,,', '2,no,yes,yes,8,9'],
    );
    const { predictions } = JSON.parse(await exported('json', runSource(run, { looks })));
    const { duplicateGroup, odd, blank, width, height } = predictions[0];
    assert.deepEqual([duplicateGroup, odd, blank, width, height], [2, true, false, 640, 480]);
    assert.deepEqual(Object.keys(predictions[1]), ['path', 'label', 'confidence', 'truth', 'odd', 'fired']);
  });

  it('writes JSON that says how it was made', async () => {
    const run = await finishedRun(sources);
    const written = JSON.parse(await exported('json', runSource(run)));
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

describe('exporting a run of folders with splits', () => {
  it('says the split of each image, and the figures of each', async () => {
    const run = await finishedRun(sources);
    run.predictions.push({ ...run.predictions.at(0)!, path: '/photos/train/1.jpg', split: 'train' });
    const perSplit = [
      { split: 'train' as const, images: 3, measured: 3, accuracy: 0.5, balancedAccuracy: 0.5 },
    ];
    run.measured = { ...run.result!, perSplit };
    const lines = (await exported('csv', runSource(run))).split('\r\n');
    assert.match(lines[0], /right,given,split,duplicate_group/);
    assert.equal(lines[1], "/photos/cat/1.jpg,cat,0.9,cat,yes,,,,,,,,,'=source 3,0.5");
    assert.equal(lines[4], "/photos/train/1.jpg,cat,0.9,cat,yes,,train,,,,,,,'=source 3,0.5");
    const written = JSON.parse(await exported('json', runSource(run)));
    assert.deepEqual(written.perSplit, perSplit);
    assert.deepEqual([written.predictions[0].split, written.predictions[3].split], [undefined, 'train']);
  });
});

describe('exporting a run whose answers must be sure', () => {
  it('writes what is said as the label, and the answer beside it', async () => {
    const run = await finishedRun(sources);
    run.caution = { none: { errorRate: 0.1 }, rollUp: true };
    const mammal = { label: 'mammal', sense: 'mammal%1:05:00::', targets: [0] };
    run.answers.say(Int32Array.of(0, SHOWN.none, SHOWN.label), [mammal]);
    const lines = (await exported('csv', runSource(run))).split('\r\n');
    assert.match(lines[0], /truth,right,given,said,answer,duplicate_group/);
    assert.equal(lines[1], "/photos/cat/1.jpg,mammal,0.9,cat,yes,,kind,cat,,,,,,,'=source 3,0.5");
    assert.equal(lines[2], "/photos/cat/2.jpg,,0.4,cat,no,,none,'=cmd(),,,,,,,'=source 3,0.5");
    const { asked, predictions } = JSON.parse(await exported('json', runSource(run)));
    assert.deepEqual(asked, { none: { errorRate: 0.1 }, rollUp: true });
    assert.deepEqual(
      predictions.map(({ label, said, answer }: Record<string, string>) => [label, said, answer]),
      [
        ['mammal', 'kind', 'cat'],
        ['', 'none', '=cmd()'],
        ['cat', undefined, undefined],
      ],
    );
  });
});

describe('exporting a run that was settled', () => {
  async function settled() {
    const run = await finishedRun(sources);
    const settling = new Settling(
      run,
      fakeEngine({ settle: () => settleResult({ given: Int32Array.of(-1, -1, 0), learned: 1 }) }),
    );
    await settling.begin();
    return { run, settling };
  }

  it('writes both answers and what was given as CSV, the one that is shown first', async () => {
    const { run, settling } = await settled();
    const lines = (await exported('csv', runSource(run, { settling: settling.kept }))).split('\r\n');
    assert.match(
      lines[0] ?? '',
      /right,plain,plain confidence,settled,settled confidence,given,duplicate_group/,
    );
    assert.equal(lines[2], "/photos/cat/2.jpg,cat,0.5,cat,,'=cmd(),0.4,cat,0.5,cat,,,,,,,'=source 3,0.5");
    await settling.choose(false);
    const plain = (await exported('csv', runSource(run, { settling: settling.kept }))).split('\r\n');
    assert.match(plain[2] ?? '', /2.jpg,cat,1,cat,,'=cmd\(\),0.4,cat,0.5,cat/);
  });

  it('says in JSON how it was settled', async () => {
    const { run, settling } = await settled();
    const written = JSON.parse(await exported('json', runSource(run, { settling: settling.kept })));
    const { shown, mode, balanced, information, learned, changed, plainAccuracy } = written.settling;
    assert.deepEqual(
      [shown, mode, balanced, information, learned, changed, plainAccuracy],
      [true, 'auto', false, 0.43, 1, 2, 1],
    );
    const {
      label,
      plain,
      plainConfidence,
      settled: other,
      settledConfidence,
      given,
    } = written.predictions[1];
    // `plain` as the command line has it.
    assert.deepEqual(
      [label, plain, plainConfidence, other, settledConfidence, given],
      ['cat', '=cmd()', 0.4, 'cat', 0.5, 'cat'],
    );
    assert.equal('given' in written.predictions[0], false);
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

  it('says which head decided, where one did', async () => {
    const learned = { images: 1, validation: { images: 0, accuracy: null }, learned: '' };
    const headed = withHead(alignment, { kind: 'prototypes', file: '/x', sha256: 'ab', learned });
    const run = new ClassifyRun({
      params: { folders: ['/photos'], backbone: 'tiny', alignment: headed },
      backbone: 'tiny',
    });
    const said = JSON.parse(await exported('json', runSource(run))) as { head?: unknown };
    assert.deepEqual(said.head, { kind: 'prototypes', sha256: 'ab' });
  });
});
