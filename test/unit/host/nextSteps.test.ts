import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SemapError } from '../../../src/core/errors.ts';
import { Listeners } from '../../../src/core/listeners.ts';
import type { TrainingRecord } from '../../../src/core/runs/trainingRecord.ts';
import { phrase } from '../../../src/core/text/text.ts';
import { column } from '../column.ts';
import { finishedRun } from './results/fakeRun.ts';
import { recordOf } from './training/runFixture.ts';
import { restoresFake, stage } from './withFakeVscode.ts';

const vscode = await import('./fakeVscode.mjs' as string);
const { offer, tellEnd, warnOnce } = await import('../../../src/host/messages.ts');
const { RunStatus } = await import('../../../src/host/runStatus.ts');
const { classifyingEnd, classifyingLook } = await import('../../../src/host/results/resultsWords.ts');
const { trainingEnd, trainingLook } = await import('../../../src/host/training/trainingStatus.ts');
const { WatchedTraining } = await import('../../../src/host/training/watchedTraining.ts');

const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  stage.messages = [];
  stage.executed = [];
  stage.answer = undefined;
});

describe('What ended', () => {
  const end = {
    weight: 'warning',
    message: 'Classified 3 images.',
    steps: [{ title: 'Show Results', command: 'semap.showResults', arguments: ['7'] }],
  } as const;

  it('is told by its page alone where that is in sight', async () => {
    await tellEnd(end, { inSight: true });
    assert.deepEqual(stage.messages, []);
  });

  it('is told by a notification elsewhere, and its button does what it says', async () => {
    stage.answer = 'Show Results';
    await tellEnd(end, { inSight: false });
    assert.deepEqual(stage.messages, [
      { kind: 'warning', message: 'Classified 3 images.', items: ['Show Results'] },
    ]);
    assert.deepEqual(stage.executed, [['semap.showResults', '7']]);
  });

  it('leads to its results, and to what was left when it was canceled', async () => {
    const run = await finishedRun();
    const { weight, steps } = classifyingEnd(run);
    assert.equal(weight, 'warning', 'an image could not be read');
    assert.deepEqual(column(steps, 'title'), ['Show Results', 'Show Log']);
    assert.deepEqual(steps[0].arguments, [run.id]);
    const canceled = Object.defineProperty(run, 'state', { value: 'cancelled' });
    assert.equal(classifyingEnd(canceled).steps[0].title, 'Resume');
  });
});

describe('A warning', () => {
  it('is shown once, and another is another', () => {
    for (const text of ['The GPU is not used.', 'The GPU is not used.', 'The disk is full.']) warnOnce(text);
    assert.deepEqual(column(stage.messages, 'message'), ['The GPU is not used.', 'The disk is full.']);
  });

  it('has the buttons of what helps, the likeliest first', async () => {
    stage.answer = 'B';
    await offer('failure', 'x', [
      { title: 'A', command: 'semap.a' },
      { title: 'B', command: 'semap.b' },
    ]);
    assert.deepEqual(stage.messages, [{ kind: 'error', message: 'x', items: ['A', 'B'] }]);
    assert.deepEqual(stage.executed, [['semap.b']]);
  });
});

describe('A training that ended', () => {
  const trained = (change: Partial<TrainingRecord>) =>
    new WatchedTraining({ folder: '/r', record: recordOf('/r', change), epochs: [], elsewhere: false });
  const steps = (change: Partial<TrainingRecord>, better?: Parameters<typeof trainingEnd>[1]) =>
    trainingEnd(trained(change), better)?.steps.map(({ title }) => title);

  it('is used to classify; where a mapping alone does better, that is kept', () => {
    assert.deepEqual(steps({}), ['Classify with This', 'Show Training']);
    assert.deepEqual(steps({}, { kind: 'mapping-only', method: 'blm+' }), [
      'Keep the Better Mapping',
      'Show Training',
    ]);
    assert.deepEqual(steps({ best: undefined, status: 'stopped' }), ['Show Training']);
  });

  it('is resumed where it failed, and not spoken of where it was paused', () => {
    const problem = { reason: 'internal', message: phrase('The disk is full.'), hint: undefined } as const;
    assert.deepEqual(steps({ status: 'failed', problem }), ['Resume', 'Show Training']);
    assert.equal(trainingEnd(trained({ status: 'paused' }), undefined), undefined);
  });

  it('is in the status bar by its epoch, with the way to its page', () => {
    const { text, click } = trainingLook([trained({})]);
    assert.match(text, /61\.2%$/);
    assert.deepEqual([click.command, click.arguments], ['semap.showTraining', ['/r']]);
  });
});

describe('A run in the status bar', () => {
  restoresFake();

  it('is there until it is over, and a click leads to its page all the while', async () => {
    const item: Record<string, unknown> = { shown: 0, hidden: 0 };
    const commands: unknown[] = [];
    vscode.window.createStatusBarItem = () => ({
      show: () => (item['shown'] = Number(item['shown']) + 1),
      hide: () => (item['hidden'] = Number(item['hidden']) + 1),
      dispose() {},
      set text(text: string) {
        item['text'] = text;
      },
      set command(command: unknown) {
        commands.push(command);
      },
    });
    const run = await finishedRun();
    const changed = new Listeners();
    const followed = Object.defineProperty(run, 'onDidChange', { value: changed.on });
    const about = { id: 'semap.results', name: 'x', priority: 1 };
    const status = new RunStatus<typeof run>(about, classifyingLook);
    let end = () => {};
    const running = new Promise<void>((resolve) => {
      end = resolve;
    });
    const watching = status.watch(followed, running);
    assert.equal(item['text'], '$(sync~spin) photos 100.0%');
    changed.tell();
    changed.tell();
    assert.equal(item['shown'], 3);
    assert.deepEqual(commands, [
      undefined,
      { title: 'Show Results', command: 'semap.showResults', arguments: [run.id] },
    ]);
    assert.equal(item['hidden'], 0);
    end();
    await watching;
    assert.equal(item['hidden'], 1);
    changed.tell();
    assert.equal(item['shown'], 3, 'it is followed no longer');
  });

  it('goes where its run fails, too', async () => {
    let hidden = 0;
    vscode.window.createStatusBarItem = () => ({ show() {}, hide: () => hidden++, dispose() {} });
    const status = new RunStatus({ id: 'a', name: 'a', priority: 1 }, () => ({
      icon: 'x',
      text: '',
      tooltip: [],
      spoken: '',
      click: { title: '', command: 'semap.showLog' },
    }));
    const failing = Promise.reject(new SemapError('internal', phrase('No.')));
    await assert.rejects(status.watch({ onDidChange: () => ({ dispose() {} }) }, failing));
    await settle();
    assert.equal(hidden, 1);
  });
});
