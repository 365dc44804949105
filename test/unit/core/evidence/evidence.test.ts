import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { cellEvidence, decidingCells } from '../../../../src/core/evidence/cells.ts';
import { compareScored } from '../../../../src/core/evidence/comparison.ts';
import { scoreAlignment } from '../../../../src/core/evidence/figures.ts';
import { FiredList, firedSources } from '../../../../src/core/evidence/firedSources.ts';
import { ImageScorer, Outcome, type ScoredImages } from '../../../../src/core/evidence/imageScorer.ts';
import { FolderTargets } from '../../../../src/core/labels/folderTargets.ts';
import { learnedKey } from '../../../../src/core/mapping/labelledOutputs.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { builtWordNet, noTable } from '../labels/table.ts';

const LABELS = ['cat', 'dog', 'bird'];
const [CAT, DOG] = [0, 1];

/** Each target with the sources of its index, or those given. */
function alignment(sources: Readonly<Record<number, readonly number[]>> = {}): AlignmentDocument {
  const targets = LABELS.map((label, t) =>
    target(label, ...(sources[t] ?? [t]).map((index) => source(index))),
  );
  return alignmentOf(3, targets, { aggregation: { kind: 'max' } });
}

/** Images by class folder and strongest source. */
function scored(images: readonly (readonly [folder: string, source: number])[]): ScoredImages {
  const rows = images.map(([, source]) =>
    Float32Array.from({ length: 3 }, (_, s) => (s === source ? 4 : -s)),
  );
  const fired = new FiredList();
  for (const row of rows) fired.push(firedSources(row));
  const placed = images.map(([classFolder], i) => ({ path: `/photos/${classFolder}/${i}.png`, classFolder }));
  return {
    images: placed,
    fired,
    row: (i) => rows[i],
    async *blocks() {
      for (const [from, logits] of rows.entries()) yield { from, images: [placed[from]], logits };
    },
  };
}

describe('Evidence of images', { skip: noTable }, () => {
  const wordnet = noTable ? undefined! : builtWordNet();
  const four = scored([
    ['cat', 0],
    ['cat', 1],
    ['dog', 1],
    ['plants', 2],
  ]);
  const scorerOf = (document: AlignmentDocument) =>
    new ImageScorer(document, new FolderTargets(LABELS, wordnet));

  test('a prediction names labels by their index, with -1 for a truth that nobody knows', async () => {
    const scorer = scorerOf(alignment());
    const outcome = new Outcome(scorer);
    const found: number[][] = [];
    for await (const { from, images, logits } of four.blocks()) {
      const [prediction] = scorer.predict(images, logits, () => four.fired.at(from));
      outcome.add(images[0], prediction);
      found.push([prediction.target, prediction.truth, prediction.fired[0].source]);
    }
    assert.deepEqual(found, [
      [0, 0, 0],
      [1, 0, 1],
      [1, 1, 1],
      [2, -1, 2],
    ]);
    const { accuracy, measuredOn } = outcome.report();
    assert.deepEqual([accuracy, measuredOn.measured, measuredOn.unmatchedImages], [2 / 3, 3, 1]);
  });

  test('an image that the mapping was learned from judges nothing, wherever its folder lies', () => {
    const learned = learnedKey('cat/a.png');
    const { method } = alignment();
    const labelled = {
      perClass: 1,
      seed: 0,
      images: 1,
      found: 1,
      validation: { images: 0, accuracy: null },
      learned,
    };
    const scorer = scorerOf({ ...alignment(), method: { ...method, labelled } });
    const judged = (path: string) => scorer.judgedBy({ path, classFolder: 'cat' });
    assert.deepEqual(
      ['/photos/cat/a.png', 'C:\\photos\\cat\\a.png', '/photos/cat/b\\a.png', '/photos/cat/b.png'].map(
        judged,
      ),
      [-1, -1, CAT, CAT],
    );
  });

  test('a cell counts where its source fired and how often that was right', () => {
    const about = { target: DOG, source: DOG, strongest: 2 };
    const cell = cellEvidence(four, scorerOf(alignment()), about);
    assert.deepEqual([cell.images, cell.fired, cell.judged, cell.right], [4, 2, 2, 1]);
    const strongest = cell.strongest.map(({ path, truth, fired }) => [path, truth, fired]);
    assert.deepEqual(strongest, [
      ['/photos/cat/1.png', CAT, true],
      ['/photos/dog/2.png', DOG, true],
    ]);
  });

  test('the maximum is attained by one cell, which has all of the share', () => {
    const logits = Float32Array.of(1, 5, 0);
    const { target, cells } = decidingCells(alignment({ [CAT]: [0, 1] }), CAT, logits);
    const probability = cells[0]?.probability ?? 0;
    assert.deepEqual([target, cells], [CAT, [{ source: 1, share: 1, probability }]]);
    assert.ok(Math.abs(probability - Math.exp(5) / (Math.exp(1) + Math.exp(5) + 1)) < 1e-6);
  });

  test('of several backbones each has its share of the score, and is heard', () => {
    const own = alignment({ [CAT]: [0, 1], [DOG]: [2] });
    const { sourceCount } = own.backbone;
    const other = {
      ...alignment({ [CAT]: [2], [DOG]: [] }),
      backbone: { ...own.backbone, name: 'B', sha256: 'B' },
    };
    const both = withMember(own, other);
    const logits = new Float32Array(2 * sourceCount).fill(-9);
    logits[1] = 0;
    logits[sourceCount] = 0;
    const told = decidingCells(both, CAT, logits);
    assert.deepEqual(told.shares, [0.5, 0.5]);
    assert.equal(told.cells.reduce((sum, { share }) => sum + share, 0).toFixed(3), '1.000');
    const strongest = (from: number) =>
      told.heard?.find(({ source }) => source >= from && source < from + sourceCount)?.source;
    assert.deepEqual([strongest(0), strongest(sourceCount)], [1, sourceCount]);
    assert.deepEqual(decidingCells(both, DOG, logits).shares, [1, 0]);
    assert.equal(decidingCells(own, CAT, logits.subarray(0, sourceCount)).heard, undefined);
  });

  test('an edit is compared image by image with what was before it', async () => {
    const before = await scoreAlignment(alignment(), four, { wordnet }, []);
    const edited = alignment({ [CAT]: [0, 1], [DOG]: [] });
    const after = await scoreAlignment(edited, four, { wordnet }, [before]);
    assert.deepEqual([before.figures.accuracy, after.figures.accuracy], [2 / 3, 2 / 3]);
    const { images } = four;
    const { changed, onlyRight, recalls, changedImages } = compareScored(
      { images, scored: before },
      { images, scored: after },
    );
    assert.deepEqual([changed, onlyRight], [2, [1, 1]]);
    assert.deepEqual(recalls, [
      { label: 'cat', images: 2, right: [1, 2] },
      { label: 'dog', images: 1, right: [1, 0] },
    ]);
    assert.deepEqual(changedImages[0], {
      path: images[1].path,
      predicted: [DOG, CAT],
      truths: [CAT, CAT],
      places: [1, 1],
    });
  });

  test('near-duplicates count as one image where alignments are told apart', () => {
    // The first is right on eight copies of one picture, the second on one other.
    const n = 9;
    const figures = { images: n, judged: n, accuracy: 0, balancedAccuracy: 0, reach: 1 } as never;
    const side = (predicted: (i: number) => number, groups?: readonly number[]) => ({
      images: Array.from({ length: n }, (_, i) => ({ path: `/${i}.png` })),
      scored: {
        labels: LABELS,
        predicted: Int32Array.from({ length: n }, (_, i) => predicted(i)),
        truths: new Int32Array(n),
        figures,
      },
      groups,
    });
    const first = (i: number) => (i < 8 ? CAT : DOG);
    const second = (i: number) => (i < 8 ? DOG : CAT);
    const alone = compareScored(side(first), side(second));
    assert.deepEqual([alone.onlyRight, alone.units], [[8, 1], undefined]);
    // P(at least 8 of 9), twice.
    assert.ok(Math.abs(alone.p! - (2 * 10) / 512) < 1e-12);
    const groups = [0, 0, 0, 0, 0, 0, 0, 0, -1];
    const grouped = compareScored(side(first, groups), side(second));
    assert.deepEqual([grouped.onlyRight, grouped.units, grouped.p], [[8, 1], 2, 1]);
    assert.deepEqual([grouped.figures[0].units, grouped.figures[1].units], [2, undefined]);
  });
});
