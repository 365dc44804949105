import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inputSpec } from '../../../../src/core/backbones/inputSpec.ts';
import {
  PARITY_PARTS,
  PARITY_ROUNDS,
  partDifferences,
  sidecarOfPreprocessing,
  withPart,
} from '../../../../src/core/backbones/parityParts.ts';
import type { Preprocessing } from '../../../../src/core/images/preprocessing.ts';

const described: Preprocessing = {
  size: { shortestEdge: 256 },
  crop: { height: 224, width: 224 },
  resample: 'bilinear',
  rescaleFactor: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channels: 'rgb',
};
const input = { type: 'float32', layout: 'nchw', height: 224, width: 224 } as const;
const all = PARITY_ROUNDS.flatMap((round) => round(described, input));

describe('parts of a preprocessing', () => {
  it('are named where two differ, and put together the other', () => {
    for (const other of all) {
      const parts = partDifferences(described, other).map(({ part }) => part);
      const made = parts.reduce((from, part) => withPart(from, other, part), described);
      assert.deepEqual(partDifferences(made, other), []);
    }
    assert.deepEqual(partDifferences(described, { ...described, antialias: false, channels: 'bgr' }), [
      { part: 'colors', described: 'RGB', found: 'BGR' },
      { part: 'antialiasing', described: 'with', found: 'without' },
    ]);
  });

  it('vary one by one in the search, which has every part', () => {
    const seen = new Set(all.flatMap((other) => partDifferences(described, other).map(({ part }) => part)));
    assert.deepEqual([...seen].sort(), [...PARITY_PARTS].sort());
  });

  it('have the edges of usual pipelines, and those to which others round', () => {
    const edges = new Set(all.map(({ size }) => 'shortestEdge' in size && size.shortestEdge));
    for (const edge of [224, 232, 235, 240, 248, 255, 256, 257]) assert.ok(edges.has(edge), `${edge}`);
  });

  it('are written as a description that is read as they are', () => {
    for (const other of all) {
      const read = inputSpec(
        { name: 'image', channels: 3, ...input },
        sidecarOfPreprocessing(other),
        'net',
      ).preprocessing;
      assert.deepEqual(partDifferences(other, read), []);
    }
  });
});
