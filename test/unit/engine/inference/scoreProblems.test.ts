import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say } from '../../../../src/core/text/text.ts';
import { checkScores, notFinite } from '../../../../src/engine/inference/scoreProblems.ts';
import { describedColours } from '../colours.ts';

const backbone = { ...describedColours('net.onnx'), output: 'probabilities' as const };

test('Scores that are NaN are the trouble of one image, and such as no probability has of the description', () => {
  checkScores(new Float32Array(3).fill(Number.NaN), [1, 3], backbone);
  checkScores(Float32Array.of(Number.NaN, 0, 0), [1, 3], backbone);
  const negative = Float32Array.of(0, Number.NEGATIVE_INFINITY, 0);
  assert.throws(
    () => checkScores(negative, [1, 3], backbone),
    /giving probabilities, but its scores are neg/,
  );
  const sigmoid = { ...backbone, output: 'sigmoid' as const };
  assert.throws(() => checkScores(negative, [1, 3], sigmoid), /ending in a sigmoid/);
  checkScores(negative, [1, 3], { ...backbone, output: 'logits' });
  assert.throws(() => checkScores(new Float32Array(4), [1, 4], backbone), /\[1, 4\], and there are 3 labels/);
});

test('An image without scores says why, and of half precision what helps', () => {
  assert.match(say(notFinite(backbone)), /not finite numbers\.$/);
  const half = { ...backbone, input: { ...backbone.input, type: 'float16' as const } };
  assert.match(say(notFinite(half)), /half precision overflows.*--float32/);
});
