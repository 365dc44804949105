import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scaleOf } from '../../../../src/engine/encoders/textEncoder.ts';

describe('The scale of the logits of an image-text model', () => {
  const image = Float32Array.of(2, 0);
  const texts = Float32Array.of(3, 0, 0, 5, 0.6, 0.8);
  const logits = (scale: number, bias: number) => Float32Array.of(scale + bias, bias, 0.6 * scale + bias);

  it('is what makes its logits of cosines', () => {
    assert.deepEqual(scaleOf(logits(117.3, -12.9), image, texts), { scale: 117.3, bias: -12.9 });
  });

  it('has no bias where only rounding leaves one', () => {
    assert.deepEqual(scaleOf(logits(100, 0.002), image, texts), { scale: 100, bias: 0 });
  });

  it('is not known of texts that are all alike, of numbers that are none, and never negative', () => {
    assert.equal(scaleOf(logits(100, 0), image, Float32Array.of(1, 0, 1, 0, 1, 0)), undefined);
    assert.equal(scaleOf(Float32Array.of(Number.NaN, 1, 2), image, texts), undefined);
    assert.equal(scaleOf(logits(100, 0), Float32Array.of(0, 0), texts), undefined);
    assert.equal(scaleOf(logits(-100, 0), image, texts), undefined);
  });
});
