import assert from 'node:assert/strict';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { keepClassified } from '../../../../src/capabilities/keepClassified.ts';
import type { ImageFolders } from '../../../../src/core/folders/layout.ts';
import type { SettlingRecord } from '../../../../src/core/runs/settlingRecord.ts';
import { say } from '../../../../src/core/text/text.ts';
import { ownerOf } from '../../../../src/files/folderLock.ts';
import type { ClassifyRun } from '../../../../src/host/results/classifyRun.ts';
import { testFolder } from '../../folders.ts';
import '../withFakeVscode.ts';
import { fakeEngine, finishedRun, newRun, noLabels, settleResult } from './fakeRun.ts';

const { KeptResult } = await import('../../../../src/host/results/keptResult.ts');
const { Settlings } = await import('../../../../src/host/results/settlings.ts');
const { PredictionList } = await import('../../../../src/host/results/predictionList.ts');
const { openResult } = await import('../../../../src/host/results/restoreRun.ts');
const { listRuns } = await import('../../../../src/host/runs/runEntries.ts');

/** As the page, exports and the next window see a run. */
function seen({ id, time, state, predictions, skipped, judged, correct, result, progress }: ClassifyRun) {
  const { total } = progress;
  return { id, time, state, predictions: predictions.slice(0, 9), skipped, judged, correct, result, total };
}

describe('a classification that is kept', () => {
  const scratch = testFolder();
  let root: string;
  let folder: string;
  let run: ClassifyRun;
  const noEngine = {
    settlings: new Settlings(fakeEngine({}), noLabels),
    engine: fakeEngine({}),
    library: { resolve: async (): Promise<string | undefined> => undefined },
  };
  const keep = async (one: ClassifyRun) => {
    const kept = await KeptResult.begin(one, { root, workspace: root });
    await kept.finish(one);
    one.keptIn = kept.folder;
    return kept.folder;
  };
  const file = (name: string) => join(folder, name);
  const record = async () => JSON.parse(await readFile(file('run.json'), 'utf8'));

  let turn = 0;
  beforeEach(async () => {
    root = join(scratch, `workspace ${turn++}`);
    await mkdir(root);
    run = await finishedRun();
    folder = await keep(run);
  });

  it('opens as it was, without its images, the cache of outputs, the backbone or the document', async () => {
    const opened = await openResult(folder, noEngine);
    assert.deepEqual(JSON.parse(JSON.stringify(seen(opened))), JSON.parse(JSON.stringify(seen(run))));
    assert.equal(opened.sourceLabel(3), 'tabby');
    assert.deepEqual([opened.keptIn, opened.alignmentPath], [folder, run.alignmentPath]);
    assert.deepEqual(opened.notes, ['/photos was deleted or renamed. Its images cannot be shown.']);
    assert.deepEqual(opened.alignment.targets, run.alignment.targets);
  });

  it('opens the same where the command line or an agent kept it', async () => {
    const other = join(root, '.semap', 'runs', 'by an agent');
    const { result, predictions } = run;
    const all = predictions.slice(0, 3);
    const about = { ...run.images, backbone: 'tiny', alignment: run.alignment };
    const asked = { mode: 'auto', balanced: false, truths: undefined } as const;
    const targets = Int32Array.of(0, 0, 1);
    const confidences = Float32Array.of(0.5, 0.25, 0.75);
    const together = settleResult({ targets, confidences, paths: all.map(({ path }) => path) });
    const classified = { about, asked, caution: undefined, run: result!, result: result!, predictions: all };
    const rest = { contradicted: undefined, looks: undefined, sources: ['', '', '', 'tabby'] };
    const as = { id: run.id, time: run.time.toISOString(), alignmentFile: run.alignmentPath };
    await keepClassified(other, { ...classified, ...rest, together: undefined }, as);
    const opened = await openResult(other, noEngine);
    assert.deepEqual(JSON.parse(JSON.stringify(seen(opened))), JSON.parse(JSON.stringify(seen(run))));
    assert.equal(opened.sourceLabel(3), 'tabby');

    await keepClassified(other, { ...classified, ...rest, together }, as);
    const settlings = new Settlings(fakeEngine({}), noLabels);
    const settled = await openResult(other, { ...noEngine, settlings });
    assert.equal(settlings.of(settled).state.shown, true);
    assert.deepEqual(
      [0, 1, 2].map((row) => settled.answers.target(row)),
      [...targets],
    );
    const kept = await listRuns(root);
    assert.equal(kept.length, 2);
  });

  it('is a folder of three files that nobody holds any more', async () => {
    assert.deepEqual((await readdir(folder)).toSorted(), [
      'alignment.semap.json',
      'predictions.jsonl.gz',
      'run.json',
    ]);
    assert.match(folder, /-classify-photos$/);
    const lines = String(gunzipSync(await readFile(file('predictions.jsonl.gz')))).split('\n');
    assert.deepEqual(lines.slice(1), [
      '[0,"cat/1.jpg",0,0,0.9,3,0.5]',
      '[0,"cat/2.jpg",1,0,0.4,3,0.5]',
      '[0,"3.jpg",0,-1,0.5,3,0.5]',
      '',
    ]);
  });

  it('keeps settled answers and what was given beside the plain ones, and shows what was shown', async () => {
    const settlings = new Settlings(fakeEngine({}), noLabels);
    const answers = { targets: Int32Array.of(0, 0, 1), confidences: Float32Array.of(0.5, 0.25, 0.75) };
    const measured = { ...run.result!, accuracy: 1 };
    const { accuracy, balancedAccuracy, measuredOn, perClass } = measured;
    const figures = { accuracy, balancedAccuracy, measuredOn, perClass };
    const settling: SettlingRecord = {
      shown: true,
      mode: 'auto',
      balanced: false,
      settled: true,
      kind: 'features',
      information: 0.43,
      evidence: 1,
      changed: 2,
      learned: 1,
      held: 0,
      rare: [],
      frequent: [1],
      measured: figures,
      plainMeasured: { ...figures, accuracy: 0.5 },
    };
    run.answers.give((row) => (row === 2 ? 1 : -1));
    settlings.of(run).takeUp({ record: settling, answers });
    run.caution = { thresholds: { all: 0.3, labels: { cat: 0.5 } } };
    const kept = await KeptResult.resume(run, folder);
    await kept.finish(run, settlings.of(run).kept);
    const lines = String(gunzipSync(await readFile(file('predictions.jsonl.gz')))).split('\n');
    assert.match(lines[0] ?? '', /"version":2/);
    assert.equal(lines[2], '[0,"cat/2.jpg",1,0,0.4,0,0.25,-1,3,0.5]');
    assert.deepEqual([(await record()).figures?.accuracy, (await record()).correct], [1, 2]);

    const again = new Settlings(fakeEngine({}), noLabels);
    const opened = await openResult(folder, { ...noEngine, settlings: again });
    assert.deepEqual(opened.caution.thresholds, { all: 0.3, labels: { cat: 0.5 } });
    const shown = () => [0, 1, 2].map((row) => opened.answers.target(row));
    assert.deepEqual(again.of(opened).state.figures?.frequent, [1]);
    assert.deepEqual([shown(), opened.answers.given(2), opened.result?.accuracy], [[0, 0, 1], 1, 1]);
    await again.of(opened).choose(false);
    assert.deepEqual([shown(), opened.result?.accuracy, opened.correct], [[0, 1, 0], 0.5, 1]);
  });

  it('says that images said too little, without a second answer for each', async () => {
    const settlings = new Settlings(
      fakeEngine({ settle: () => settleResult({ settled: false, information: 0.1 }) }),
      noLabels,
    );
    await settlings.of(run).begin();
    const kept = await KeptResult.resume(run, folder);
    await kept.finish(run, settlings.of(run).kept);
    const lines = String(gunzipSync(await readFile(file('predictions.jsonl.gz')))).split('\n');
    assert.match(lines[0] ?? '', /"version":1/);
    const again = new Settlings(fakeEngine({}), noLabels);
    const opened = await openResult(folder, { ...noEngine, settlings: again });
    const { shown, figures } = again.of(opened).state;
    assert.deepEqual([shown, figures?.settled, figures?.information], [false, false, 0.1]);
  });

  it('stands in the list with its figures, beside another of the same second', async () => {
    const second = await KeptResult.begin(run, { root });
    await second.finish(run);
    const entries = await listRuns(root);
    assert.deepEqual(
      entries.map((entry) => entry.kind === 'classification' && entry.record.figures?.accuracy),
      [0.5, 0.5],
    );
    assert.notEqual(second.folder, folder);
  });

  it('is held while it runs: nobody else changes or opens it', async () => {
    const begun = newRun();
    const kept = await KeptResult.begin(begun, { root });
    assert.equal((await ownerOf(kept.folder))?.pid, process.pid);
    await assert.rejects(openResult(kept.folder, noEngine), { reason: 'busy', message: /photos/ });
    await assert.rejects(KeptResult.resume(begun, kept.folder), { reason: 'busy' });
    await kept.finish(run);
    assert.equal(await ownerOf(kept.folder), undefined);
  });

  it('keeps a name that was given, when it goes on', async () => {
    await writeFile(file('run.json'), JSON.stringify({ ...(await record()), name: 'before mending' }));
    const kept = await KeptResult.resume(run, folder);
    await kept.finish(run);
    assert.equal((await record()).name, 'before mending');
  });

  it('that its window left, or that was killed, is scored again from the cache of outputs and can go on', async () => {
    const photos = join(root, 'photos');
    await mkdir(photos);
    const begun = newRun();
    const kept = await KeptResult.begin(begun, { root });
    await kept.leave(begun);
    folder = kept.folder;
    const left = await record();
    assert.deepEqual([left.status, typeof left.left, left.figures], ['running', 'string', undefined]);
    await writeFile(file('run.json'), JSON.stringify({ ...left, folders: [photos] }));
    const predictions = run.predictions.slice(0, 2);
    const engine = fakeEngine({ rescore: () => ({ ...run.result, predictions, sources: [], unseen: 5 }) });
    const opened = await openResult(folder, { ...noEngine, engine });
    assert.deepEqual(
      [opened.state, opened.predictions.length, opened.progress.total, opened.id],
      ['cancelled', 2, 7, begun.id],
    );
    assert.deepEqual(opened.notes, ['The window was reloaded during the classification.']);
  });

  it('keeps how its folders were read, and the split of each image', async () => {
    const images: ImageFolders = {
      folders: ['/photos'],
      layouts: [{ kind: 'classes', level: 2, splitLevel: 1 }],
    };
    const other = await finishedRun();
    Object.defineProperty(other, 'images', { value: images });
    const first = other.predictions.at(0)!;
    other.predictions.push({ ...first, path: '/photos/train/cat/1.jpg', split: 'train' }, 0);
    other.predictions.push({ ...first, path: '/photos/test/cat/1.jpg', split: 'test' });
    const kept = await keep(other);
    const opened = await openResult(kept, noEngine);
    assert.deepEqual(opened.images, images);
    const splits = Array.from({ length: 5 }, (_, row) => opened.predictions.split(row));
    const expected = Array.from(other.predictions.inFolderOrder(), (row) => other.predictions.split(row));
    assert.deepEqual(splits, expected);
    assert.deepEqual(splits.toSorted(), ['test', 'train', undefined, undefined, undefined]);
    const only = await finishedRun();
    Object.defineProperty(only, 'images', { value: { ...images, split: 'val' } });
    assert.equal((await openResult(await keep(only), noEngine)).images.split, 'val');
  });

  it('finds its images again where the whole workspace was moved', async () => {
    const images = join(root, 'photos');
    const other = await finishedRun();
    Object.defineProperty(other, 'folders', { value: [images] });
    Object.defineProperty(other, 'images', { value: { folders: [images] } });
    const predictions = new PredictionList();
    predictions.push({ ...run.predictions.at(0)!, path: join(images, 'a', 'b.jpg') });
    Object.defineProperty(other, 'predictions', { value: predictions });
    const kept = await keep(other);
    const moved = join(scratch, `moved ${turn}`);
    await rename(root, moved);
    const opened = await openResult(kept.replace(root, moved), noEngine);
    assert.deepEqual(opened.folders, [join(moved, 'photos')]);
    assert.equal(opened.predictions.at(0)?.path, join(moved, 'photos', 'a', 'b.jpg'));
  });

  it('of a failed run says what failed', async () => {
    const failed = newRun();
    await failed.start(
      fakeEngine({
        classify: () => {
          throw new Error('no luck');
        },
      }),
    );
    const opened = await openResult(await keep(failed), noEngine);
    assert.deepEqual([opened.state, opened.error?.message], ['failed', 'no luck']);
  });

  it('says that the disk is full, and leaves no folder of a run that could not begin', async (t) => {
    const handle = await open(file('run.json'));
    const handles = Object.getPrototypeOf(handle);
    await handle.close();
    const begun = await KeptResult.begin(run, { root });
    const full = t.mock.method(handles, 'write', async () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    await assert.rejects(KeptResult.begin(run, { root }), { reason: 'out-of-space' });
    await assert.rejects(begun.finish(run), { reason: 'out-of-space', message: /no space left/ });
    full.mock.restore();
    const left = (await listRuns(root)).map((entry) => [entry.kind, entry.folder]);
    assert.deepEqual(
      left.toSorted(),
      [folder, begun.folder].map((one) => ['classification', one]).toSorted(),
    );
    assert.equal(await ownerOf(begun.folder), undefined);
  });

  it('is scored again where its predictions are damaged, and says why where that cannot be', async () => {
    const engine = fakeEngine({
      rescore: () => ({ ...run.result, predictions: run.predictions.slice(0, 9), sources: [], unseen: 0 }),
    });
    const here = join(root, 'photos');
    await mkdir(here);
    const whole = await readFile(file('predictions.jsonl.gz'));
    const [head, ...lines] = String(gunzipSync(whole)).split('\n');
    const broken: [Buffer | undefined, RegExp][] = [
      [undefined, /no such file|does not exist|There is no/],
      [Buffer.from('not packed'), /predictions.jsonl.gz is damaged/],
      [whole.subarray(0, 60), /predictions.jsonl.gz is damaged/],
      [gzipSync(''), /predictions.jsonl.gz is damaged/],
      [gzipSync('{"version":3,"sources":{}}\n'), /newer version of SeMap/],
      [gzipSync('7\n'), /lacks fields/],
      ...[
        '{',
        '[0,"../../etc/passwd",0,0,1]',
        '[-1,"relative.jpg",0,0,1]',
        '[0,"a.jpg",2,0,1]',
        '[0,"a.jpg",0,-2,1]',
        '[0,"a.jpg",0,0,7]',
        '[0,"a.jpg",0,0,1,3]',
        '[0,"a.jpg",0,0,1,-3,1]',
        '[0,7,0,0,1]',
      ].map((line): [Buffer, RegExp] => [
        gzipSync([head, lines[0], line, ''].join('\n')),
        /lacks fields|not valid JSON/,
      ]),
      ...[[], [lines[0]], [...lines.slice(0, 3), lines[0]]].map((some): [Buffer, RegExp] => [
        gzipSync([head, ...some, ''].join('\n')),
        /predictions.jsonl.gz is damaged/,
      ]),
    ];
    for (const [content, why] of broken) {
      if (content) await writeFile(file('predictions.jsonl.gz'), content);
      else await rm(file('predictions.jsonl.gz'));
      await assert.rejects(openResult(folder, noEngine), why);
      await writeFile(file('run.json'), JSON.stringify({ ...(await record()), folders: [here] }));
      const opened = await openResult(folder, { ...noEngine, engine });
      assert.deepEqual([opened.state, opened.predictions.length], ['done', 3]);
      assert.match(opened.notes[0], /cannot be read, so the images were scored again/);
      await writeFile(file('run.json'), JSON.stringify({ ...(await record()), folders: ['/photos'] }));
    }
  });

  it('is not read where it tells of labels that its alignment does not have', async () => {
    const document = { ...run.alignment, targets: run.alignment.targets.slice(0, 1) };
    await writeFile(file('alignment.semap.json'), JSON.stringify(document));
    await assert.rejects(openResult(folder, noEngine), { reason: 'invalid-document' });
  });

  it('is not read where its record tells of more images than a window has room for', async () => {
    await writeFile(file('run.json'), JSON.stringify({ ...(await record()), predictions: 20_000_000 }));
    await assert.rejects(openResult(folder, noEngine), /predictions.jsonl.gz is damaged/);
  });

  it('opens with a list of skipped images that is longer than any line is read at once', async () => {
    const skipped = Array.from({ length: 5000 }, (_, i) => ({
      path: `/photos/größer ${i}.jpg`,
      reason: 'The file is empty.',
    }));
    const [head, ...lines] = String(gunzipSync(await readFile(file('predictions.jsonl.gz')))).split('\n');
    const longer = JSON.stringify({ ...JSON.parse(head), skipped });
    await writeFile(file('predictions.jsonl.gz'), gzipSync([longer, ...lines].join('\n')));
    const opened = await openResult(folder, noEngine);
    assert.deepEqual(
      opened.skipped.map(({ path }) => path),
      skipped.map(({ path }) => path),
    );
    assert.equal(opened.predictions.length, 3);
  });

  it('is listed as damaged where its record is from a newer version, or lacks what is relied on', async () => {
    const good = await record();
    const bad: [object, string][] = [
      [{ version: 3 }, 'The record is from a newer version of SeMap.'],
      ...[
        { folders: [] },
        { folders: 'x' },
        { labels: [1] },
        { judged: -1 },
        { status: 'flying' },
        { backbone: { name: 'x' } },
        { figures: { ...good.figures, accuracy: 7 } },
        { figures: { ...good.figures, measuredOn: {} } },
        { figures: { ...good.figures, perClass: [{}] } },
        { figures: { ...good.figures, passedOver: { counts: {}, files: [null] } } },
      ].map((change): [object, string] => [change, 'The record lacks fields, or they have the wrong type.']),
    ];
    for (const [change, problem] of bad) {
      await writeFile(file('run.json'), JSON.stringify({ ...good, ...change }));
      const [entry] = await listRuns(root);
      assert.equal(entry.kind === 'damaged' && say(entry.problem), problem);
      await assert.rejects(openResult(folder, noEngine), { reason: 'invalid-document', message: problem });
    }
  });

  it('of 100,000 images takes some megabytes', async () => {
    const list = new PredictionList();
    for (let i = 0; i < 100_000; i++) {
      const share = () => Math.abs(Math.sin(i * 12.9898 + list.length) * 43758.5453) % 1;
      list.push({
        path: `/photos/class ${i % 100}/IMG_${20_250_000 + i}.jpg`,
        target: i % 97,
        truth: i % 100,
        confidence: share(),
        fired: [1, 2, 3].map((k) => ({ source: (i * 7 * k) % 1000, probability: share() / k })),
      });
    }
    Object.defineProperty(run, 'predictions', { value: list });
    const { size } = await stat(join(await keep(run), 'predictions.jsonl.gz'));
    assert.ok(size < 5e6);
  });
});
