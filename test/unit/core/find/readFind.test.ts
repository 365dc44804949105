import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFind, readFindPoint } from '../../../../src/core/find/readFind.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { findRecordOf, pointOf } from './findFixture.ts';

describe('The record of a search', () => {
  const stored = (change: object = {}) => JSON.parse(JSON.stringify({ ...findRecordOf('/run'), ...change }));

  it('is read as it was written, texts and all', () => {
    const record = findRecordOf('/run');
    const read = readFind(stored());
    assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(record)));
    assert.deepEqual(
      readFind(stored({ ended: 'Words of another version.' })).ended,
      verbatim('Words of another version.'),
    );
  });

  it('is refused where it lacks what a list, a page or a resumed search relies on', () => {
    const { params, parts } = findRecordOf('/run');
    for (const change of [
      { kind: 'training' },
      { version: 2 },
      { status: 'flying' },
      { time: undefined },
      { labels: [7] },
      { seconds: -1 },
      { tried: Number.NaN },
      { recommended: 7 },
      { verdict: 'text' },
      { device: null },
      { device: {} },
      { parts: { ...parts, heldOut: -1 } },
      { params: { ...params, folders: [] } },
      { params: { ...params, targets: [{}] } },
      { params: { ...params, backbones: 'starter' } },
      { params: { ...params, withoutPrompts: 'yes' } },
      { differences: [{ of: 'a', than: 'b', value: 7, low: 0, high: 0, p: 0.5, images: 1 }] },
      { points: [null] },
    ])
      assert.throws(() => readFind(stored(change)), { reason: 'invalid-document' }, JSON.stringify(change));
    for (const data of [null, [], 'text', 7])
      assert.throws(() => readFind(data), { reason: 'invalid-document' });
  });

  it('has no point that leads out of its folder, or whose figures are none', () => {
    for (const change of [
      { id: 7 },
      { way: {} },
      { way: { scores: 'semap', prompt: {} } },
      { way: { scores: 'semap', settled: 'yes' } },
      { backbones: [{ name: 'a', path: '/a' }] },
      { backbones: [] },
      { figure: { value: 81, low: 0, high: 1, images: 1, by: 'held-out' } },
      { figure: { value: 0.8, low: 0, high: 1, images: 1, by: 'wishing' } },
      { figure: undefined },
      { searched: -0.1 },
      { cost: { labels: 1, seconds: 1, imagesPerSecond: 'fast', bytes: 1 } },
      { frontier: ['money'] },
      ...['..', '../x', 'a/b', 'a\\b', 'c:', '', '.'].map((training) => ({ training })),
    ])
      assert.throws(
        () => readFindPoint({ ...pointOf('a'), ...change }),
        { reason: 'invalid-document' },
        JSON.stringify(change),
      );
  });
});
