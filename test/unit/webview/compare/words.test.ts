import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  comparedColumns,
  comparedRow,
  documentWay,
  pointsBetween,
} from '../../../../src/core/reuse/documentRow.ts';
import { say, type Text, verbatim } from '../../../../src/core/text/text.ts';
import { mappedWeight, pText, verdict } from '../../../../webview/compare/words.ts';
import { measuredOnAll } from '../../measuredOn.ts';

const figures = {
  images: 1200,
  judged: 1000,
  accuracy: 0.841,
  measuredOn: measuredOnAll(1000),
  balancedAccuracy: 0.8,
  reach: null,
};

const inEnglish = (text: Text | string) => (typeof text === 'string' ? text : say(text));

describe('two alignments in words', () => {
  it('say which is better only when it is hardly chance', () => {
    const sure = verdict({ judged: 1000, onlyRight: [10, 40], p: 0.00001 });
    assert.match(
      sure,
      /only the first is right on 10, only the second on 40\. The second is better .*p < 0\.001/,
    );
    assert.match(verdict({ judged: 10, onlyRight: [2, 1], p: 1 }), /may be chance/);
  });

  it('say when nothing can be said', () => {
    assert.match(verdict({ judged: 0, onlyRight: [0, 0], p: null }), /No image has a true label/);
    assert.match(verdict({ judged: 1, onlyRight: [0, 0], p: 1 }), /right on the same images of 1 image\./);
  });

  it('have figures with their difference in points', () => {
    const way = documentWay({ method: { name: 'semap', similarity: 'wordnet' } });
    const other = { ...figures, accuracy: 0.821 };
    const rows = [
      comparedRow(verbatim('1 a'), way, verbatim('b'), figures),
      comparedRow(verbatim('2 b'), way, verbatim('b'), other, figures),
    ];
    const said = comparedColumns(rows).map(({ id, text }) => [
      id,
      ...rows.map((row) => inEnglish(text(row))),
    ]);
    assert.deepEqual(said.slice(0, 3), [
      ['alignment', '1 a', '2 b'],
      ['accuracy', '84.1%', '82.1%'],
      ['difference', '–', '−2.0'],
    ]);
    assert.ok(!said.some(([id]) => id === 'reach'), 'nothing to say of it');
    const method = { name: 'semap', similarity: 'wordnet' } as const;
    const settledFrom = (images: number) =>
      documentWay({ method, head: { kind: 'mixture', learned: { images } } as never }).learns;
    assert.deepEqual([settledFrom(0), settledFrom(280)], ['images', 'labels']);
    assert.equal(pointsBetween(0.5, 0.5), '±0.0');
    assert.equal(pText(0.0123), 'p = 0.012');
    assert.equal(mappedWeight(0), '–');
  });
});
