import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contradictionOf, notePromise } from '../../../src/capabilities/together.ts';
import type { EngineSession } from '../../../src/cli/engineSession.ts';
import { sessionOf } from '../../../src/cli/session.ts';
import { settledLines } from '../../../src/cli/settleArguments.ts';
import { Terminal } from '../../../src/cli/terminal.ts';
import type { SettleParams, SettleResult } from '../../../src/protocol/settling.ts';
import { alignmentOf } from '../alignments.ts';

const params: SettleParams = {
  folders: ['/photos'],
  backbone: 'net',
  alignment: alignmentOf(2, []),
  mode: 'always',
  balanced: true,
};

/** 40 images, settled to these shares. */
const settledTo = (...shares: number[]) =>
  ({
    order: 'a',
    settled: true,
    targets: new Int32Array(40),
    shares: Float64Array.from(shares),
    labelNotes: { unknown: [], gone: [], goneCount: 0, contradictory: 0, problems: [] },
  }) as unknown as SettleResult;

describe('The promise of balanced labels', () => {
  const asked: SettleParams[] = [];
  const engine = {
    call: async (_: string, given: SettleParams) => {
      asked.push(given);
      return settledTo(0.95, 0.05);
    },
  } as unknown as EngineSession;
  const { signal } = new AbortController();

  it('is contradicted by what the images say without it', async () => {
    const result = settledTo(0.5, 0.5);
    const contradicted = await contradictionOf(result, params, { engine, signal });
    assert.deepEqual(contradicted, { rare: [1], frequent: [0] });
    assert.deepEqual([asked.length, asked[0]?.balanced, asked[0]?.known], [1, false, 'a']);
    let said = '';
    const err = (text: string) => {
      said += text;
    };
    const terminal = new Terminal({ out: () => {}, err, interactive: false, columns: 80 });
    notePromise(contradicted!, ['cat', 'dog'], sessionOf(engine, terminal, signal));
    assert.equal(
      said,
      'Warning: --balanced does not hold: hardly any image is dog.\nWarning: --balanced does not hold: too many images are cat.\n',
    );
  });

  it('is not looked at where it was not made, or nothing came of it', async () => {
    asked.length = 0;
    const plain = { ...settledTo(0.5, 0.5), settled: false };
    assert.equal(await contradictionOf(plain, params, { engine, signal }), undefined);
    const unasked = { ...params, balanced: false };
    assert.equal(await contradictionOf(settledTo(0.95, 0.05), unasked, { engine, signal }), undefined);
    assert.equal(asked.length, 0);
  });
});

describe('The report of a settled folder', () => {
  it('says that known labels were learned from only where they were', () => {
    const told = (settled: boolean) => {
      const figures = { accuracy: null };
      const result = { ...settledTo(0.5, 0.5), settled, learned: 4, held: 0, changed: 1, doubtful: [] };
      const more = { information: 0.4, evidence: 1, figures, plainFigures: figures };
      const asked = { mode: settled ? 'always' : 'never', balanced: false, truths: undefined } as const;
      return settledLines({ ...result, ...more } as unknown as SettleResult, asked, ['cat', 'dog']).at(-1);
    };
    assert.match(told(true)!, /^Learned from: 4 images with a label that was given$/m);
    assert.match(told(false)!, /^Not measured: 4 images with a label that was given$/m);
  });

  it('tells one label from images that say too little', () => {
    const asked = { mode: 'always', balanced: false, truths: undefined } as const;
    const plain = { ...settledTo(1), settled: false, learned: 0, held: 0, information: 0, doubtful: [] };
    assert.deepEqual(settledLines(plain, asked, ['cat']), ['Not settled: there is but one label\n']);
    assert.match(settledLines(plain, asked, ['cat', 'dog'])[0] ?? '', /^Not settled: the images say too/);
  });
});
