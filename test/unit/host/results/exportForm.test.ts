import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { imageOf, sourceOf } from '../../core/exports/fakeSource.ts';
import { settle } from '../pageCalls.ts';
import { eventually, fakeMemory, openInput, stage } from '../withFakeVscode.ts';
import { fakeEngine } from './fakeRun.ts';

const { ExportResults } = await import('../../../../src/host/results/exportResults.ts');
const { FilePlacing } = await import('../../../../src/host/exports/filePlacing.ts');
const { readConfidence } = await import('../../../../src/host/results/exportFilterRows.ts');

const images = [
  imageOf('cat/1.jpg', { label: 'cat', confidence: 0.9, truth: 'cat' }),
  imageOf('cat/2.jpg', { label: 'dog', confidence: 0.4, truth: 'cat' }),
  imageOf('3.jpg', { label: 'dog', confidence: 0.8 }),
];

/** The row of the open list that has `label` in it. */
function row(label: string) {
  const found = stage.open?.items?.find((item) => item.label.includes(label));
  assert.ok(found, `${label} among ${stage.open?.items?.map((item) => item.label).join(', ')}`);
  return found as { label: string; description?: string };
}

/** Chooses a row once it is there: files are looked for in between. */
async function choose(label: string): Promise<void> {
  await shows(label);
  stage.open!.choose(row(label).label);
  await settle();
}

/** Waits for a row. */
async function shows(label: string): Promise<void> {
  await eventually(() => stage.open?.items?.some((item) => item.label.includes(label)) || undefined, label);
}

/** Types into the field that is open. */
async function enter(text: string): Promise<void> {
  await eventually(() => (stage.open && !stage.open.items ? stage.open : undefined), 'a field');
  stage.open!.enter(text);
  await settle();
}

describe('the question before an export', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'semap-form-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    stage.open = undefined;
    stage.messages = [];
    stage.executed = [];
    stage.answer = undefined;
  });

  const source = () => sourceOf(images, { folders: [path.join(folder, 'photos')] });
  const opened = async (memory = fakeMemory(), isSelection = false) => {
    const engine = fakeEngine({});
    const placing = new FilePlacing({ engine, memory });
    const exporting = new ExportResults({ engine, placing, memory: memory as never, version: '1' });
    const done = exporting.run(source(), isSelection);
    await openInput();
    await settle();
    return { done };
  };

  it('exports all as CSV with one key press, beside the folder and over no other file', async () => {
    writeFileSync(path.join(folder, 'photos-results.csv'), 'mine');
    const { done } = await opened();
    assert.equal(stage.open?.title, 'SeMap: Export Results of photos');
    assert.equal(row('Export 3 images').description, 'CSV');
    assert.deepEqual(stage.open?.activeItems?.[0], row('Export 3 images'));
    assert.equal(row('File: photos-results-2.csv').description, folder);
    await choose('Export 3 images');
    await done;
    assert.equal(readFileSync(path.join(folder, 'photos-results.csv'), 'utf8'), 'mine');
    assert.equal(readFileSync(path.join(folder, 'photos-results-2.csv'), 'utf8').split('\r\n').length, 5);
    assert.equal(stage.messages[0]?.message, 'Wrote photos-results-2.csv.');
  });

  it('counts the images that pass, and remembers format and options, not the filter', async () => {
    const memory = fakeMemory();
    const { done } = await opened(memory);
    await choose('Format: CSV');
    await choose('Label Studio');
    await choose('Address of images');
    await enter('s3://bucket/');
    await choose('Confidence: any');
    await enter('50');
    await choose('True label: any');
    await choose('known, and the answer is right');
    await shows('Confidence: at least 50%');
    row('Address of images: s3://bucket/');
    await choose('Export 1 image');
    await done;
    const tasks = JSON.parse(readFileSync(path.join(folder, 'photos-results.json'), 'utf8'));
    assert.deepEqual([tasks.length, tasks[0].data.image], [1, 's3://bucket/cat/1.jpg']);
    assert.match(
      readFileSync(path.join(folder, 'photos-results.labeling.xml'), 'utf8'),
      /<Choice value="dog"\/>/,
    );
    assert.equal(stage.messages[0]?.message, 'Wrote photos-results.json, photos-results.labeling.xml.');

    const again = await opened(memory, true);
    assert.equal(stage.open?.title, 'SeMap: Export Selected Results');
    await shows('Format: Label Studio');
    row('Address of images: s3://bucket/');
    row('Confidence: any');
    stage.open!.hide();
    await again.done;
  });

  it('asks how images get into folders, and says that they are not there', async () => {
    const { done } = await opened();
    await choose('Format: CSV');
    await choose('Class folders');
    await choose('How images get there: Copy');
    await choose('Move');
    assert.equal(row('Folder: photos-sorted').description, folder);
    await choose('Export 3 images');
    await done;
    assert.deepEqual(stage.messages, [
      { kind: 'information', message: 'There is nothing to place. 3 images cannot be placed.', items: [] },
    ]);
  });

  it('does not start where no image passes', async () => {
    const { done } = await opened();
    await choose('Only labeled or accepted');
    await choose('No image passes the filters');
    assert.equal(stage.messages[0]?.message, 'No image passes the filters.');
    await shows('Only labeled or accepted');
    stage.open!.hide();
    await done;
    assert.equal(stage.messages.length, 1);
  });

  it('asks of near-duplicates and splits only where there are any', async () => {
    const { done } = await opened();
    for (const absent of ['Without near-duplicates', 'Split:'])
      assert.equal(
        stage.open?.items?.some(({ label }) => label.includes(absent)),
        false,
      );
    stage.open!.hide();
    await done;
  });
});

describe('a confidence that is typed', () => {
  it('is a least one, a range, or none', () => {
    const none = { least: undefined, most: undefined };
    assert.deepEqual(readConfidence(' '), none);
    assert.deepEqual(readConfidence('90 %'), { least: 0.9, most: undefined });
    assert.deepEqual(readConfidence('0-50'), { least: 0, most: 0.5 });
    for (const wrong of ['x', '101', '50-20', '-5', '1-2-3'])
      assert.equal(readConfidence(wrong), undefined, wrong);
  });
});
