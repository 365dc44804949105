import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../../../../src/core/errors.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import type { FolderLabels } from '../../../../src/host/results/settlings.ts';
import type { SettleParams, SettleResult } from '../../../../src/protocol/settling.ts';
import '../withFakeVscode.ts';
import { fakeEngine, finishedRun, newRun, noLabels, settleResult } from './fakeRun.ts';

const { Settling } = await import('../../../../src/host/results/settling.ts');
const { Settlings } = await import('../../../../src/host/results/settlings.ts');

async function settling(settle: (params: SettleParams) => Partial<SettleResult> = () => ({})) {
  const run = await finishedRun();
  const asked: SettleParams[] = [];
  const proposed: unknown[] = [];
  const engine = fakeEngine({
    settle: (params: SettleParams) => {
      asked.push(params);
      return settleResult(settle(params));
    },
    proposeImages: ({ count, random }: { count: number; random: boolean }) => {
      proposed.push([count, random]);
      return { paths: random ? ['/photos/3.jpg'] : ['/photos/cat/2.jpg', '/photos/3.jpg'] };
    },
  });
  const one = new Settling(run, engine);
  const shown = () => [0, 1, 2].map((row) => run.answers.target(row));
  return { run, one, asked, proposed, shown };
}

describe('Settling a run', () => {
  it('shows what the images say together, by the rows of the run, and judges it', async () => {
    const { run, one, asked, shown } = await settling();
    assert.deepEqual([shown(), run.correct], [[0, 1, 0], 1]);
    await one.begin();
    assert.deepEqual([shown(), run.correct, run.judged], [[0, 0, 1], 2, 2]);
    assert.deepEqual([one.state.shown, one.state.figures?.changed], [true, 2]);
    assert.deepEqual([asked[0]?.mode, asked[0]?.known, asked[0]?.folders], ['auto', undefined, ['/photos']]);
  });

  it('brings the plain answers back at once, and the settled ones too', async () => {
    const { one, asked, shown } = await settling();
    await one.begin();
    await one.choose(false);
    assert.deepEqual([shown(), one.state.shown], [[0, 1, 0], false]);
    await one.choose(true);
    assert.deepEqual([shown(), asked.length], [[0, 0, 1], 1]);
  });

  it('stays plain where the images say too little, until the person wants it', async () => {
    const { one, asked, shown } = await settling(({ mode }) => ({ settled: mode === 'always', evidence: 0 }));
    await one.begin();
    assert.deepEqual([shown(), one.state.shown], [[0, 1, 0], false]);
    await one.choose(true);
    assert.deepEqual([one.state.shown, asked.map(({ mode }) => mode)], [true, ['auto', 'always']]);
    assert.equal(asked[1]?.known, 'a');
  });

  it('is left out where the person does not want it, or an image is alone', async () => {
    const { run } = await settling();
    Object.defineProperty(run, 'settings', { value: { ...run.settings, settle: 'never' } });
    const never = new Settling(run, fakeEngine({}));
    await never.begin();
    assert.deepEqual([never.state.figures, never.state.problem], [undefined, undefined]);
    const alone = new Settling(newRun(), fakeEngine({}));
    assert.equal(alone.state.refused, 'running');
    const watched = Object.defineProperty(newRun(), 'watching', { value: true });
    assert.equal(new Settling(watched, fakeEngine({})).state.refused, 'watching');
  });

  it('takes a promise back at once', async () => {
    const balanced = Int32Array.of(1, 1, 1);
    const { one, asked, shown } = await settling((params) => (params.balanced ? { targets: balanced } : {}));
    await one.begin();
    await one.balance(true);
    assert.deepEqual([shown(), one.state.balanced], [[1, 1, 1], true]);
    await one.balance(false);
    assert.deepEqual([shown(), one.state.balanced, asked.length], [[0, 0, 1], false, 2]);
    await one.balance(true);
    await one.choose(false);
    await one.balance(false);
    assert.deepEqual([shown(), one.state.balanced, one.state.shown], [[0, 1, 0], false, false]);
  });

  it('sees what contradicts a promise where the promise was not made', async () => {
    const run = await finishedRun();
    Object.defineProperty(run, 'settings', { value: { ...run.settings, settle: 'always', balanced: true } });
    const asked: (boolean | undefined)[] = [];
    const one = new Settling(
      run,
      fakeEngine({
        settle: ({ balanced }: SettleParams) => {
          asked.push(balanced);
          const shares = balanced ? [0.5, 0.5] : [0.95, 0.05];
          return settleResult({ shares: Float64Array.from(shares) });
        },
      }),
    );
    await one.begin();
    const { figures, shown, balanced } = one.state;
    assert.deepEqual([figures?.rare, figures?.frequent, shown, balanced], [[1], [0], true, true]);
    await one.balance(false);
    assert.deepEqual([one.state.balanced, asked], [false, [true, undefined]]);
  });

  it('says why it could not be, and leaves the answers as they are', async () => {
    const run = await finishedRun();
    const one = new Settling(
      run,
      fakeEngine({
        settle: () => {
          throw new SemapError('not-found', verbatim('The model is gone.'));
        },
      }),
    );
    await one.begin();
    assert.deepEqual(
      [one.state.problem, one.state.progress, one.state.shown],
      ['The model is gone.', undefined, false],
    );
  });

  it('asks for a few images, and for others when all have labels', async () => {
    let given = Int32Array.of(-1, -1, -1);
    const { one, proposed } = await settling(() => ({ given, learned: 2 }));
    await one.asked.ask(true);
    assert.deepEqual(one.state.proposed, [
      { image: 1, random: false },
      { image: 2, random: false },
    ]);
    given = Int32Array.of(0, -1, -1);
    await one.begin();
    assert.equal(proposed.length, 1);
    given = Int32Array.of(0, -1, 1);
    await one.begin();
    await new Promise(setImmediate);
    // One image to measure with among those that teach.
    assert.deepEqual(proposed, [
      [5, false],
      [5, false],
      [1, true],
    ]);
    assert.deepEqual([one.asked.why(1), one.asked.why(0)], ['proposed', undefined]);
    await one.asked.ask(false);
    assert.deepEqual([one.state.asking, one.state.proposed], [false, []]);
  });

  it('shows what was asked for last, whichever answer comes first', async () => {
    const run = await finishedRun();
    const waiting: ((paths: readonly string[]) => void)[] = [];
    const draw = () => new Promise((resolve) => waiting.push((paths) => resolve({ paths })));
    const one = new Settling(run, fakeEngine({ proposeImages: draw }));
    const telling = one.asked.ask(true);
    const random = one.asked.askRandom();
    waiting[1]?.(['/photos/3.jpg']);
    await random;
    waiting[0]?.(['/photos/cat/2.jpg']);
    await telling;
    assert.deepEqual(one.state.proposed, [{ image: 2, random: true }]);
    const late = one.asked.ask(true);
    await one.asked.ask(false);
    waiting[2]?.(['/photos/cat/2.jpg']);
    await late;
    assert.deepEqual([one.state.asking, one.state.proposed, one.state.progress], [false, [], undefined]);
  });

  it('settles again for labels that were given right before the answers were turned off', async () => {
    const { one, asked } = await settling();
    await one.begin();
    one.labelsChanged();
    await one.choose(false);
    await one.choose(true);
    assert.equal(asked.length, 2);
  });

  it('is outdated by another label as by a new one', async () => {
    const { one } = await settling(() => ({ given: Int32Array.of(0, -1, -1) }));
    const outdatedBy = (label: string | undefined, labelled: number) =>
      one.isOutdatedBy({
        counts: { ...noLabels().counts, labelled },
        of: (file) => (labelled > 0 && file.endsWith('3.jpg') ? { label, how: 'labeled' } : undefined),
      });
    assert.equal(await outdatedBy('cat', 1), false, 'nothing was settled yet');
    await one.begin();
    const all = [await outdatedBy('cat', 1), await outdatedBy('=cmd()', 1), await outdatedBy(undefined, 1)];
    assert.deepEqual([...all, await outdatedBy(undefined, 0)], [false, true, true, true]);
  });

  it('says of labels that there were before nothing of what the last ones changed', async () => {
    const { one } = await settling(() => ({ learned: 1, given: Int32Array.of(1, -1, -1) }));
    await one.begin();
    assert.deepEqual([one.state.figures?.learned, one.state.lastChanged], [1, undefined]);
  });

  it('says how many answers the last labels changed', async () => {
    let learned = 0;
    const { one } = await settling(() => ({ learned, given: Int32Array.of(learned > 0 ? 1 : -1, -1, -1) }));
    await one.begin();
    assert.equal(one.state.lastChanged, undefined);
    await one.choose(false);
    learned = 1;
    one.labelsChanged();
    await new Promise<void>((resolve) => {
      one.onDidChange(() => one.state.figures?.learned === 1 && resolve());
    });
    // Of the three, one has the label, one is as it was.
    assert.equal(one.state.lastChanged, 1);
  });

  it('settles once more for labels that came meanwhile, without giving up what it is at', async () => {
    const run = await finishedRun();
    const waiting: ((value: SettleResult) => void)[] = [];
    const one = new Settling(
      run,
      fakeEngine({ settle: () => new Promise<SettleResult>((resolve) => waiting.push(resolve)) }),
    );
    const first = one.begin();
    one.labelsChanged();
    await sleep(300);
    assert.equal(waiting.length, 1);
    waiting[0]?.(settleResult());
    await sleep(0);
    assert.deepEqual([waiting.length, one.state.shown], [2, true]);
    waiting[1]?.(settleResult({ learned: 1 }));
    await first;
    assert.deepEqual([waiting.length, one.state.figures?.learned, one.state.progress], [2, 1, undefined]);
  });

  it('follows the labels of a folder, once they were read', async () => {
    const run = await finishedRun();
    const asked: SettleParams[] = [];
    const engine = fakeEngine({
      settle: (params: SettleParams) => {
        asked.push(params);
        return settleResult();
      },
    });
    let change: () => void = () => {};
    const labels: FolderLabels = {
      ...noLabels(),
      onDidChange: (listener: (files: undefined) => void) => {
        change = () => listener(undefined);
        return { dispose: () => (change = () => {}) };
      },
    };
    const settlings = new Settlings(engine, () => labels);
    await settlings.of(run).begin();
    const following = settlings.follow(run);
    await sleep(300);
    assert.equal(asked.length, 1);
    for (let key = 0; key < 3; key++) change();
    await sleep(300);
    assert.equal(asked.length, 2);
    following.dispose();
    change();
    // Labels that came while nobody followed.
    const said = async (label: string) => {
      const counts = { ...noLabels().counts, labelled: 1 };
      const of: FolderLabels['of'] = (file) =>
        file.endsWith('3.jpg') ? { label, how: 'labeled' } : undefined;
      Object.assign(labels, { counts, of });
      const following = settlings.follow(run);
      await sleep(300);
      following.dispose();
    };
    await said('no label of these');
    assert.equal(asked.length, 2);
    await said('cat');
    assert.equal(asked.length, 3);
  });

  it('keeps what was settled where the cache lost images since, but not for images that are gone', async () => {
    let left: Partial<SettleResult> = {};
    const { one, shown } = await settling(() => left);
    await one.begin();
    let kept = 0;
    one.onDidSettle(() => kept++);
    const few = { order: 'b', paths: ['/photos/3.jpg'], targets: Int32Array.of(0) };
    left = { ...few, unseen: 2 + 1 };
    await one.begin();
    assert.deepEqual(
      [one.state.problem, shown(), kept],
      ['Only 1 of 3 images are still in the cache.', [0, 0, 1], 0],
    );
    left = { ...few, unseen: 1 };
    await one.begin();
    assert.deepEqual([one.state.problem, shown()[2], kept], [undefined, 0, 1]);
  });

  it('brings back what was kept without asking', async () => {
    const { one, asked } = await settling();
    await one.begin();
    const { kept } = one;
    assert.ok(kept);
    const next = await settling();
    next.one.takeUp(kept);
    assert.deepEqual([next.shown(), next.one.state.shown], [[0, 0, 1], true]);
    await next.one.choose(false);
    await next.one.choose(true);
    assert.deepEqual([asked.length, next.asked.length], [1, 0]);
  });

  it('goes on asking where it was: with an image to measure with among those that teach', async () => {
    const { one } = await settling(() => ({ learned: 2, given: Int32Array.of(0, -1, -1) }));
    await one.begin();
    const next = await settling();
    next.one.takeUp(one.kept!);
    await next.one.asked.ask(true);
    assert.deepEqual(next.proposed, [
      [5, false],
      [1, true],
    ]);
  });
});
