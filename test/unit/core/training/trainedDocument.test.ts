import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { trainedDocument } from '../../../../src/core/training/trainedDocument.ts';
import type { TrainJob } from '../../../../src/core/training/trainJob.ts';
import { identityAlignment } from '../../engine/colours.ts';

test('the weights of a linear mapping are kept, as small as the scores of its backbone are large', () => {
  const labels = ['cat', 'dog'];
  const job = {
    document: identityAlignment(labels, 'colour'),
    settings: { mapping: 'semap-labels', seed: 0 },
    train: { images: [] },
    similarity: { rows: 2, columns: 2, values: new Float32Array(4) },
    backbone: { labelSpace: { labels: labels.map((name) => ({ name })) } },
  } as unknown as TrainJob;
  const sourcesOf = (aggregation: Mapping['aggregation']) => {
    const targets = [
      [{ source: 0, weight: 0.5 }],
      [
        { source: 1, weight: 0.5 },
        { source: 0, weight: 2e-6 },
      ],
    ];
    const mapping = { sourceCount: 2, targets, aggregation };
    return trainedDocument(job, mapping, { counts: new Uint32Array(4) }, undefined).targets.map(
      ({ sources }) => sources.map(({ index, weight }) => [index, weight]),
    );
  };
  assert.deepEqual(sourcesOf({ kind: 'linear', bias: [0, 0] }), [
    [[0, 0.5]],
    [
      [1, 0.5],
      [0, 2e-6],
    ],
  ]);
  assert.deepEqual(sourcesOf({ kind: 'mean-logits' }), [[[0, 0.5]], [[1, 0.5]]]);
});
