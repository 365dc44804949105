import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import type { ClassifyRun } from '../../../../src/host/results/classifyRun.ts';
import { column } from '../../column.ts';
import { testFolder } from '../../folders.ts';
import { stage } from '../withFakeVscode.ts';
import { alignment, fakeEngine, finishedRun, noLabels } from './fakeRun.ts';

const { ResultsCommands } = await import('../../../../src/host/results/resultsCommands.ts');
const { Settlings } = await import('../../../../src/host/results/settlings.ts');
const { RunStore } = await import('../../../../src/host/runs/runStore.ts');
const vscode = await import('vscode');

const answered = await finishedRun();

describe('classifications of a workspace', () => {
  const scratch = testFolder();
  let root: string;
  let photos: string;
  let document: AlignmentDocument;
  let turn = 0;
  let most = 50;

  beforeEach(async () => {
    root = join(scratch, `workspace ${turn++}`);
    photos = join(root, 'photos');
    await mkdir(photos, { recursive: true });
    stage.folders = [root];
    stage.messages = [];
    stage.answer = undefined;
    document = alignment;
    most = 50;
    const uri = vscode.Uri.file(join(root, 'pets.semap.json'));
    (vscode.workspace.textDocuments as unknown[]).splice(0, 9, {
      uri,
      getText: () => serialiseAlignment(document),
    });
  });
  after(() => {
    stage.folders = [];
    (vscode.workspace.textDocuments as unknown[]).splice(0, 9);
  });

  /** A window: what it shows, and what it can be asked for. */
  function window() {
    const shown: ClassifyRun[] = [];
    const exported: ClassifyRun[] = [];
    let inFront: ClassifyRun | undefined;
    const store = new RunStore(join(root, 'storage'), () => []);
    const asks: { readonly watch?: true }[] = [];
    const engine = fakeEngine({
      classify: (params, options) => {
        asks.push(params);
        const predictions = answered.predictions.slice(0, 9);
        const progress = {
          ...answered.progress,
          predictions,
          skipped: [],
          sources: ['a', 'b', 'c', 'tabby'],
        };
        options?.onProgress?.(progress as never);
        return answered.result;
      },
      rescore: () => ({
        ...answered.result,
        predictions: answered.predictions.slice(0, 9),
        sources: [],
        unseen: 0,
      }),
    });
    const log = { info() {}, warn() {}, error() {} };
    const parts = {
      engine,
      runs: store,
      log,
      settings: {
        get keptResults() {
          return most;
        },
      },
      settlings: new Settlings(engine, noLabels),
      library: { resolve: async () => '/models/tiny.onnx' },
      results: {
        show: (run: ClassifyRun, before?: ClassifyRun) => {
          if (before && shown.includes(before)) shown.splice(shown.indexOf(before), 1);
          if (!shown.includes(run)) shown.push(run);
        },
        export: async (run: ClassifyRun) => void exported.push(run),
        alike: () => undefined,
        sees: () => true,
        shownIn: (folder: string) => shown.find(({ keptIn }) => keptIn === folder),
        get shown() {
          return shown.map(({ keptIn }) => keptIn ?? '');
        },
        get inFront() {
          return inFront;
        },
      },
    };
    const commands = new ResultsCommands(parts as never);
    const lookAt = (run: ClassifyRun) => {
      inFront = run;
    };
    return { commands, shown, exported, store, asks, lookAt };
  }

  const asked = () => ({
    settings: {
      params: { folders: [photos], backbone: 'tiny', alignment: document },
      backbone: 'tiny',
      alignmentPath: join(root, 'pets.semap.json'),
    },
    folders: [photos],
    images: { folders: [photos], layouts: [{ kind: 'classes' as const, level: 1 }] },
  });
  const classify = async (commands: InstanceType<typeof ResultsCommands>) => {
    const run = await commands.again(asked() as never);
    await commands.settled();
    assert.ok(run);
    return run;
  };
  const runs = () => readdir(join(root, '.semap', 'runs'));

  it('are each kept as a run, and opened again by another window', async () => {
    const first = window();
    const run = await classify(first.commands);
    assert.equal((await runs()).length, 1);
    const second = window();
    await second.commands.past.open(run.keptIn ?? '');
    const [opened] = second.shown;
    assert.deepEqual(
      [opened.id, opened.state, opened.predictions.length, opened.keptIn],
      [run.id, 'done', 3, run.keptIn],
    );
    await second.commands.past.open(run.keptIn ?? '');
    assert.deepEqual(second.shown, [opened]);
  });

  it('are exported from their row, and shown with it', async () => {
    const first = window();
    const run = await classify(first.commands);
    const second = window();
    await second.commands.commands['semap.exportResults'](run.keptIn as never);
    assert.deepEqual(
      second.exported.map(({ id, keptIn }) => [id, keptIn]),
      [[run.id, run.keptIn]],
    );
  });

  it('are exported from the menu of the page in front, whatever was classified last', async () => {
    const { commands, exported, lookAt } = window();
    const first = await classify(commands);
    const last = await classify(commands);
    await commands.commands['semap.exportResults']();
    lookAt(first);
    // The title of an editor passes what it shows, which is no file.
    await commands.commands['semap.exportResults']({ scheme: 'webview-panel' } as never);
    assert.deepEqual(exported, [last, first]);
  });

  it('that are scored again take the place of the run before, which is kept', async () => {
    const { commands, shown } = window();
    const run = await classify(commands);
    document = { ...alignment, aggregation: { kind: 'max' } };
    const next = await commands.again(run);
    await commands.settled();
    assert.deepEqual(shown, [next]);
    assert.equal((await runs()).length, 2);
  });

  it('are made once of a double click', async () => {
    const { commands, shown, asks } = window();
    const [first, second] = await Promise.all([
      commands.again(asked() as never),
      commands.again(asked() as never),
    ]);
    await commands.settled();
    assert.equal(first, second);
    assert.deepEqual([asks.length, shown, (await runs()).length], [1, [first], 1]);
  });

  it('that the person deleted are not written down again when they are settled', async () => {
    const { commands, store } = window();
    const run = await classify(commands);
    commands.keepSettled(run);
    await store.delete(run.keptIn!);
    commands.forget([run.keptIn!]);
    // Settled after it.
    commands.keepSettled(run);
    await commands.leave();
    assert.deepEqual([await runs(), commands.past.last], [[], undefined]);
  });

  it('are forgotten beyond the latest, unless they have a name or are shown', async () => {
    const { commands, shown } = window();
    const made: ClassifyRun[] = [];
    for (let i = 0; i < 4; i++) made.push(await classify(commands));
    const [oldest, named] = made.map(({ keptIn }) => keptIn ?? '');
    const record = JSON.parse(await readFile(join(named, 'run.json'), 'utf8'));
    await writeFile(join(named, 'run.json'), JSON.stringify({ ...record, name: 'the good one' }));
    shown.splice(0, 9, made[2]);
    most = 1;
    const last = await classify(commands);
    const left = (await runs()).map((name) => join(root, '.semap', 'runs', name));
    assert.ok(!left.includes(oldest));
    assert.deepEqual(left.toSorted(), [named, made[2].keptIn, last.keptIn].toSorted());
    most = 0;
    await classify(commands);
    assert.equal((await runs()).length, 4);
  });

  it('are forgotten by their age, in whichever folder of the workspace they are', async () => {
    const { commands, shown } = window();
    const images = photos;
    for (let i = 0; i < 2; i++) await classify(commands);
    const other = join(scratch, `other ${turn}`);
    photos = join(other, 'photos');
    await mkdir(photos, { recursive: true });
    stage.folders = [root, other];
    const later = [await classify(commands), await classify(commands)].map(({ keptIn }) => keptIn);
    photos = images;
    shown.splice(0, 9);
    most = 3;
    const last = await classify(commands);
    const there = join(other, '.semap', 'runs');
    const left = (await readdir(there)).map((name) => join(there, name));
    assert.deepEqual(left.toSorted(), later.toSorted());
    assert.deepEqual(await runs(), [basename(last.keptIn ?? '')]);
  });

  it('that another window is at keep no older ones from being forgotten', async () => {
    const { commands, shown } = window();
    await classify(commands);
    const held = await classify(commands);
    // The lock of another computer.
    await writeFile(join(held.keptIn ?? '', `.semap-00000000-1-0-${'0'.repeat(16)}.lock`), '');
    await classify(commands);
    shown.splice(0, 9);
    most = 1;
    const last = await classify(commands);
    const left = [held, last].map(({ keptIn }) => basename(keptIn ?? ''));
    assert.deepEqual((await runs()).toSorted(), left.toSorted());
  });

  it('that watch a folder go on watching after a reload, and otherwise say that they do no longer', async () => {
    const { commands } = window();
    const run = await classify(commands);
    const file = join(run.keptIn ?? '', 'run.json');
    const record = JSON.parse(await readFile(file, 'utf8'));
    const source = { ...record, phase: 'running', record: run.keptIn };
    const restoredAfter = async (left: number, asksAre: number) => {
      const inProgress = { status: 'running', watch: true, left: new Date(left).toISOString() };
      await writeFile(file, JSON.stringify({ ...record, ...inProgress }));
      const { commands: next, asks } = window();
      const restored = await next.past.restore(source);
      for (let looks = 0; looks === 0 || (asks.length < asksAre && looks < 100); looks++) {
        await sleep(50);
        await next.settled();
      }
      return { restored, asks };
    };
    const late = await restoredAfter(Date.now() - 600_000, 0);
    assert.equal(late.restored.state, 'cancelled');
    assert.match(late.restored.notes.join(), /no longer watched/);
    assert.deepEqual(late.asks, []);
    const soon = await restoredAfter(Date.now(), 1);
    assert.deepEqual(column(soon.asks, 'watch'), [true]);
  });

  it('go on after a reload where they were in progress, and are offered after longer', async () => {
    const { commands } = window();
    const run = await classify(commands);
    const file = join(run.keptIn ?? '', 'run.json');
    const record = JSON.parse(await readFile(file, 'utf8'));
    const source = {
      id: run.id,
      folders: [photos],
      decided: record.decided,
      time: record.time,
      phase: 'running',
      skipped: 0,
      record: run.keptIn,
    } as const;
    const statusAfter = async (left: number, expected: string) => {
      await writeFile(
        file,
        JSON.stringify({ ...record, status: 'running', left: new Date(left).toISOString() }),
      );
      const { commands: next } = window();
      const restored = await next.past.restore(source);
      assert.deepEqual([restored.state, restored.id], ['done', run.id]);
      for (let looks = 0; ; looks++) {
        await sleep(50);
        await next.settled();
        const { status } = JSON.parse(await readFile(file, 'utf8'));
        if (status === expected || looks === 60) return status;
      }
    };
    assert.equal(await statusAfter(Date.now() - 600_000, 'running'), 'running');
    const { commands: asked } = window();
    assert.equal((await asked.resume())?.id, run.id);
    await asked.settled();
    assert.equal(JSON.parse(await readFile(file, 'utf8')).status, 'done');
    assert.equal(await statusAfter(Date.now() - 1000, 'done'), 'done');
    assert.equal((await runs()).length, 1);
  });

  it('say that they could not be saved, and offer to try again', async () => {
    const { commands } = window();
    const inTheWay = [join(root, '.semap'), join(root, 'storage')];
    for (const file of inTheWay) await writeFile(file, '');
    const run = await classify(commands);
    assert.equal(run.keptIn, undefined);
    const { message, items } = stage.messages.find(({ kind }) => kind === 'error') ?? {
      message: '',
      items: [],
    };
    assert.match(
      message,
      /^Cannot save the results of photos\. Cannot write .* a part of its path is a file/,
    );
    assert.deepEqual(items, ['Try Again']);
    for (const file of inTheWay) await rm(file);
    await classify(commands);
    assert.equal((await runs()).length, 1);
  });

  it('are not opened out of a workspace that is not trusted', async () => {
    const { commands } = window();
    const run = await classify(commands);
    stage.trusted = false;
    const other = window();
    await assert.rejects(other.commands.past.open(run.keptIn ?? ''), { reason: 'untrusted' });
    const own = await other.commands.again(asked() as never);
    await other.commands.settled();
    stage.trusted = true;
    assert.ok(own?.keptIn?.startsWith(join(root, 'storage')));
  });

  it('that were deleted or are damaged are told by name, with what can be done', async () => {
    const { commands } = window();
    const run = await classify(commands);
    const folder = run.keptIn ?? '';
    await writeFile(join(folder, 'run.json'), '{');
    const other = window();
    stage.answer = 'Reveal';
    await other.commands.past.open(folder);
    assert.match(
      stage.messages.at(-1)?.message ?? '',
      /^Cannot open .*-classify-photos: run.json is not valid JSON/,
    );
    assert.deepEqual(stage.executed.at(-1), ['semap.revealRun', folder]);
    await rm(folder, { recursive: true });
    await other.commands.past.open(folder);
    assert.match(stage.messages.at(-1)?.message ?? '', /^Cannot open /);
  });

  it('are listed to choose from, the latest first', async () => {
    const { commands } = window();
    await commands.past.choose();
    assert.match(stage.messages.at(-1)?.message ?? '', /^No results yet/);
    const run = await classify(commands);
    const second = window();
    await second.commands.past.choose();
    assert.deepEqual(
      second.shown.map(({ id }) => id),
      [run.id],
      'one alone is opened',
    );
    await second.commands.past.choose(run.id);
    assert.equal(second.shown.length, 1);
  });
});
