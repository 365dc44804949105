import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReuseWay } from '../../../../src/core/reuse/reuse.ts';
import { changesOf, learnsFrom, wayName } from '../../../../src/core/reuse/reuseWords.ts';
import { say } from '../../../../src/core/text/text.ts';

describe('the words for a way of reuse', () => {
  const ways: readonly (readonly [ReuseWay, name: string, learns: string, changes: string])[] = [
    [{ scores: 'semap' }, 'Zero-shot (SeMap adaptive)', 'names', 'mapping'],
    [{ scores: 'semap-k' }, 'Zero-shot (SeMap-k)', 'names', 'mapping'],
    [{ scores: 'semap', settled: true }, 'Zero-shot (SeMap adaptive), settled', 'images', 'head'],
    [{ scores: 'mixture', settled: true }, 'Settled folder', 'images', 'head'],
    [{ scores: 'blm+' }, 'Learned mapping (BLM+)', 'labels', 'mapping'],
    [{ scores: 'ilm' }, 'Learned mapping (ILM)', 'labels', 'mapping'],
    [{ scores: 'semap-labels' }, 'Learned mapping (SeMap + Few Labels)', 'labels', 'mapping'],
    [{ scores: 'linear' }, 'Linear mapping', 'labels', 'mapping'],
    [{ scores: 'linear-mapping' }, 'Linear mapping', 'labels', 'head'],
    [{ scores: 'linear-probe' }, 'Linear probe', 'labels', 'head'],
    [{ scores: 'prototypes' }, 'Prototypes', 'labels', 'head'],
    [
      { scores: 'blm+', prompt: { kind: 'watermark' }, epochs: 20 },
      'Prompt (watermark) + BLM+',
      'labels',
      'prompt+mapping',
    ],
    [
      { scores: 'linear-probe', prompt: { kind: 'low-rank', rank: 8 } },
      'Prompt (low-rank, rank 8) + Linear probe',
      'labels',
      'prompt+head',
    ],
    [
      { scores: 'semap', prompt: { kind: 'padding', frame: 28 } },
      'Prompt (padding, 28 pixels) + SeMap adaptive',
      'labels',
      'prompt+mapping',
    ],
    [{ scores: 'blm', prompt: { kind: 'none' } }, 'Learned mapping (BLM)', 'labels', 'mapping'],
  ];

  for (const [way, name, learns, changes] of ways) {
    it(`${name}: from ${learns}, ${changes}`, () => {
      assert.equal(say(wayName(way)), name);
      assert.equal(learnsFrom(way), learns);
      assert.equal(changesOf(way).join('+'), changes);
    });
  }

  it('says that settling learned from labels where it was given some', () => {
    assert.equal(learnsFrom({ scores: 'mixture', settled: true }, 12), 'labels');
    assert.equal(learnsFrom({ scores: 'semap' }, 12), 'names');
  });

  it('takes what a record of another version says for a name', () => {
    const odd = { scores: 'constructor', prompt: { kind: '__proto__' } } as unknown as ReuseWay;
    assert.equal(say(wayName(odd)), 'Prompt (__proto__) + constructor');
  });
});
