import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  packAnswers,
  parseLines,
  resumedLines,
  unpackAnswers,
} from '../../../../src/core/find/searchLines.ts';
import { verbatim } from '../../../../src/core/text/text.ts';

describe('The lines of a search', () => {
  const tried = {
    kind: 'tried',
    id: 'blm+/all@net',
    repeat: 0,
    look: 'first',
    answers: packAnswers([0, -1, 300]),
    seconds: 0.5,
  };
  const trained = { ...tried, kind: 'trained', rung: 1, epochs: 10, over: false };
  const linesOf = (...lines: object[]) => parseLines(lines.map((line) => JSON.stringify(line)).join('\n'));

  it('are read as they were written, but for one that was cut off', () => {
    assert.deepEqual(linesOf(tried, trained), [tried, trained]);
    assert.deepEqual(parseLines(`${JSON.stringify(tried)}\n{"kind":"tr`), [tried]);
    assert.deepEqual([...unpackAnswers(tried.answers, 3)!], [0, -1, 300]);
    assert.equal(unpackAnswers(tried.answers, 4), undefined);
  });

  it('count nothing that a record could not take over', () => {
    for (const change of [
      { seconds: -1 },
      { seconds: 1e308 },
      { epochs: -3 },
      { epochs: 1e300 },
      { rung: 'first' },
      { answers: 7 },
    ])
      assert.deepEqual(linesOf({ ...trained, ...change }), [], JSON.stringify(change));
    const reports = { kind: 'reports', ids: ['a'], after: 'person' };
    assert.deepEqual(linesOf(reports, { ...reports, after: 'rain' }), [reports]);
    assert.deepEqual(parseLines('null\n7\n[]\n{"kind":"__proto__"}'), []);
  });

  it('tell a failure in words, whatever somebody wrote there', () => {
    const failed = { kind: 'failed', id: 'a', problem: { reason: 'not-onnx', message: 'Words.', hint: 7 } };
    const problem = { reason: 'not-onnx', message: verbatim('Words.') };
    assert.deepEqual(linesOf(failed), [{ kind: 'failed', id: 'a', problem }]);
    assert.deepEqual(linesOf({ ...failed, problem: 'broken' }), []);
  });

  it('are tried again where they failed for what may have passed, until it is decided what reports', () => {
    const failed = (id: string, reason: string) => ({
      kind: 'failed',
      id,
      problem: { reason, message: 'x' },
    });
    const ids = (...lines: object[]) => resumedLines(linesOf(...lines)).map(({ kind }) => kind);
    const { id } = tried;
    assert.deepEqual(ids(tried, failed(id, 'out-of-memory'), failed('b', 'engine-stopped')), ['tried']);
    assert.deepEqual(ids(failed(id, 'unsupported-model')), ['failed'], 'would fail again');
    const reports = { kind: 'reports', ids: [id] };
    assert.deepEqual(ids(failed(id, 'out-of-memory'), reports), ['failed', 'reports']);
    // It failed, was resumed, and did well: what it had failed for is past.
    assert.deepEqual(ids(failed(id, 'out-of-memory'), tried, reports), ['tried', 'reports']);
    assert.deepEqual(ids(tried, failed(id, 'out-of-memory'), reports), ['tried', 'failed', 'reports']);
  });
});
