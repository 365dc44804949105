import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { AlignmentState } from '../../../../src/protocol/alignmentView.ts';
import { AlignmentFeed } from '../../../../webview/alignment/alignmentFeed.ts';
import { alignmentOf } from '../../alignments.ts';

const pets = alignmentOf(1, []);
const view = { sources: [{ name: 'tabby' }], values: new Float32Array(0), treeOrder: new Uint32Array(1) };

function ready(revision: number, meaning: number, uri = 'file:///pets.semap.json'): AlignmentState {
  return {
    kind: 'ready',
    location: 'editor',
    revision,
    meaning,
    uri,
    name: 'pets.semap.json',
    document: pets,
  };
}

/** A feed whose host answers `similarities`; what happened is kept in words. */
function following(similarities: () => unknown = () => ({ kind: 'view', view }), keeps = false) {
  const happened: string[] = [];
  let tell: (state: AlignmentState) => void = () => {};
  const host = {
    call: (method: string, params: unknown, options?: { onProgress?: (state: AlignmentState) => void }) => {
      if (method === 'watch') {
        tell = options!.onProgress!;
        return new Promise(() => {});
      }
      happened.push(`asked for ${method} of ${(params as { revision: number }).revision}`);
      return Promise.resolve(method === 'similarities' ? similarities() : undefined);
    },
  };
  new AlignmentFeed(host as never, {
    nothing: () => happened.push('nothing'),
    failed: (_, { message }) => {
      happened.push(`failed: ${message}`);
      return keeps;
    },
    changed: ({ revision }, same) => happened.push(`${same ? 'changed' : 'other'} ${revision}`),
    opened: ({ revision }, { view: got, anew, problem }) =>
      happened.push(
        `opened ${revision}${got ? '' : ' without view'}${anew ? ' anew' : ''}${problem ? `: ${problem.message}` : ''}`,
      ),
    meant: ({ revision }) => happened.push(`meant ${revision}`),
    scored: ({ revision }) => happened.push(`scored ${revision}`),
    lost: ({ message }) => happened.push(`lost: ${message}`),
  }).start();
  return async (state: AlignmentState) => {
    tell(state);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    return happened.splice(0);
  };
}
const first = [
  'other 1',
  'asked for similarities of 1',
  'opened 1 anew',
  'asked for meanings of 1',
  'meant 1',
  'asked for score of 1',
  'scored 1',
];

describe('the document that a page follows', () => {
  it('asks for similarities once, as long as labels mean the same', async () => {
    const hear = following();
    assert.deepEqual(await hear(ready(1, 1)), first);
    assert.deepEqual(await hear(ready(2, 1)), ['changed 2', 'opened 2', 'asked for score of 2', 'scored 2']);
    assert.deepEqual((await hear(ready(3, 2))).slice(0, 3), [
      'changed 3',
      'asked for similarities of 3',
      'opened 3 anew',
    ]);
  });

  it('asks again for another document', async () => {
    const hear = following();
    await hear(ready(1, 1));
    const happened = await hear(ready(2, 1, 'file:///cars.semap.json'));
    assert.deepEqual(happened.slice(0, 2), ['other 2', 'asked for similarities of 2']);
  });

  it('shows a document without similarities when they cannot be had, and asks again after the next change', async () => {
    const hear = following(() => ({ kind: 'problem', problem: { message: 'It is gone.', actions: [] } }));
    assert.ok((await hear(ready(1, 1))).includes('opened 1 without view anew: It is gone.'));
    assert.ok((await hear(ready(2, 1))).includes('asked for similarities of 2'));
  });

  it('says what went wrong when the host fails', async () => {
    const hear = following(() => {
      throw new SemapError('engine-stopped', phrase('The engine stopped.'));
    });
    assert.ok((await hear(ready(1, 1))).includes('opened 1 without view anew: The engine stopped.'));
  });

  it('takes up what is shown while a text is broken, and starts over when it was not kept', async () => {
    const failed: AlignmentState = {
      kind: 'failed',
      location: 'editor',
      name: 'pets.semap.json',
      problem: { message: 'Line 3.', actions: [] },
    };
    const kept = following(undefined, true);
    await kept(ready(1, 1));
    assert.deepEqual(await kept(failed), ['failed: Line 3.']);
    assert.equal((await kept(ready(2, 1)))[0], 'changed 2');
    const dropped = following(undefined, false);
    await dropped(ready(1, 1));
    await dropped(failed);
    assert.equal((await dropped(ready(2, 1)))[0], 'other 2');
  });

  it('forgets an older state when a newer one comes', async () => {
    let answer: (value: unknown) => void = () => {};
    const hear = following(() => new Promise((resolve) => (answer = resolve)));
    await hear(ready(1, 1));
    const late = answer;
    assert.deepEqual(await hear(ready(2, 1)), ['changed 2', 'asked for similarities of 2']);
    late({ kind: 'view', view });
    answer({ kind: 'view', view });
    assert.deepEqual((await hear({ kind: 'nothing', location: 'editor' })).includes('opened 1 anew'), false);
  });
});
