import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { information, uniformOffsets } from '../../src/core/heads/evidence.ts';
import { featureRows } from '../../src/core/heads/features.ts';
import { type FolderBasis, folderBasis } from '../../src/core/heads/folderBasis.ts';
import { propose } from '../../src/core/heads/propose.ts';
import { settle } from '../../src/core/heads/settle.ts';
import { fitPriorHead } from '../../src/core/mapping/priorHead.ts';

// A made-up folder, and what the prototype of the recipe (numpy, scipy's L-BFGS-B) makes of it.
const file = join(
  process.env['SEMAP_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data'),
  'reference/settle/reference.json',
);
const skip = existsSync(file) ? false : `no reference data in ${file}`;

/** What we do otherwise with labels: docs/reference/settling.md. */
const PROTOTYPE = { shrinkage: 5 };

type Rows = readonly (readonly number[])[];

interface Reference {
  readonly x: Rows;
  readonly s: Rows;
  readonly truth: readonly number[];
  readonly information: number;
  readonly prior_offsets: readonly number[];
  readonly prior_offsets_half: readonly number[];
  readonly unit_features_rows_0_1: Rows;
  readonly neighbour_weights_row_0: Record<string, number>;
  readonly pca_width: number;
  readonly abs_pca_row_0: readonly number[];
  readonly settle_log_posteriors: Rows;
  readonly settle_balanced_log_posteriors: Rows;
  readonly labelled: readonly number[];
  readonly labels: readonly number[];
  readonly lambda: number;
  readonly head_log_posteriors_rows_0_9: Rows;
  readonly settle_labels_log_posteriors: Rows;
  readonly propose_5_from_even_images: readonly number[];
  readonly propose_next_3_with_labelled_8: readonly number[];
}

describe('settling, against the prototype', { skip }, () => {
  const reference = skip ? ({} as Reference) : (JSON.parse(readFileSync(file, 'utf8')) as Reference);
  const T = 4;
  const scores = Float32Array.from(skip ? [] : reference.s.flat());
  const features = Float32Array.from(skip ? [] : reference.x.flat());
  const D = skip ? 1 : reference.x[0].length;
  let basis: FolderBasis;
  before(async () => {
    basis = await folderBasis(featureRows(features, D, 'features'), T);
  });
  const even = () => reference.truth.map((_, i) => i).filter((i) => i % 2 === 0);
  const labelled = () => ({ images: reference.labelled, targets: reference.labels });
  const unitOf = (image: number) => {
    const at = basis.sample.indexOf(image);
    return basis.places.unit.subarray(at * D, (at + 1) * D);
  };

  it('says how much the answers tell images from one another', () => {
    close([information(scores, T)], [reference.information], 1e-4);
  });

  it('finds the offsets that make the mean answer uniform', () => {
    const offsets = uniformOffsets(scores, T);
    close(offsets, reference.prior_offsets, 1e-4);
    close(
      offsets.map((value) => value / 2),
      reference.prior_offsets_half,
      1e-4,
    );
  });

  it('evens out features', () => {
    close(unitOf(0), reference.unit_features_rows_0_1[0], 1e-4);
    close(unitOf(1), reference.unit_features_rows_0_1[1], 1e-4);
  });

  it('finds neighbours', () => {
    const { starts, others, weights } = basis.neighbours!;
    const row = basis.sample.indexOf(0);
    const own = new Map<number, number>();
    for (let at = starts[row]; at < starts[row + 1]; at++) own.set(basis.sample[others[at]], weights[at]);
    const expected = Object.entries(reference.neighbour_weights_row_0);
    assert.equal(own.size, expected.length);
    for (const [image, weight] of expected) close([own.get(Number(image))!], [weight], 1e-4);
  });

  it('projects on principal directions', () => {
    const d = reference.pca_width;
    assert.equal(basis.projection.directions.length / D, d);
    const at = basis.sample.indexOf(0);
    const row = basis.places.projected.subarray(at * d, (at + 1) * d);
    close(row.map(Math.abs), reference.abs_pca_row_0, 1e-4);
  });

  it('settles', async () => {
    const settled = await settle(scores, T, basis);
    close(logPosteriors(settled.scores, T), reference.settle_log_posteriors.flat(), 1e-4);
  });

  it('settles a folder that is promised to be balanced', async () => {
    const settled = await settle(scores, T, basis, { balanced: true });
    close(logPosteriors(settled.scores, T), reference.settle_balanced_log_posteriors.flat(), 1e-4);
  });

  it('learns a head from labels', async () => {
    const images = reference.labelled;
    const head = await fitPriorHead({
      scores: Float32Array.from(images.flatMap((i) => reference.s[i])),
      unit: Float32Array.from(images.flatMap((i) => [...unitOf(i)])),
      targets: reference.labels,
      targetCount: T,
    });
    close([head.trust], [reference.lambda], 1e-3);
    const rows = Array.from({ length: 10 }, (_, i) =>
      Array.from({ length: T }, (_, t) => {
        const dot = unitOf(i).reduce((sum, value, k) => sum + value * head.weights[t * D + k], 0);
        return head.trust * reference.s[i][t] + dot + head.bias[t];
      }),
    );
    close(
      logPosteriors(Float32Array.from(rows.flat()), T),
      reference.head_log_posteriors_rows_0_9.flat(),
      1e-3,
    );
  });

  it('settles with labels', async () => {
    const settled = await settle(scores, T, basis, { labelled: labelled(), ...PROTOTYPE });
    close(logPosteriors(settled.scores, T), reference.settle_labels_log_posteriors.flat(), 1e-3);
  });

  it('proposes the images to ask about', async () => {
    const plain = await settle(scores, T, basis);
    assert.deepEqual(
      await propose(plain.scores, T, basis, { pool: even(), labelled: [], count: 5, sharpness: 1 }),
      reference.propose_5_from_even_images,
    );
    const { scores: taught } = await settle(scores, T, basis, { labelled: labelled(), ...PROTOTYPE });
    assert.deepEqual(
      await propose(taught, T, basis, { pool: even(), labelled: [8], count: 3, sharpness: 1 }),
      reference.propose_next_3_with_labelled_8,
    );
  });
});

/** Scores after the log-sum-exp of their row is subtracted, row-major. */
function logPosteriors(scores: Float32Array, T: number): number[] {
  return Array.from(scores, (score, at) => {
    const row = scores.subarray(at - (at % T), at - (at % T) + T);
    const top = Math.max(...row);
    return score - top - Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
  });
}

function close(own: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(own.length, expected.length);
  let worst = 0;
  for (let at = 0; at < own.length; at++) worst = Math.max(worst, Math.abs(own[at] - expected[at]));
  assert.ok(worst <= tolerance, `differs by ${worst}`);
}
