import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type CautionSettings, SAID } from '../../../../src/core/caution/cautiousAnswers.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { SHOWN } from '../../../../src/protocol/cautionView.ts';
import type { SettleParams } from '../../../../src/protocol/settling.ts';
import '../withFakeVscode.ts';
import { fakeEngine, finishedRun } from './fakeRun.ts';

const { Caution } = await import('../../../../src/host/results/caution.ts');
const { Settling } = await import('../../../../src/host/results/settling.ts');

/** In the order of the folders, which is another one than that of the run. */
const paths = ['/photos/3.jpg', '/photos/cat/1.jpg', '/photos/cat/2.jpg'];
const mammal = { label: 'mammal', sense: 'mammal%1:05:00::', targets: [0, 1] };

async function cautious(settle?: () => unknown) {
  const run = await finishedRun();
  const asked: SettleParams[] = [];
  const engine = fakeEngine({
    settle: async (params: SettleParams) => {
      asked.push(params);
      await settle?.();
      return {
        paths,
        cautious: {
          said: Uint8Array.of(SAID.none, SAID.kind, SAID.label),
          kind: Int32Array.of(-1, 0, -1),
          kinds: [mammal],
          counts: { labels: 1, kinds: 1, notSure: 0, none: 1 },
        },
      };
    },
  });
  const one = new Caution(run, new Settling(run, engine), engine);
  const choose = async (settings: CautionSettings) => {
    one.choose(settings);
    while (one.state.busy) await setTimeout(10);
  };
  const said = () => [0, 1, 2].map((row) => run.answers.said(row));
  return { run, one, asked, choose, said };
}

describe('Caution of a run', () => {
  it('says what the engine says of its images, by their paths, and nothing of it when it is taken back', async () => {
    const { one, asked, choose, said, run } = await cautious();
    await choose({ none: { errorRate: 0.1 } });
    assert.deepEqual(asked[0].caution, { none: { errorRate: 0.1 } });
    assert.equal(asked[0].mode, 'never');
    const rows = run.predictions.rowsOf(paths);
    const wanted = [0, 0, 0];
    wanted[rows[0]] = SHOWN.none;
    wanted[rows[1]] = 0;
    wanted[rows[2]] = SHOWN.label;
    assert.deepEqual(said(), wanted);
    assert.deepEqual(one.state.kinds, [mammal]);
    await choose({});
    assert.deepEqual(said(), [SHOWN.label, SHOWN.label, SHOWN.label]);
    assert.equal(one.state.counts, undefined);
  });

  it('asks no engine about thresholds alone', async () => {
    const { asked, choose, said, one } = await cautious();
    await choose({ thresholds: { all: 1 } });
    assert.deepEqual(said(), [SHOWN.notSure, SHOWN.notSure, SHOWN.notSure]);
    assert.equal(one.state.counts?.notSure, 3);
    assert.deepEqual(asked, []);
  });

  it('does not hear what is not asked any more', async () => {
    let answer: (value?: unknown) => void = () => {};
    const { choose, said, one, asked } = await cautious(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    one.choose({ rollUp: true });
    while (asked.length === 0) await setTimeout(10);
    await choose({ thresholds: { all: 1 } });
    answer();
    await setTimeout(10);
    assert.deepEqual(said(), [SHOWN.notSure, SHOWN.notSure, SHOWN.notSure]);
    assert.deepEqual(one.state.kinds, []);
  });

  it('follows answers that change', async () => {
    const { run, asked, choose, one } = await cautious();
    await choose({ rollUp: true });
    run.answers.show({ targets: Int32Array.of(1, 1, 1), confidences: Float32Array.of(0.9, 0.9, 0.9) });
    run.tellChange();
    while (one.state.busy) await setTimeout(10);
    assert.equal(asked.length, 2);
  });

  it('counts the images that came since, when the run is over', async () => {
    const { run, choose, one } = await cautious();
    await choose({ thresholds: { all: 1 } });
    run.predictions.push({ path: '/photos/4.jpg', target: 0, confidence: 0.9, truth: -1, fired: [] });
    run.tellChange();
    while (one.state.busy) await setTimeout(10);
    assert.deepEqual([one.state.counts?.notSure, run.answers.said(3)], [4, SHOWN.notSure]);
  });

  it('says why it could not', async () => {
    const { one, choose } = await cautious(() => {
      throw new SemapError('internal', verbatim('The engine is tired.'));
    });
    await choose({ rollUp: true });
    assert.equal(one.state.problem, 'The engine is tired.');
  });
});
