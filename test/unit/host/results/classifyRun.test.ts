import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { phrase, verbatim } from '../../../../src/core/text/text.ts';
import { ClassifyRun } from '../../../../src/host/results/classifyRun.ts';
import type { Engine, EngineCallOptions } from '../../../../src/host/supervisor/engineClient.ts';
import { SHOWN } from '../../../../src/protocol/cautionView.ts';
import type {
  ClassifyParams,
  ClassifyProgress,
  ClassifyResult,
} from '../../../../src/protocol/classification.ts';

type Script = (options: EngineCallOptions<ClassifyProgress>) => Promise<ClassifyResult>;

/** An engine whose `classify` does what a test says. */
function engineOf(script: Script): Engine {
  return {
    call: ((_method: string, _params: unknown, options: EngineCallOptions<ClassifyProgress>) =>
      script(options)) as Engine['call'],
  };
}

function run(watch?: true): ClassifyRun {
  return new ClassifyRun({
    params: { folders: ['/photos'], watch } as unknown as ClassifyParams,
    backbone: 'starter',
  });
}

const LABELS = ['cat', 'dog', 'bird'];
const prediction = (label: string, truth?: string): Prediction => ({
  path: `/photos/${label}.png`,
  target: LABELS.indexOf(label),
  confidence: 0.5,
  truth: truth === undefined ? -1 : LABELS.indexOf(truth),
  fired: [],
});
const progress = (done: number, predictions: Prediction[]): ClassifyProgress => ({
  total: 4,
  listed: true,
  done,
  cached: 0,
  predictions,
  skipped: [],
  imagesPerSecond: 10,
});
const result = (cancelled: boolean) => ({ images: 2, cancelled, accuracy: 0.5 }) as ClassifyResult;

describe('A classification run', () => {
  it('gathers predictions and counts those that are right among those whose truth is known', async () => {
    const one = run();
    let changes = 0;
    one.onDidChange(() => changes++);
    await one.start(
      engineOf(async ({ onProgress }) => {
        onProgress?.(progress(2, [prediction('cat', 'cat'), prediction('dog', 'cat')]));
        onProgress?.(progress(3, [prediction('bird')]));
        return result(false);
      }),
    );
    assert.equal(one.state, 'done');
    const ten = one.predictions.slice(0, 10).map(({ target }) => LABELS[target]);
    assert.deepEqual(ten, ['cat', 'dog', 'bird']);
    assert.deepEqual([one.correct, one.judged], [1, 2]);
    assert.equal(one.progress.done, 3);
    assert.equal(changes, 3);
  });

  it('begins when the backbone is described, and says what keeps it from that, to be begun again', async () => {
    const one = run();
    const lacks = new SemapError('needs-description', phrase('No labels.'));
    await assert.rejects(one.begin(engineOf(() => Promise.reject(lacks))), { reason: 'needs-description' });
    let end = (_: ClassifyResult) => {};
    await one.begin(
      engineOf(({ onProgress }) => {
        onProgress?.({ ...progress(0, []), sources: ['tabby'] });
        return new Promise<ClassifyResult>((resolve) => {
          end = resolve;
        });
      }),
    );
    assert.deepEqual([one.state, one.error, one.sourceLabel(0)], ['running', undefined, 'tabby']);
    end(result(false));
    await one.over;
    assert.equal(one.state, 'done');
  });

  it('counts nothing twice when another engine goes on after one that died', async () => {
    const one = run();
    await one.start(
      engineOf(async ({ onProgress, onAgain }) => {
        const skipped = [{ path: '/photos/broken.png', reason: verbatim('It is damaged.') }];
        onProgress?.({ ...progress(1, [prediction('cat', 'cat')]), skipped });
        onAgain?.('It ended.');
        onProgress?.({ ...progress(2, [prediction('dog', 'cat'), prediction('cat', 'cat')]), skipped });
        return result(false);
      }),
    );
    const ten = one.predictions.slice(0, 10).map(({ target }) => LABELS[target]);
    assert.deepEqual(ten, ['cat', 'dog']);
    assert.deepEqual([one.correct, one.judged, one.skipped.length, one.state], [1, 2, 1, 'done']);
  });

  it('shows of watched folders each image once, as it is, and none that is gone', async () => {
    const one = run(true);
    const labels = () =>
      one.answers.slice(0, 9).map(({ path, target, said }) => [path, LABELS[target], said === SHOWN.gone]);
    await one.start(
      engineOf(async ({ onProgress, onAgain }) => {
        const skipped = [{ path: '/photos/bird.png', reason: verbatim('It is incomplete.') }];
        onProgress?.({ ...progress(3, [prediction('cat', 'cat'), prediction('dog', 'cat')]), skipped });
        assert.deepEqual([one.watching, one.skipped.length, one.judged], [true, 1, 2]);
        const { version } = one.answers;
        // The first was changed, the third can be read by now.
        const changed = { ...prediction('cat', 'cat'), target: 2 };
        onProgress?.({ ...progress(3, [changed, prediction('bird')]), waiting: true });
        assert.deepEqual([...one.answers.changes(version).rows], [0]);
        assert.deepEqual(labels()[2], ['/photos/cat.png', 'bird', false]);
        onProgress?.({ ...progress(2, []), gone: ['/photos/dog.png'], waiting: true });
        assert.deepEqual(labels(), [
          ['/photos/cat.png', 'cat', true],
          ['/photos/dog.png', 'dog', true],
          ['/photos/cat.png', 'bird', false],
          ['/photos/bird.png', 'bird', false],
        ]);
        assert.deepEqual([one.skipped.length, one.correct, one.judged], [0, 0, 1]);
        // Another engine knows nothing of what went while there was none.
        onAgain?.('It ended.');
        onProgress?.(progress(1, [changed]));
        onProgress?.({ ...progress(1, []), waiting: true });
        return result(false);
      }),
    );
    assert.deepEqual([one.watching, one.state, one.turn], [false, 'done', 1]);
    assert.deepEqual(labels(), [['/photos/cat.png', 'bird', false]]);
    assert.deepEqual([one.predictions.length, one.judged], [1, 1]);
  });

  it('has no answer for an image of watched folders that can no longer be read', async () => {
    const one = run(true);
    await one.start(
      engineOf(async ({ onProgress }) => {
        onProgress?.(progress(2, [prediction('cat', 'cat'), prediction('dog', 'cat')]));
        const skipped = [{ path: '/photos/dog.png', reason: verbatim('It is incomplete.') }];
        onProgress?.({ ...progress(2, []), skipped, waiting: true });
        return result(false);
      }),
    );
    assert.deepEqual([one.predictions.length, one.skipped.length, one.judged], [1, 1, 1]);
  });

  it('keeps what was classified when the engine dies', async () => {
    const one = run();
    await one.start(
      engineOf(async ({ onProgress }) => {
        onProgress?.(progress(1, [prediction('cat', 'cat')]));
        throw new SemapError('engine-stopped', phrase('The engine was stopped by SIGKILL.'));
      }),
    );
    assert.equal(one.state, 'failed');
    assert.equal(one.error?.reason, 'engine-stopped');
    assert.equal(one.predictions.length, 1);
  });

  it('is cancelled, not failed, whether the engine answers the cancel or had to be ended', async () => {
    const answered = run();
    const ended = run();
    await answered.start(
      engineOf(async ({ signal }) => {
        answered.cancel();
        assert.equal(signal?.aborted, true);
        return result(true);
      }),
    );
    await ended.start(
      engineOf(async () => {
        throw new SemapError('cancelled', phrase('Cancelled.'));
      }),
    );
    assert.deepEqual([answered.state, ended.state], ['cancelled', 'cancelled']);
    assert.equal(ended.error, undefined);
  });
});
