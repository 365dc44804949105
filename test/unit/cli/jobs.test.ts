import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { JobDocument } from '../../../src/core/jobs/job.ts';
import { jobEngines } from '../../../src/core/jobs/recipes/recipes.ts';
import { idOf } from '../../../src/files/jobFolder.ts';
import { readClassificationOf } from '../../../src/files/keptClassification.ts';
import { linearColour, meanColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, type Ran, runCommand, words } from './runCommand.ts';

/** What must be the same, whoever ran the images. */
const SAME = [
  ...['folders', 'images', 'skipped', 'passedOver', 'accuracy', 'plainAccuracy', 'measuredOn'],
  ...['balancedAccuracy', 'perClass', 'expectedAccuracy', 'knownLabels', 'predictions', 'backbone', 'method'],
];

describe('A job', { skip: noModels }, () => {
  const files = scratch();
  const photos = files.path('photos');
  const alignment = files.path('colours.semap.json');
  let machine = 0;
  keepEngines(files.path('cache'));

  const runWithCache = (cache: string, line: Parameters<typeof words>): Promise<Ran> =>
    runCommand([
      ...words(...line),
      ...['--backbone-folder', files.path('models'), '--cache-folder', files.path(cache)],
      ...['--threads', '1', '--device', 'cpu'],
    ]);
  const run = (...line: Parameters<typeof words>) => runWithCache('cache', line);
  /** Such a command has a cache of its own, as on another machine. */
  const elsewhere = (...line: Parameters<typeof words>) => runWithCache(`cache-${machine++}`, line);
  const plan = (name: string, ...options: string[]): Promise<Ran> =>
    run`plan ${photos} -a ${alignment} --images-per-shard 20 --out ${files.path(name)} ${options}`;
  const answers = (text: string) => {
    const { settled, ...all } = JSON.parse(text) as Record<string, Record<string, unknown> | undefined>;
    delete settled?.['seconds'];
    const same: Record<string, unknown> = {
      settled,
      ...Object.fromEntries(SAME.map((key) => [key, all[key]])),
    };
    return same;
  };
  /** A job whose shards are done, for tests that spoil it. */
  const copyOf = (name: string): string => {
    cpSync(files.path('job'), files.path(name), { recursive: true });
    return files.path(name);
  };
  const result = (job: string, shard: number) => path.join(job, `results/00000${shard}.parquet`);
  const edited = (job: string, edit: (document: Record<string, unknown>) => void) => {
    const file = path.join(job, 'job.json');
    const document = JSON.parse(readFileSync(file, 'utf8'));
    edit(document);
    writeFileSync(file, JSON.stringify(document));
  };

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeBackbone(files, 'models/mean', meanColour());
    writeColourImages(files, 'photos', 16);
    for (const [i, name] of ['dög "2".ppm', 'line\nbreak.ppm', '🐈.ppm'].entries())
      files.write(`photos/cat/${name}`, ppm(colours.bird, 200 + i));
    files.write('photos/dog/broken.ppm', 'P6\n8 8\n');
    files.write('photos/dog/raw.cr2', 'x');
    files.write('photos/labels.semap.csv', 'file_name,label\nbird/3.ppm,cat\nbird/gone.ppm,dog\n');
    await run`align ${photos} -b linear -o ${alignment}`;
    const planned = await plan('job', '--json');
    assert.equal(planned.code, 0, planned.err);
    const { images, shards, skipped } = JSON.parse(planned.out);
    assert.deepEqual([images, shards, skipped], [52, 3, 0]);
    // In any order, some on one machine.
    for (const index of ['2', '0-1']) {
      const { code, err } = await elsewhere`run-shard ${files.path('job')} ${index}`;
      assert.equal(code, 0, err);
    }
    return () => files.dispose();
  });

  test('answers as one machine does, also where neither images nor backbones are', async () => {
    const one = await elsewhere`classify ${photos} -a ${alignment} --json`;
    const merged = await elsewhere`merge ${files.path('job')} --json`;
    assert.equal(merged.code, 0, merged.err);
    assert.deepEqual(answers(merged.out), answers(one.out));
    const { images, skipped, passedOver, job, knownLabels } = JSON.parse(merged.out);
    assert.deepEqual([images, skipped.length, passedOver.files.length], [51, 1, 1]);
    assert.deepEqual([job.complete, job.missing, job.drift], [true, undefined, []]);
    assert.deepEqual([knownLabels.learned, knownLabels.goneCount], [1, 1]);
    const [there, models] = [files.path('elsewhere'), files.path('models-elsewhere')];
    renameSync(photos, there);
    renameSync(files.path('models'), models);
    mkdirSync(files.path('models'));
    try {
      const alone = await elsewhere`merge ${files.path('job')} --json`;
      assert.equal(alone.code, 0, alone.err);
      // What of a table leads nowhere is only known where the table is.
      assert.deepEqual({ ...answers(alone.out), knownLabels: 0 }, { ...answers(one.out), knownLabels: 0 });
    } finally {
      rmSync(files.path('models'), { recursive: true });
      renameSync(models, files.path('models'));
      renameSync(there, photos);
    }
  });

  test('is kept as a run with the figures of the answers that it shows', async () => {
    const kept = files.path('.semap/runs/settled');
    const { code, out, err } = await run`merge ${files.path('job')} --settle --run ${kept} --json`;
    assert.equal(code, 0, err);
    const { accuracy, plainAccuracy, measuredOn, settled } = JSON.parse(out);
    assert.deepEqual([settled.applied, measuredOn.learned], [true, 1]);
    const { figures, settling, correct, judged } = await readClassificationOf(kept);
    assert.deepEqual([figures?.accuracy, figures?.measuredOn], [accuracy, measuredOn]);
    assert.equal(settling?.plainMeasured.accuracy, plainAccuracy);
    assert.deepEqual([correct / judged, judged], [accuracy, measuredOn.measured]);
  });

  test('takes options of classify, and tells a report', async () => {
    const csv = files.path('merged.csv');
    const kept = files.path('.semap/runs/photos');
    const { code, out, err } = await run`merge ${files.path('job')} --no-settle --csv ${csv} --run ${kept}`;
    assert.equal(code, 0, err);
    assert.match(out, /^Accuracy \d+\.\d% \(\d+\.\d to \d+\.\d%\) on /m);
    assert.match(out, /^51 images in .*linear/m);
    const { status, total, predictions, skipped, job } = await readClassificationOf(kept);
    assert.deepEqual([status, total, predictions, skipped, job], ['done', 52, 51, 1, files.path('job')]);
    const exported = files.path('exported.jsonl');
    const { code: done } = await run`export ${files.path('job')} --as jsonl --to ${exported}`;
    assert.deepEqual([done, readFileSync(exported, 'utf8').trim().split('\n').length], [0, 51]);
    const one = files.path('one.csv');
    await run`classify ${photos} -a ${alignment} --no-settle --csv ${one}`;
    assert.equal(readFileSync(csv, 'utf8'), readFileSync(one, 'utf8'));
  });

  test('leaves a result that is whole as it is, and writes the same rows again where there is none', async () => {
    const job = copyOf('again');
    const before = statSync(result(job, 0));
    const first = await run`run-shard ${job} 0 --json`;
    assert.equal(JSON.parse(first.out).already, true);
    assert.equal(statSync(result(job, 0)).mtimeMs, before.mtimeMs);
    const bytes = readFileSync(result(job, 0));
    rmSync(result(job, 0));
    // Two at once do no harm.
    const both = await Promise.all([elsewhere`run-shard ${job} 0 --json`, run`run-shard ${job} 0`]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    const end = bytes.indexOf('semap.job') - 1000;
    assert.ok(readFileSync(result(job, 0)).subarray(0, end).equals(bytes.subarray(0, end)));
    assert.deepEqual(readdirSync(path.join(job, 'results')).length, 3);
  });

  test('whose results are missing, torn or those of others says which, and answers for the rest where asked', async () => {
    const job = copyOf('spoiled');
    truncateSync(result(job, 0), statSync(result(job, 0)).size - 20);
    copyFileSync(result(job, 2), result(job, 1));
    rmSync(result(job, 2));
    const { code, out, err } = await run`merge ${job} --json`;
    assert.equal(code, 75);
    assert.match(err, /^Missing shards: 2$/m);
    assert.match(err, /^Run them: semap run-shard$/m);
    assert.match(err, /^Damaged results, to be run again: 0$/m);
    assert.match(err, /^Results of another job, to be run again: 1$/m);
    const told = JSON.parse(out).job;
    assert.deepEqual([told.complete, told.missing, told.damaged, told.foreign], [false, '2', '0', '1']);
    const again = await run`run-shard ${job} 0-1`;
    assert.equal(again.code, 0, again.err);
    const refused = await run`merge ${job}`;
    assert.deepEqual([refused.code, refused.out], [75, '']);
    assert.match(refused.err, /^Missing shards: 2\n.*--partial\.$/m);
    const partial = await run`merge ${job} --partial --no-settle --json`;
    assert.equal(partial.code, 0, partial.err);
    assert.deepEqual([JSON.parse(partial.out).images, JSON.parse(partial.out).job.missing], [40, '2']);
    const { status, predictions, total } = await readClassificationOf(path.join(job, 'run'));
    assert.deepEqual([status, predictions, total], ['stopped', 40, 52]);
  });

  test('a byte of which was changed on the disk is found', async () => {
    const job = copyOf('rotten');
    const bytes = readFileSync(result(job, 1));
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(result(job, 1), bytes);
    const { code, err } = await run`merge ${job}`;
    assert.equal(code, 75);
    assert.match(err, /Damaged results, to be run again: 1/);
  });

  for (const [what, spoil, message] of [
    [
      'of another version',
      (job: string) => edited(job, (it) => (it['semap-job'] = 2)),
      /another version of SeMap/,
    ],
    [
      'of other pixels',
      (job: string) =>
        edited(job, (it) => {
          it['pixels'] = 1;
          it['id'] = idOf(it as unknown as JobDocument);
        }),
      /other pixels/,
    ],
    [
      'that is damaged',
      (job: string) => writeFileSync(path.join(job, 'job.json'), '{'),
      /job\.json is damaged/,
    ],
    [
      'whose backbone is described otherwise',
      (job: string) =>
        edited(job, ({ backbones }) => {
          const [{ input }] = backbones as [{ input: { preprocessing: { mean: number[] } } }];
          input.preprocessing.mean = [0.25, 0.25, 0.25];
        }),
      /job\.json of the job is missing, or was changed/,
    ],
    [
      'that is lean by now',
      (job: string) => edited(job, (it) => (it['lean'] = true)),
      /job\.json of the job/,
    ],
    ['that is none', (job: string) => rmSync(path.join(job, 'job.json')), /is not a job/],
    [
      'with another alignment',
      (job: string) => writeFileSync(path.join(job, 'alignment.semap.json'), '{}'),
      /alignment\.semap\.json of the job is missing, or was changed/,
    ],
    [
      'with another list',
      (job: string) => writeFileSync(path.join(job, 'shards/000000.jsonl'), '["cat/0.ppm",1,1]\n'),
      /shards\/000000\.jsonl of the job is missing, or was changed/,
    ],
  ] as const) {
    test(`${what} is never run`, async () => {
      const job = copyOf('never');
      rmSync(result(job, 0));
      spoil(job);
      const { code, err } = await run`run-shard ${job} 0`;
      assert.equal(code, 42, err);
      assert.match(err, message);
      rmSync(job, { recursive: true });
    });
  }

  test('is never run with another backbone, or for a shard that it does not have', async () => {
    const job = copyOf('others');
    rmSync(result(job, 0));
    const other = await run`run-shard ${job} 0 --backbone mean`;
    assert.equal(other.code, 42);
    assert.match(other.err, /mean\.onnx is another file than linear, which the job was planned with/);
    const beyond = await run`run-shard ${job} 3`;
    assert.equal(beyond.code, 42);
    assert.match(beyond.err, /The job has no shard 3: its shards are 0 to 2\./);
    const none = await run`run-shard ${job}`;
    assert.equal(none.code, 2);
    assert.match(none.err, /No index of a shard/);
    assert.equal((await run`run-shard ${job} x`).code, 2);
  });

  test('runs the shard that an engine says, or its share of them', async (t) => {
    const job = copyOf('array');
    for (const variable of ['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX']) {
      process.env[variable] = '1';
      t.after(() => delete process.env[variable]);
      const { code, out } = await run`run-shard ${job} --json`;
      assert.deepEqual([code, JSON.parse(out).shard], [0, 1]);
      delete process.env[variable];
    }
    const { out } = await run`run-shard ${job} 0 --tasks 2 --json`;
    const shards = out.trim().split('\n');
    assert.deepEqual(
      shards.map((line) => JSON.parse(line).shard),
      [0, 2],
    );
  });

  test('waits for a folder that is not mounted, finds it elsewhere, and skips images that vanished', async () => {
    const job = copyOf('moved');
    for (const shard of [0, 1, 2]) rmSync(result(job, shard));
    const there = files.path('mounted');
    cpSync(photos, there, { recursive: true, preserveTimestamps: true });
    edited(job, (it) => {
      (it['folders'] as { path: string }[])[0].path = files.path('not-here');
    });
    const away = await run`run-shard ${job} 0`;
    assert.equal(away.code, 75);
    assert.match(away.err, /The folder .*not-here of the job is not there, or has none of its images/);
    mkdirSync(files.path('empty'));
    files.write('others/notes.txt', 'x');
    // Something that was named by mistake would make a result without images, and one that stays.
    for (const wrong of ['empty', 'others'])
      assert.equal((await run`run-shard ${job} 0 --root ${files.path(wrong)}`).code, 75, wrong);
    rmSync(path.join(there, 'bird/0.ppm'));
    writeFileSync(path.join(there, 'bird/1.ppm'), ppm(colours.dog, 77));
    utimesSync(path.join(there, 'bird/1.ppm'), 1, 1);
    const { code, err } = await run`run-shard ${job} 0-2 --root ${there}`;
    assert.equal(code, 0, err);
    const merged = await run`merge ${job} --json`;
    const { images, skipped } = JSON.parse(merged.out);
    assert.deepEqual([images, skipped.length], [50, 2]);
    assert.match(JSON.stringify(skipped), /This file no longer exists/);
    assert.match(merged.err, /1 image was changed after the job was planned/);
  });

  test('is JSON Lines, or lean, where that was asked for', async () => {
    const plain = await run`classify ${photos} -a ${alignment} --no-settle --json`;
    const whole = await run`classify ${photos} -a ${alignment} --json`;
    for (const [name, options] of [
      ['lines', ['--format', 'jsonl']],
      ['lean', ['--lean']],
    ] as const) {
      assert.equal((await plan(name, ...options)).code, 0);
      const job = files.path(name);
      assert.equal((await run`run-shard ${job} 0-2`).code, 0);
      const merged = await run`merge ${job} --json`;
      assert.equal(merged.code, 0, merged.err);
      const keys = name === 'lines' ? SAME : ['accuracy', 'images', 'perClass', 'skipped'];
      const expected = answers(name === 'lines' ? whole.out : plain.out);
      for (const key of keys) assert.deepEqual(answers(merged.out)[key], expected[key], `${name}: ${key}`);
      const labels = (text: string) =>
        JSON.parse(text).predictions.map((one: { path: string; label: string }) => [one.path, one.label]);
      if (name === 'lean') assert.deepEqual(labels(merged.out), labels(plain.out));
    }
    const asked = await run`merge ${files.path('lean')} --balanced`;
    assert.equal(asked.code, 2);
    assert.match(asked.err, /--balanced needs outputs, which the results of a lean job do not hold/);
    const size = (name: string) => statSync(result(files.path(name), 0)).size;
    assert.ok(size('lean') < size('job'));
  });

  test('of a list has each image once, and leaves out what is none', async () => {
    const list = files.write(
      'list.txt',
      `\ufeffcat/0.ppm\r\ndog/1.ppm\n\ncat/0.ppm\n${path.join(photos, 'bird/2.ppm')}\nnone.ppm\nnotes.txt\n`,
    );
    const job = files.path('listed');
    const planned = await run`plan --list ${list} --root ${photos} -a ${alignment} --out ${job} --json`;
    assert.equal(planned.code, 0, planned.err);
    const { images, shards, skipped } = JSON.parse(planned.out);
    assert.deepEqual([images, shards, skipped], [3, 1, 2]);
    assert.equal((await run`run-shard ${job} 0`).code, 0);
    const { accuracy, predictions } = JSON.parse((await run`merge ${job} --no-settle --json`).out);
    assert.equal(accuracy, 1);
    assert.deepEqual(
      predictions.map((one: { label: string }) => one.label),
      ['bird', 'cat', 'dog'],
    );
  });

  test('of a list that names nothing is told what the list names', async () => {
    const planned = (list: string) => run`plan --list ${list} -a ${alignment} --out ${files.path('nothing')}`;
    const gone = await planned(files.write('gone.txt', 'a.jpg\nb.jpg\n'));
    assert.equal(gone.code, 1);
    assert.match(
      gone.err,
      /No path of the list is an image that is there.\s+The first is .*a\.jpg\. With --root/,
    );
    assert.match((await planned(files.write('blank.txt', '\n'))).err, /The list names no images/);
    assert.match((await planned(photos)).err, /photos is not a regular file/);
    for (const [options, problem] of [
      ['--split train', /--split cannot be used with --list/],
      ['--labels -', /cannot both read standard input/],
    ] as const) {
      const { code, err } = await run`plan --list - --out ${files.path('nothing')} ${options.split(' ')}`;
      assert.equal(code, 2);
      assert.match(err, problem);
    }
  });

  test('of several backbones answers with all of them', async () => {
    const both = files.path('both.semap.json');
    await run`align ${photos} -b linear -b mean -o ${both}`;
    const job = files.path('members');
    assert.equal((await run`plan ${photos} -a ${both} --images-per-shard 30 --out ${job}`).code, 0);
    const ran = await run`run-shard ${job} 0-1`;
    assert.equal(ran.code, 0, ran.err);
    const one = await elsewhere`classify ${photos} -a ${both} --json`;
    assert.deepEqual(answers((await run`merge ${job} --json`).out), answers(one.out));
  });

  test('gets the script of an engine with its plan, and those of others later', async () => {
    const planned = await plan('engines', '--for', 'slurm', '--json');
    assert.deepEqual(JSON.parse(planned.out).start, ['sbatch slurm.sh']);
    const without = await plan('by hand');
    assert.match(
      without.out,
      /^Run its shards, on any machine: semap run-shard '.*by hand' 0-2\nThen: semap merge '.*'$/m,
    );
    const job = files.path('engines');
    assert.match(readFileSync(path.join(job, 'slurm.sh'), 'utf8'), /^#SBATCH --array=0-2$/m);
    for (const engine of jobEngines.filter((name) => name !== 'slurm')) {
      const { code, out } = await run`plan --out ${job} --for ${engine}`;
      assert.equal(code, 0);
      assert.match(out, /^Start it in .*\nThen: semap merge /s);
    }
    const changed = await run`plan --out ${job} --for slurm --images-per-shard 5`;
    assert.equal(changed.code, 2);
    assert.match(changed.err, /--images-per-shard cannot be changed in a job that is planned/);
    const { containers } = parse(readFileSync(path.join(job, 'kubernetes.yaml'), 'utf8')).spec.template.spec;
    const mounted = containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    assert.deepEqual(mounted, [job, photos, files.path('models')]);
  });

  test('is planned into a new or empty folder only', async () => {
    const { code, err } = await plan('job');
    assert.equal(code, 1);
    assert.match(err, /already contains a job\.\n.*--out and --for alone\./);
    files.write('mine/notes.txt', 'x');
    const mine = await plan('mine');
    assert.match(mine.err, /is not empty: it contains notes\.txt/);
    const usage = await run`plan ${photos}`;
    assert.equal(usage.code, 2);
    assert.match(usage.err, /--out is missing/);
  });
});
