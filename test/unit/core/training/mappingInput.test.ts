import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Aggregation, Mapping } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { evaluate } from '../../../../src/core/training/evaluation.ts';
import { mappedScores, mappingInput, scoreLoss } from '../../../../src/core/training/mappingInput.ts';

const logits = Float32Array.of(1, -2, 0.5, 3, 0, 2, -1, 1);

function scoresOf(mapping: Mapping): number[] {
  const { form, matrix, offsets } = mappingInput(mapping);
  const T = mapping.targets.length;
  const S = mapping.sourceCount;
  return Array.from({ length: (logits.length / S) * T }, (_, at) => {
    const row = logits.subarray(Math.floor(at / T) * S, Math.floor(at / T) * S + S);
    const weights = Array.from(row, (_, s) => matrix[s * T + (at % T)]);
    const sum = weights.reduce(
      (total, w, s) => total + w * (form === 'linear' ? row[s] : Math.exp(row[s])),
      0,
    );
    return (form === 'linear' ? sum : Math.log(sum)) + offsets[at % T];
  });
}

describe('A mapping as the input of a gradient graph', () => {
  const aggregations: readonly Aggregation[] = [
    { kind: 'log-mean-exp', alpha: 1 },
    { kind: 'log-mean-exp', alpha: 0.5 },
    { kind: 'mean-logits' },
    { kind: 'linear', bias: [0.25, -1] },
  ];
  for (const aggregation of aggregations) {
    it(`scores as the mapping does: ${JSON.stringify(aggregation)}`, () => {
      const mapping: Mapping = {
        sourceCount: 4,
        targets: [
          [
            { source: 0, weight: 1 },
            { source: 2, weight: 0.25 },
          ],
          [{ source: 3, weight: 0.5 }],
        ],
        aggregation,
        offsets: [0.5, -0.75],
      };
      const expected = new MappingScorer(mapping).score(logits, 2);
      scoresOf(mapping).forEach((score, i) => {
        assert.ok(Math.abs(score - expected[i]) < 1e-5, `${score} is not ${expected[i]}`);
      });
      const { loss } = evaluate(new MappingScorer(mapping), logits, [1, 0]);
      const rows = { truths: Float32Array.of(0, 1, 1, 0), weights: Float32Array.of(0.5, 0.5) };
      const scores = mappedScores(logits, 4, mappingInput(mapping));
      const own = scoreLoss(scores, rows).loss;
      assert.ok(Math.abs(own - loss / 2) < 1e-5, `${own} is not ${loss / 2}`);
      const sharp = evaluate(new MappingScorer(mapping), logits, [1, 0], 3).loss;
      const sharpOwn = scoreLoss(scores, rows, 3).loss;
      assert.ok(Math.abs(sharpOwn - sharp / 2) < 1e-5, `${sharpOwn} is not ${sharp / 2}`);
    });
  }

  it('refuses aggregations that are no matrix', () => {
    const mapping: Mapping = {
      sourceCount: 2,
      targets: [[{ source: 0, weight: 1 }]],
      aggregation: { kind: 'max' },
    };
    assert.throws(() => mappingInput(mapping), { reason: 'invalid-argument' });
  });
});
