import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { linearMapping } from '../../../../src/core/mapping/linear.ts';
import type { Aggregation, Mapping } from '../../../../src/core/mapping/mapping.ts';
import { decidedTarget, MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { mappingOfText } from '../../../../src/core/training/checkpoint.ts';

const text = (document: unknown) => JSON.stringify(document);

/** A document of two targets and two sources each. */
function documentOf(aggregation: object, change: (target: Record<string, unknown>) => object = (t) => t) {
  const source = (index: number) => ({ label: `s${index}`, index, weight: 0.5, similarity: 0.9 });
  return {
    version: 1,
    backbone: { name: 'net', sha256: 'ab', labelSpace: 'l', sourceCount: 4 },
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation,
    targets: [
      change({ label: 'a', expected: 'good', sources: [source(0), source(1)] }),
      { label: 'b', expected: 'good', sources: [source(2), source(3)] },
    ],
  };
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SemapError, String(error));
    return error.message;
  }
  return 'taken';
}

describe('numbers of an alignment', () => {
  const plain = { kind: 'log-mean-exp', alpha: 1 };
  const linear = { kind: 'linear', bias: [0, 0] };

  it('are refused by name and place where they are none, or beyond their range', () => {
    const withWeight = (weight: string, aggregation: object = plain) =>
      text(documentOf(aggregation)).replace('"weight":0.5', `"weight":${weight}`);
    const parsed = (document: string) => messageOf(() => parseAlignment(document));
    for (const weight of ['1e308', '1e999', '-1', '0', '-0', '1e-320', '1.0000001', '"1"', 'null', '[1]'])
      assert.match(parsed(withWeight(weight)), /targets\[0\]\.sources\[0\]\.weight/, weight);
    for (const weight of ['1e308', '-1e999', '1e13'])
      assert.match(parsed(withWeight(weight, linear)), /targets\[0\]\.sources\[0\]\.weight/, weight);
    assert.equal(parsed(withWeight('-3', linear)), 'taken');
    for (const offset of [1e308, -1e308, 1e6, 'x', null]) {
      const document = text(documentOf(plain, (target) => ({ ...target, offset })));
      assert.match(parsed(document), /targets\[0\]\.offset/, String(offset));
    }
    for (const alpha of ['1e308', '-1e308', '1e999', '"1"', 'null'])
      assert.match(
        parsed(text(documentOf(plain)).replace('"alpha":1', `"alpha":${alpha}`)),
        /aggregation\.alpha/,
        alpha,
      );
    assert.match(parsed(text(documentOf({ kind: 'linear', bias: [0, 1e300] }))), /aggregation\.bias\[1\]/);
    assert.match(parsed(text(documentOf({ kind: 'linear', bias: ['0', 0] }))), /aggregation\.bias\[0\]/);
    assert.match(parsed(text(documentOf({ kind: 'conse', top: 1e300 }))), /aggregation\.top/);
    const measured = documentOf(plain, (target) => ({ ...target, measured: { recall: 1.5, images: 3 } }));
    assert.match(parsed(text(measured)), /targets\[0\]\.measured\.recall/);
  });

  it('are refused in an edit too', () => {
    const document = parseAlignment(text(documentOf(plain)));
    const map = (weight: number, of: AlignmentDocument = document) =>
      messageOf(() =>
        withEdit(of, { kind: 'map', target: 0, source: { label: 's0', index: 0, weight, similarity: 0.9 } }),
      );
    for (const weight of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e-300, 2])
      assert.match(map(weight), /A weight must be/, String(weight));
    assert.equal(map(0.25), 'taken');
    for (const alpha of [Number.NaN, 1e308, Number.NEGATIVE_INFINITY]) {
      const aggregation: Aggregation = { kind: 'log-mean-exp', alpha };
      const edit = { kind: 'aggregation', aggregation } as const;
      const message = messageOf(() => withEdit(document, edit));
      assert.match(message, /alpha/, String(alpha));
    }
  });

  it('end scoring by name where something else made them', () => {
    const mapping: Mapping = {
      sourceCount: 2,
      targets: [[{ source: 0, weight: 1 }], [{ source: 1, weight: 1 }]],
      aggregation: { kind: 'mean-logits' },
    };
    const scored = (change: Partial<Mapping>) =>
      messageOf(() => new MappingScorer({ ...mapping, ...change }));
    const weighted = (weight: number) => [mapping.targets[0], [{ source: 1, weight }]];
    assert.equal(scored({}), 'taken');
    for (const weight of [Number.NaN, Number.POSITIVE_INFINITY, 1e308, 0, -1])
      assert.match(
        scored({ targets: weighted(weight) }),
        /target 1: the weight of source 1 is/,
        String(weight),
      );
    assert.match(scored({ offsets: [0, Number.NaN] }), /the offset of target 1 is NaN/);
    assert.match(scored({ aggregation: { kind: 'log-mean-exp', alpha: Number.NaN } }), /alpha is NaN/);
    assert.match(scored({ aggregation: { kind: 'linear', bias: [0] } }), /1 biases for 2 targets/);
    const message = messageOf(() => mappingOfText(text({ ...mapping, targets: weighted(1e300) })));
    assert.match(message, /target 1: the weight of source 1/);
  });

  it('that were learned of outputs beyond all are none, and do not become a mapping', () => {
    const logits = Float32Array.of(1e38, -1e38, Number.NaN, 3, 5, 2, 1, 0);
    const outputs = { logits, truths: [0, 1, 0, 1], sourceCount: 2, targetCount: 2 };
    const learned = linearMapping(outputs);
    const message = messageOf(() => new MappingScorer(learned));
    assert.match(message, /Cannot use the mapping/);
  });

  it('at the ends of their ranges give finite scores', () => {
    const of = (aggregation: Aggregation, weights: readonly number[], offset: number): Mapping => ({
      sourceCount: 4,
      targets: [0, 2].map((first) => weights.map((weight, i) => ({ source: first + i, weight }))),
      aggregation,
      offsets: [offset, -offset],
    });
    const logits = Float32Array.of(1e4, -1e4, 88, -104);
    for (const mapping of [
      of({ kind: 'log-mean-exp', alpha: 10 }, [1e-9, 1e-9], 1e5),
      of({ kind: 'log-mean-exp', alpha: -10 }, [1e-9, 1], -1e5),
      of({ kind: 'mean-logits' }, [1e-9, 1e-9], 1e5),
      of({ kind: 'log-mean-exp', alpha: 1 }, [1, 1e-9], 0),
      of({ kind: 'max' }, [1e-9, 1], 0),
      of({ kind: 'conse', top: 1 }, [-1e12, 1e12], 0),
      of({ kind: 'linear', bias: [1e15, -1e15] }, [1e12, -1e12], 0),
    ]) {
      const scores = new MappingScorer(mapping).score(logits);
      assert.ok(scores.every(Number.isFinite), `${mapping.aggregation.kind}: ${scores}`);
    }
  });
});

describe('what scores decide', () => {
  const { NaN: none, POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;

  it('is the target with the highest one, of several the first', () => {
    assert.equal(decidedTarget([1, 3, 2]), 1);
    assert.equal(decidedTarget([1, 3, 3]), 1);
    assert.equal(decidedTarget([least, 3, least]), 1);
    assert.equal(decidedTarget([9, 9, 1, 2, 9], 2, 2), 1);
    assert.equal(decidedTarget([5]), 0);
  });

  it('is nothing where all targets have the same, or one of them is no number', () => {
    for (const scores of [
      [0, 0],
      [-3, -3, least],
      [least, least],
      [none, none],
      [none, 1],
      [1, none, 2],
      [most, 1],
      [most, most],
      [],
    ])
      assert.equal(decidedTarget(scores), -1, String(scores));
  });
});
