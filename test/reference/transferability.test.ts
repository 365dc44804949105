import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { LabelledOutputs } from '../../src/core/mapping/labelledOutputs.ts';
import type { LabelledFeatures } from '../../src/core/metrics/transferability/classSpectrum.ts';
import { hScores } from '../../src/core/metrics/transferability/hScore.ts';
import { leep, nce } from '../../src/core/metrics/transferability/leepAndNce.ts';
import { logMe } from '../../src/core/metrics/transferability/logMe.ts';
import { readNpy } from './npy.ts';
import { numpyNormals } from './numpyRandom.ts';

// Real MobileNetV2 logits on CIFAR-10, and what tllib (thuml/Transfer-Learning-Library) measures on them; a random
// projection of them, seed 1, serves as features. tllib's own LogME is off for N < D, so there the maximised evidence
// itself is compared.
const data = join(
  process.env['SEMAP_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data'),
  'reference',
);
const skip = existsSync(data) ? false : `no reference data in ${data}`;

interface Reference {
  readonly y_fit: readonly number[];
  readonly leep: number;
  readonly nce: number;
  readonly hscore_300x32: number;
  readonly regularized_hscore_300x32: number;
  readonly logme_300x32: number;
  readonly exact_logme_300x32: number;
  readonly small: { readonly rows: readonly number[]; readonly exact_logme_20x32: number };
}

const SOURCES = 1000;
const TARGETS = 10;
const DIMENSIONS = 32;

function assertNear(actual: number | null, expected: number, tolerance: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );
}

describe('transferability scores, against tllib', { skip }, () => {
  const reference = skip
    ? ({} as Reference)
    : (JSON.parse(readFileSync(join(data, 'mapping_reference.json'), 'utf8')) as Reference);
  const logits = skip ? new Float32Array() : readNpy(join(data, 'mapping_logits_fit.npy')).data;
  const outputs = (): LabelledOutputs => ({
    logits,
    truths: reference.y_fit,
    sourceCount: SOURCES,
    targetCount: TARGETS,
  });
  const projected = () => {
    const matrix = numpyNormals(1, SOURCES * DIMENSIONS);
    return Float64Array.from({ length: reference.y_fit.length * DIMENSIONS }, (_, at) => {
      const row = Math.floor(at / DIMENSIONS) * SOURCES;
      let sum = 0;
      for (let s = 0; s < SOURCES; s++) sum += logits[row + s] * matrix[s * DIMENSIONS + (at % DIMENSIONS)];
      return sum;
    });
  };
  const features = (rows = reference.y_fit.map((_, i) => i)): LabelledFeatures => {
    const all = projected();
    return {
      features: Float64Array.from(
        rows.flatMap((row) => [...all.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS)]),
      ),
      truths: rows.map((row) => reference.y_fit[row]),
      targetCount: TARGETS,
    };
  };

  it('LEEP is the same', () => {
    assertNear(leep(outputs()), reference.leep, 1e-6);
  });

  it('NCE is the same', () => {
    assertNear(nce(outputs()), reference.nce, 1e-9);
  });

  it('the H-score is the same, plain and regularised', () => {
    const { plain, regularised } = hScores(features());
    assertNear(plain, reference.hscore_300x32, 1e-9);
    assertNear(regularised, reference.regularized_hscore_300x32, 1e-9);
  });

  it('LogME is the maximised evidence, at most a hair above tllib’s fixed point', () => {
    const value = logMe(features());
    assertNear(value, reference.exact_logme_300x32, 1e-10);
    assertNear(value, reference.logme_300x32, 1e-6);
  });

  it('LogME is the maximised evidence for fewer images than features too', () => {
    assertNear(logMe(features([...reference.small.rows])), reference.small.exact_logme_20x32, 1e-10);
  });
});
