import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cutToWidth } from '../../../../webview/common/grid/cutLabels.ts';
import { heatScale, luminance, type Rgb, readableOn } from '../../../../webview/common/grid/palette.ts';

/** Every symbol is ten pixels wide. */
const measure = (text: string) => 10 * [...text].length;

describe('cutting a label', () => {
  it('leaves a label that fits', () => assert.equal(cutToWidth('cat', 30, measure), 'cat'));

  it('ends with an ellipsis within the width', () => {
    const cut = cutToWidth('Japanese spaniel', 80, measure);
    assert.equal(cut, 'Japanes…');
  });

  it('never splits an emoji', () => assert.equal(cutToWidth('🐶🐱🦊', 20, measure), '🐶…'));

  it('puts a label with line breaks on one line', () => {
    assert.equal(cutToWidth('a\n b', 100, measure), 'a b');
  });

  it('measures only the beginning of an endless label', () => {
    let longest = 0;
    cutToWidth('x'.repeat(1_000_000), 50, (text) => {
      longest = Math.max(longest, text.length);
      return measure(text);
    });
    assert.ok(longest <= 401);
  });
});

describe('the heat scale', () => {
  const stops: Rgb[] = [
    [0, 0, 0],
    [100, 0, 0],
    [255, 255, 255],
  ];

  it('passes through its stops', () => {
    const scale = heatScale(stops);
    assert.equal(scale.length, 256);
    assert.deepEqual([scale[0], scale[255]], [stops[0], stops[2]]);
    assert.ok(Math.abs(scale[128][0] - 100) <= 2);
  });

  it('has readable text on every shade (WCAG contrast of 4.5)', () => {
    for (const colour of heatScale(stops)) {
      const text = readableOn(colour) === '#000000' ? 0 : 1;
      const [light, dark] = [Math.max(text, luminance(colour)), Math.min(text, luminance(colour))];
      assert.ok((light + 0.05) / (dark + 0.05) >= 4.5, `${colour}`);
    }
  });
});
