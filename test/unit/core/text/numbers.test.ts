import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imagesDone, shareRange } from '../../../../src/core/text/numbers.ts';
import { say } from '../../../../src/core/text/text.ts';

describe('how many images are done', () => {
  it('is told once it is known how many there are', () => {
    assert.equal(say(imagesDone(0, 0)), 'Looking for images...');
    assert.equal(say(imagesDone(0, 1)), '0 of 1 image');
    assert.equal(say(imagesDone(1200, 3000)), '1,200 of 3,000 images');
  });
});

describe('an estimated share', () => {
  const said = (accuracy: number, low: number, high: number) => say(shareRange({ accuracy, low, high }));

  it('is a range in steps of 5', () => {
    assert.equal(said(0.68, 0.61, 0.74), '60 to 75%');
  });

  it('begins with its middle where the range says little by itself', () => {
    assert.equal(said(0.43, 0.14, 0.77), 'about 45% (10 to 80%)');
  });
});
