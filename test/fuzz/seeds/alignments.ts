import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';

const backbone = {
  name: 'tiny',
  path: './tiny.onnx',
  sha256: 'abc',
  labelSpace: 'imagenet-1k',
  sourceCount: 12,
};
const source = (index: number, weight = 1) => ({
  label: `source ${index}`,
  wnid: `n0000000${index % 10}`,
  index,
  weight,
  similarity: 0.75,
});

/** Whole alignments of every kind that the product writes. */
export const alignments: readonly AlignmentDocument[] = [
  {
    version: 1,
    backbone,
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation: { kind: 'log-mean-exp', alpha: 0.5 },
    excluded: [{ label: 'source 3', index: 3 }],
    targets: [
      {
        label: 'cat',
        hint: 'pet',
        sense: 'cat.n.1',
        expected: 'good',
        offset: 0.5,
        sources: [source(0), source(1, 0.25)],
      },
      {
        label: 'dog',
        pinned: true,
        expected: 'fair',
        measured: { recall: 0.5, images: 4 },
        sources: [source(2)],
      },
      { label: '=cmd()', gloss: 'nothing', expected: 'none', sources: [] },
    ],
  },
  {
    version: 1,
    backbone,
    method: {
      name: 'semap-k',
      similarity: 'text',
      k: 2,
      encoder: {
        name: 'clip',
        sha256: 'x',
        templates: ['a photo of a {}.'],
        detail: 'none',
        cosine: 'plain',
      },
    },
    aggregation: { kind: 'conse', top: 3 },
    targets: [
      { label: 'cat', expected: 'good', sources: [source(0, -0.5), source(4, 0.5)] },
      { label: 'dog', expected: 'good', sources: [source(5, 0.1)] },
    ],
  },
  {
    version: 1,
    backbone,
    method: {
      name: 'linear',
      similarity: 'none',
      seed: 3,
      labelled: { perClass: 4, seed: 1, images: 8, learned: 'k', validation: { images: 2, accuracy: null } },
    },
    prompt: 'prompt.safetensors',
    aggregation: { kind: 'linear', bias: [0.5, -0.5] },
    targets: [
      { label: 'cat', expected: 'good', sources: [source(0, -3), source(6, 7)] },
      { label: 'dog', expected: 'good', sources: [source(7, 2)] },
    ],
  },
  {
    version: 2,
    backbone,
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation: { kind: 'max' },
    head: {
      kind: 'mixture',
      file: 'pets.head.safetensors',
      sha256: 'abc',
      learned: { images: 3, found: 9, learned: 'k', validation: { images: 2, accuracy: 0.5 } },
    },
    weight: 2,
    members: [
      {
        backbone,
        aggregation: { kind: 'linear', bias: [0.5] },
        weight: 0.5,
        targets: [{ label: 'cat', offset: 1, sources: [source(0, -3)] }],
      },
    ],
    targets: [
      { label: 'cat', learnedAs: 'kitty', expected: 'good', sources: [source(0, 0.5)] },
      { label: 'dog', expected: 'none', sources: [] },
    ],
  },
] as unknown as readonly AlignmentDocument[];
