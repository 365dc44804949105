import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bayesianMapping, bayesianPlusMapping } from '../../src/core/mapping/bayesian.ts';
import { frequencyMapping } from '../../src/core/mapping/frequency.ts';
import type { LabelledOutputs } from '../../src/core/mapping/labelledOutputs.ts';
import type { Mapping } from '../../src/core/mapping/mapping.ts';
import { argmax, MappingScorer } from '../../src/core/mapping/scoring.ts';
import { readNpy } from './npy.ts';

// Real MobileNetV2 logits on CIFAR-10, and what the published code of ILM-VP and BayesianLM makes of them.
const data = join(
  process.env['SEMAP_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data'),
  'reference',
);
const skip = existsSync(data) ? false : `no reference data in ${data}`;

interface Weights {
  readonly nonzero: readonly (readonly [source: number, target: number, weight: number])[];
  readonly testAccuracy: number;
}

interface Reference {
  readonly classes: readonly string[];
  readonly y_fit: readonly number[];
  readonly y_test: readonly number[];
  readonly flm: { readonly sourceOfTarget: readonly number[]; readonly testAccuracy: number };
  readonly blm_lambda1: Weights;
  readonly blmplus_k3_lambda1: Weights;
  readonly blmplus_k1_lambda1: Weights;
}

describe('mappings learned from labels, against the published code', { skip }, () => {
  const reference = skip
    ? ({} as Reference)
    : (JSON.parse(readFileSync(join(data, 'mapping_reference.json'), 'utf8')) as Reference);
  const outputs = (): LabelledOutputs => ({
    logits: readNpy(join(data, 'mapping_logits_fit.npy')).data,
    truths: reference.y_fit,
    sourceCount: 1000,
    targetCount: reference.classes.length,
  });

  function accuracy(mapping: Mapping): number {
    const logits = readNpy(join(data, 'mapping_logits_test.npy')).data;
    const scores = new MappingScorer(mapping).score(logits);
    const T = reference.classes.length;
    const hits = reference.y_test.filter((truth, i) => argmax(scores, i * T, T) === truth).length;
    return hits / reference.y_test.length;
  }

  function assertWeights(mapping: Mapping, expected: Weights): void {
    const own = new Map(
      mapping.targets.flatMap((sources, t) =>
        sources.map(({ source, weight }) => [`${source},${t}`, weight]),
      ),
    );
    assert.equal(own.size, expected.nonzero.length);
    for (const [source, target, weight] of expected.nonzero) {
      const found = own.get(`${source},${target}`);
      assert.ok(
        found !== undefined && Math.abs(found - weight) < 1e-6,
        `W[${source},${target}] is ${found}, not ${weight}`,
      );
    }
    assert.ok(Math.abs(accuracy(mapping) - expected.testAccuracy) < 1e-6);
  }

  it('FLM picks the same sources and reaches the same accuracy', () => {
    const mapping = frequencyMapping(outputs());
    const firstSources = mapping.targets.map((sources) => sources[0]?.source);
    assert.deepEqual(firstSources, reference.flm.sourceOfTarget);
    assert.ok(Math.abs(accuracy(mapping) - reference.flm.testAccuracy) < 1e-6);
  });

  it('FLM by the Hungarian assignment counts at least as many images as the greedy one', () => {
    const hits = (mapping: Mapping) => {
      const { logits, truths } = outputs();
      return [...(truths as number[])].filter(
        (t, i) => mapping.targets[t][0].source === argmax(logits, i * 1000, 1000),
      ).length;
    };
    const greedy = hits(frequencyMapping(outputs()));
    const hungarian = hits(frequencyMapping(outputs(), { assignment: 'hungarian' }));
    assert.ok(hungarian >= greedy, `${hungarian} < ${greedy}`);
  });

  it('BLM has the same weights and accuracy', () => {
    assertWeights(bayesianMapping(outputs()), reference.blm_lambda1);
  });

  it('BLM+ has the same weights and accuracy for k = 3 and for its own k = 1', () => {
    assertWeights(bayesianPlusMapping(outputs(), { k: 3 }), reference.blmplus_k3_lambda1);
    assertWeights(bayesianPlusMapping(outputs()), reference.blmplus_k1_lambda1);
  });
});
