import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  comparedByEmbeddings,
  cosines,
  ensemble,
} from '../../../../src/core/similarity/embeddingSimilarity.ts';
import { combined } from '../../../../src/core/similarity/similarity.ts';
import { comparedBySpelling } from '../../../../src/core/similarity/strings.ts';
import { say } from '../../../../src/core/text/text.ts';

const space = { name: 'two', labels: [{ name: 'sports car' }, { name: 'tench' }], background: [] };
const embeddings = (size: number, ...values: number[]) => ({ size, values: Float32Array.from(values) });

describe('string similarity', () => {
  it('is one for the same spelling and zero for nothing in common', () => {
    const { values } = comparedBySpelling([{ name: 'SportsCar' }, { name: '' }], space);
    assert.deepEqual([...values], [1, 0, 0, 0]);
  });
});

describe('text embeddings', () => {
  it('are compared by cosine, whatever their length', () => {
    const found = cosines(embeddings(2, 3, 4), embeddings(2, 30, 40, -4, 3), 'plain');
    assert.ok(Math.abs(found[0] - 1) < 1e-6);
    assert.ok(Math.abs(found[1]) < 1e-6);
  });

  it('lose what all sources share when centred', () => {
    const sources = embeddings(2, 10, 1, 10, -1);
    const plain = cosines(embeddings(2, 10, 1), sources, 'plain');
    const centred = cosines(embeddings(2, 10, 1), sources, 'centred');
    assert.ok(plain[0] - plain[1] < 0.1);
    assert.ok(centred[0] - centred[1] > 1);
  });

  it('of several templates are averaged after scaling', () => {
    const mean = ensemble([embeddings(2, 100, 0), embeddings(2, 0, 1)]);
    assert.ok(Math.abs(mean.values[0] - Math.SQRT1_2) < 1e-6);
    assert.ok(Math.abs(mean.values[1] - Math.SQRT1_2) < 1e-6);
  });

  it('must belong to the labels', () => {
    const [targetEmbeddings, sourceEmbeddings] = [embeddings(2, 1, 0), embeddings(2, 1, 0)];
    assert.throws(
      () =>
        comparedByEmbeddings('clip', {
          targets: [{ name: 'a' }],
          sources: space,
          targetEmbeddings,
          sourceEmbeddings,
        }),
      /give 1 similarities; 1 x 2 labels need 2/,
    );
    assert.throws(() => cosines(embeddings(2, 1, 0), embeddings(3, 1, 0, 0), 'plain'), /2 numbers.* 3/);
  });

  it('explain themselves by cosine and rank', () => {
    const labels = {
      targets: [{ name: 'a' }],
      sources: space,
      targetEmbeddings: embeddings(2, 1, 0),
      sourceEmbeddings: embeddings(2, 1, 1, 1, 0),
    };
    const [sentence] = comparedByEmbeddings('clip', labels, 'plain').explain(0, 0);
    assert.match(say(sentence), /cosine of 0\.71: rank 2 of 2/);
  });
});

describe('a combined similarity', () => {
  it('is the mean of both, WordNet first, and keeps them apart for the mapping', () => {
    const targets = [{ name: 'sports car' }];
    const targetEmbeddings = embeddings(2, 0, 1);
    const sourceEmbeddings = embeddings(2, 1, 0, 0, 1);
    const labels = { targets, sources: space, targetEmbeddings, sourceEmbeddings };
    const matrix = combined(
      comparedBySpelling(targets, space),
      comparedByEmbeddings('clip', labels, 'plain'),
    );
    const [first, second] = matrix.values;
    assert.ok(Math.abs(first! + second! - 1) < 1e-6 && first! > second! && second! > 0);
    assert.deepEqual([...matrix.opinions!.encoder.values], [0, 1]);
  });
});
