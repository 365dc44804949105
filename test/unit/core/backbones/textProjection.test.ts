import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { embeddingOf, projected, projectionOf } from '../../../../src/core/backbones/textProjection.ts';
import { familyScale, type LabelledSide } from '../../../../src/core/backbones/textSide.ts';
import { base64 } from '../../../../src/core/text/base64.ts';

const side = (rows: readonly number[], over: Partial<LabelledSide> = {}): LabelledSide => ({
  name: 'text',
  folder: '/text',
  sha256: 'a',
  templates: ['a {}'],
  scale: 10,
  bias: -1,
  scaleOrigin: 'family',
  width: 2,
  labelled: { id: 'b', vectors: base64(new Uint8Array(Float32Array.from(rows).buffer)) },
  ...over,
});

describe('Logits of a dual encoder', () => {
  it('are scaled cosines, whatever the length of the embedding', () => {
    const { labelled, ...rest } = side([1, 0, 0, 1, 0.6, 0.8]);
    for (const length of [0.001, 1, 50]) {
      const logits = projectionOf({ ...rest, labelled: { ...labelled } }).logits(
        Float32Array.of(3 * length, 4 * length),
      );
      assert.deepEqual(
        Array.from(logits, (one) => Number(one.toFixed(4))),
        [5, 7, 9],
      );
    }
  });

  it('know what they were made of', () => {
    const embedding = Float32Array.of(1, 2);
    const logits = projected(side([1, 0]), embedding);
    assert.equal(embeddingOf(logits), embedding);
    assert.equal(embeddingOf(logits.slice()), undefined);
  });

  it('are no numbers where an embedding has no direction', () => {
    assert.ok(
      projectionOf(side([1, 0]))
        .logits(Float32Array.of(0, 0))
        .every(Number.isNaN),
    );
  });

  it('have the scale of their family', () => {
    assert.deepEqual(familyScale('clip'), { scale: 100, bias: 0 });
    assert.ok(familyScale('siglip2').bias < 0);
  });
});
