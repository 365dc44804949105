import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonPieces } from '../../../../src/core/json/jsonPieces.ts';
import { phrase, textsInEnglish } from '../../../../src/core/text/text.ts';

const written = (value: unknown) => `${JSON.stringify(value, textsInEnglish, 2)}\n`;
const image = (i: number) => ({
  path: `/a/${i} "x"\n.jpg`,
  label: 'cat',
  looks: [],
  truth: undefined,
  by: { a: [1, { b: null }] },
});

describe('JSON in pieces', () => {
  it('is what JSON.stringify writes', () => {
    const images = Array.from({ length: 3 }, (_, i) => image(i));
    for (const value of [
      {
        folders: ['/a'],
        none: undefined,
        images: 3,
        predictions: images,
        empty: [],
        more: {},
        'a "b"': { c: images },
      },
      images,
      [],
      {},
      [undefined, [], [[1]], phrase('{0} images', 2)],
      {
        why: phrase('Cannot read {0}.', 'x\ny'),
        when: new Date(0),
        accuracy: Number.NaN,
        deep: [[1, [2, []]]],
      },
      { only: undefined },
      phrase('{0} images', 2),
      'text',
      null,
      1,
    ])
      assert.equal([...jsonPieces(value)].join(''), written(value));
  });

  it('comes as whole lines, and makes of a long list only what is written', () => {
    let made = 0;
    const most = 30_000;
    function* images() {
      for (let i = 0; i < most; i++) {
        made++;
        yield image(i);
      }
    }
    let text = '';
    let last = 0;
    for (const piece of jsonPieces({ before: 1, predictions: images(), after: 2 })) {
      assert.ok(piece.endsWith('\n') && piece.length < 1.1 * 2 ** 20);
      assert.ok(made - last < 20_000);
      last = made;
      text += piece;
    }
    const all = Array.from({ length: most }, (_, i) => image(i));
    assert.equal(text, written({ before: 1, predictions: all, after: 2 }));
  });
});
