import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import type { LabelFile, LabelFileParams } from '../../../../src/protocol/truths.ts';
import { testFolder } from '../../folders.ts';
import { eventually, stage } from '../withFakeVscode.ts';

const { importLabels } = await import('../../../../src/host/truths/importLabels.ts');
const { FolderTruths } = await import('../../../../src/host/truths/folderTruths.ts');

const DOG = { label: 'dog', how: 'labeled' } as const;
const root = testFolder();
let folders = 0;

const read: LabelFile = {
  format: 'table',
  columns: { image: 'file', label: 'kind' },
  images: 4,
  givens: [DOG, { label: 'cat', how: 'labeled' }],
  names: ['a.jpg', 'b.jpg', 'sub/c.jpg'],
  numbers: [0, 1, 0],
  labels: [
    ['dog', 2],
    ['cat', 1],
  ],
  unknown: ['cat'],
  unlabelled: 0,
  answered: 0,
  missing: { count: 4, first: ['w.jpg', 'x.jpg', 'y.jpg', 'z.jpg'] },
  ambiguous: { count: 0, first: [] },
  several: { count: 0, first: [] },
};

/** An engine that reads such a file, and what it was asked. */
function engine(answer: () => LabelFile = () => read, titles: readonly string[] = ['file', 'kind', 'note']) {
  const asked: LabelFileParams[] = [];
  const call = async (method: string, params: LabelFileParams) => {
    if (method === 'columnsOfLabelFile') return titles;
    asked.push(params);
    return answer();
  };
  return { asked, engine: { call } as unknown as Pick<Engine, 'call'> };
}

/** What the person presses and chooses, one after the other. */
function answers(...all: readonly (string | (() => string))[]): void {
  const left = [...all];
  const next = () => {
    const answer = left.shift();
    return typeof answer === 'function' ? answer() : answer;
  };
  Object.defineProperty(stage, 'answer', { configurable: true, enumerable: true, get: next });
}

describe('Import Labels...', () => {
  let folder = '';
  const table = () => readFileSync(path.join(folder, 'labels.semap.csv'), 'utf8');
  beforeEach(() => {
    folder = path.join(root, `photos ${++folders}`);
    mkdirSync(folder);
    Object.defineProperty(stage, 'answer', {
      configurable: true,
      enumerable: true,
      writable: true,
      value: '',
    });
    Object.assign(stage, {
      picked: ['/elsewhere/list.csv'],
      answer: 'Import',
      messages: [],
      trusted: true,
      folders: [],
    });
  });

  it('says what would change, and writes it', async () => {
    writeFileSync(path.join(folder, 'labels.semap.csv'), 'file_name,label\nb.jpg,wolf\n');
    const { asked, engine: one } = engine();
    const target = { folder, labels: ['dog'] };
    assert.equal(await importLabels(one, target), 2);
    const [{ message, detail, items }] = stage.messages;
    assert.match(message, /^Import labels from list\.csv for the images of photos/);
    assert.deepEqual(detail?.split('\n'), [
      'Images are in the column "file", labels in "kind".',
      '2 images get a label.',
      '1 image has another label here, and keeps it: b.jpg',
      '2 labels: dog, cat',
      '1 label is not in the alignment: cat',
      '4 images in the file are not in the folder: w.jpg, x.jpg, y.jpg, ...',
    ]);
    assert.deepEqual(items, ['Import', 'Import and Replace Mine', 'Choose Columns...']);
    assert.deepEqual(asked[0].targets, ['dog']);
    assert.match(table(), /^b\.jpg,wolf$/m);
    assert.match(table(), /^a\.jpg,dog$/m);
    assert.match(table(), /^sub\/c\.jpg,dog$/m);
  });

  it('is taken back by its button, but for what was said since', async () => {
    let since: Promise<void> | undefined;
    answers('Import', () => {
      const truths = FolderTruths.of([folder]);
      since = truths.give([path.join(folder, 'a.jpg')], { label: 'wolf', how: 'labeled' });
      return 'Undo';
    });
    assert.equal(await importLabels(engine().engine, { folder }), 3);
    await eventually(() => (table().includes('b.jpg,') ? undefined : true), 'undone import');
    await since;
    assert.match(table(), /^a\.jpg,wolf,/m);
    assert.doesNotMatch(table(), /c\.jpg/);
  });

  it('replaces labels only where that is asked for', async () => {
    writeFileSync(path.join(folder, 'labels.semap.csv'), 'file_name,label\nb.jpg,wolf\n');
    stage.answer = 'Import and Replace Mine';
    assert.equal(await importLabels(engine().engine, { folder }), 3);
    assert.match(table(), /^b\.jpg,cat$/m);
  });

  it('writes nothing when the person changes their mind, and offers nothing where nothing is new', async () => {
    stage.answer = undefined;
    assert.equal(await importLabels(engine().engine, { folder }), undefined);
    stage.picked = undefined;
    assert.equal(await importLabels(engine().engine, { folder }), undefined);
    stage.picked = ['/elsewhere/list.csv'];
    stage.messages = [];
    const nothing = { ...read, columns: undefined, names: [], numbers: [] };
    await importLabels(engine(() => nothing).engine, { folder });
    assert.deepEqual(stage.messages[0].items, []);
    assert.match(stage.messages[0].message, /no new labels/);
  });

  it('asks for the columns where they cannot be told', async () => {
    let tries = 0;
    const { asked, engine: one } = engine(() => {
      if (tries++ === 0) throw new SemapError('invalid-labels', phrase('Cannot tell.'));
      return read;
    });
    answers('file', 'kind', 'Import');
    assert.equal(await importLabels(one, { folder }), 3);
    assert.deepEqual(asked[1].columns, { image: 'file', label: 'kind' });
  });

  it('says why a file cannot be read that has no columns', async () => {
    const failing = engine(() => {
      throw new SemapError('invalid-labels', phrase('Cannot tell.'));
    }, []);
    await assert.rejects(importLabels(failing.engine, { folder }), /Cannot tell/);
  });

  it('needs trust', async () => {
    stage.trusted = false;
    stage.folders = [folder];
    await assert.rejects(importLabels(engine().engine, { folder }), { reason: 'untrusted' });
  });
});
