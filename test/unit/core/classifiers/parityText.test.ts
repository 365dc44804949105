import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imageSizeOf } from '../../../../src/core/classifiers/classifierOptions.ts';
import { parityText } from '../../../../src/core/classifiers/parityText.ts';
import { say } from '../../../../src/core/text/text.ts';

const said = (parity: Parameters<typeof parityText>[0]) => say(parityText(parity));

describe('what is told of an exported classifier', () => {
  it('is that it answers alike', () => {
    assert.equal(
      said({ images: 16, largestDifference: 0.0000001, otherLabels: 0 }),
      'It gives 16 test images the same labels as SeMap; confidences differ by 0.001% at most.',
    );
    assert.match(said({ images: 1, largestDifference: 0, otherLabels: 0 }), /1 test image .* by 0% at most/);
  });

  it('is how many answers are others', () => {
    const parity = said({ images: 1200, largestDifference: 0.031, otherLabels: 2 });
    assert.match(parity, /^It gives 2 of 1,200 test images another label than SeMap; .* 3\.1% at most\.$/);
  });
});

describe('the size that images must have', () => {
  it('is height and width', () => assert.deepEqual(imageSizeOf(' 480X640 '), { height: 480, width: 640 }));

  it('is nothing else', () => {
    for (const text of ['', '480', '0x640', '480x', '480x16385', '4.5x6', '1e3x2', 'x'])
      assert.equal(imageSizeOf(text), undefined, text);
  });
});
