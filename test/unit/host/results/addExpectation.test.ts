import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { CLASS_FOLDERS, type Layout } from '../../../../src/core/folders/layout.ts';
import type { ExpectationWish } from '../../../../src/host/results/addExpectation.ts';
import { testFolder } from '../../folders.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';
import { alignment, fakeEngine, finishedRun } from './fakeRun.ts';

const { addExpectation } = await import('../../../../src/host/results/addExpectation.ts');
const { ClassifyRun } = await import('../../../../src/host/results/classifyRun.ts');

const root = testFolder();

describe('Add Expectation', () => {
  let files = 0;
  let file = '';
  beforeEach(() => {
    mkdirSync(root, { recursive: true });
    file = path.join(root, `pets ${++files}.semap.json`);
    stage.folders = [root];
    stage.messages = [];
    stage.answer = undefined;
    stage.trusted = true;
  });

  const { targets: all, ...made } = alignment;
  const document = { ...made, folders: ['/photos'], targets: all };
  const write = (written: object = document) =>
    writeFileSync(file, `${serialiseAlignment(written as never)}\n`);
  const stated = async () => JSON.parse(await readFile(file, 'utf8')).expectations;

  async function adding({
    wish = {},
    shown = false,
    balanced = false,
    alignmentPath = file,
    layouts,
    folders = ['/photos'],
  }: {
    wish?: ExpectationWish;
    shown?: boolean;
    balanced?: boolean;
    alignmentPath?: string | undefined;
    layouts?: readonly (Layout | null)[];
    folders?: readonly string[];
  } = {}) {
    const { settings, predictions, skipped } = await finishedRun(undefined, document);
    const params = { ...settings.params, folders, ...(layouts && { layouts }) };
    const all = predictions.slice(0, predictions.length);
    const run = await ClassifyRun.restored(
      { ...settings, params, alignmentPath },
      { id: 'a', time: new Date(0), notes: [], state: 'done', total: 4, skipped } as never,
      [all],
    );
    const engine = fakeEngine({ recogniseLayouts: () => folders.map(() => ({ layout: CLASS_FOLDERS })) });
    const settlings = { of: () => ({ state: { shown, balanced } }) };
    return addExpectation({ engine, settlings } as never, run, wish);
  }

  /** Chooses a row of the list. @returns the field with its text */
  async function choose(row: RegExp) {
    const list = await eventually(() => (stage.open?.items ? stage.open : undefined), 'a list');
    const found = list.items!.find(({ label }) => row.test(label));
    assert.ok(found, list.items!.map(({ label }) => label).join());
    list.choose(found.label);
    return eventually(() => (stage.open?.value === undefined ? undefined : stage.open), 'a field');
  }

  it('writes what the page shows into the document, below its own bound', async () => {
    write();
    const done = adding();
    const list = await openInput();
    assert.deepEqual(
      list.items!.map(({ label }) => label),
      [
        // One of two is right: the interval goes down to 9 percent.
        'accuracy >= 0.09',
        'balanced accuracy >= 0.09',
        'at most 1 unread',
        'at most 0 undecided',
        'at least 2 measured',
        '$(tag) Of a Label...',
        '$(edit) Another...',
      ].map((label) => (label.startsWith('$') ? label : `$(beaker) ${label}`)),
    );
    const field = await choose(/ accuracy/);
    assert.equal(field.value, 'accuracy >= 0.09');
    const note = field.validationMessage as never as { message: string; severity: number };
    assert.match(note.message, /^Holds now: Accuracy is 50\.0% \(9\.5 to 90\.5%\) on 2 images\.$/);
    field.enter('accuracy >= .6 cats');
    assert.match(
      String(stage.open?.validationMessage),
      /^Cannot read "accuracy >= \.6 cats" at character 16/,
    );
    field.enter('accuracy >= .6');
    await done;
    assert.deepEqual(await stated(), ['accuracy >= .6']);
    const [{ message, items }] = stage.messages;
    assert.match(
      message,
      /^Added "accuracy >= \.6" to pets 1\.semap\.json\. Does not hold now: Accuracy is 50\.0%/,
    );
    assert.deepEqual(items, ['Show in Testing', 'Open Alignment as Text']);
    const text = await readFile(file, 'utf8');
    assert.ok(text.indexOf('"expectations"') < text.indexOf('"targets"'), 'where it is seen');
    assert.deepEqual(
      { ...JSON.parse(text), expectations: undefined },
      {
        ...JSON.parse(JSON.stringify(document)),
        expectations: undefined,
      },
    );
  });

  it('begins with the image that was clicked, and goes on beside what is stated', async () => {
    write({ ...document, expectations: ['at most 5 unread'] });
    const done = adding({ wish: { image: 1 } });
    // It is a cat that was taken for the other: what is promised does not hold yet.
    const field = await choose(/^\$\(circle-slash\) never/);
    const note = field.validationMessage as never as { message: string };
    assert.match(note.message, /^Does not hold now: cat\/2\.jpg is taken for =cmd\(\) \(40\.0%\)\.$/);
    field.enter(field.value!);
    await done;
    assert.deepEqual(await stated(), ['at most 5 unread', 'never "=cmd()" for cat/2.jpg']);
  });

  it('says of settled answers, other folders and chosen layouts that it is about those', async () => {
    write();
    const done = adding({ shown: true, folders: ['/other'], layouts: [{ kind: 'classes', level: 2 }] });
    (await choose(/unread/)).enter('at most 1 unread');
    await done;
    assert.deepEqual(await stated(), [
      { folder: '/other', layout: 'nested:2', settled: true, expect: ['at most 1 unread'] },
    ]);
  });

  it('writes nothing where there is no document that answers so, and says what to do', async () => {
    await assert.rejects(adding(), { reason: 'not-found', message: /^pets \d\.semap\.json was deleted/ });
    await assert.rejects(adding({ alignmentPath: undefined as never }), { reason: 'not-found' });
    write();
    await assert.rejects(adding({ shown: true, balanced: true }), { hint: /Settle the images without it/ });
    await assert.rejects(adding({ folders: ['/a', '/b'] }), { message: /several folders/ });
    const record = path.join(root, '.semap/runs/1/alignment.semap.json');
    await assert.rejects(adding({ alignmentPath: record }), { message: /kept with a run/ });
    const [target, ...others] = document.targets;
    write({ ...document, targets: [{ ...target, sources: [] }, ...others] });
    await assert.rejects(adding(), { message: /was changed since/, hint: /Score the images again/ });
    writeFileSync(file, '{');
    await assert.rejects(adding(), { reason: 'invalid-document' });
    stage.trusted = false;
    await assert.rejects(adding(), { reason: 'untrusted' });
    rmSync(file);
  });

  it('is left without a trace, and states nothing twice', async () => {
    write({ ...document, expectations: ['at most 1 unread'] });
    const left = adding();
    (await openInput()).hide();
    await left;
    assert.deepEqual([await stated(), stage.messages], [['at most 1 unread'], []]);
    const done = adding();
    (await choose(/Another/)).enter(' at most 1 unread ');
    await done;
    assert.deepEqual(await stated(), ['at most 1 unread']);
    assert.match(stage.messages[0].message, /states "at most 1 unread" already\. Holds now/);
  });
});
