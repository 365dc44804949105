import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import { partsOf } from '../../../src/core/alignments/members.ts';
import { linearColour, meanColour } from '../engine/classifierModel.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runWith } from './runCommand.ts';

describe('semap align with two backbones', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['-b', 'mean', '-b', 'linear', '--backbone-folder', files.path('models')],
    ...['--cache-folder', files.path('cache'), '--threads', '1', '--device', 'cpu'],
  ]);
  const photos = files.path('photos');

  before(() => {
    writeBackbone(files, 'models/mean', meanColour());
    writeColourImages(files, 'photos', 8);
    writeBackbone(files, 'models/linear', linearColour());
    return () => files.dispose();
  });

  test('--weigh learns from labels how much each counts, and says what all are worth', async () => {
    const out = files.path('both.semap.json');
    const { code, out: said, err } = await run`align ${photos} --weigh -o ${out}`;
    assert.equal(code, 0, err);
    assert.match(said, /Weights learned from \d+ of 24 images: accuracy 100\.0% on \d+ other images\./);
    const { weighed, weight = 1, members = [] }: AlignmentDocument = JSON.parse(readFileSync(out, 'utf8'));
    assert.equal(weighed?.validation.accuracy, 1);
    assert.equal(weighed.learned.split(' ').length, weighed.images);
    assert.equal(Math.max(weight, members[0].weight ?? 1), 1);
  });

  test('a method that learns learns the mapping of each from the same images', async () => {
    const { code, out, err } = await run`align ${photos} --method semap-labels --labelled 4 --json`;
    assert.equal(code, 0, err);
    const document: AlignmentDocument = JSON.parse(out);
    const parts = partsOf(document);
    assert.deepEqual(
      parts.map(({ method, aggregation }) => [method.name, aggregation.kind]),
      [
        ['semap-labels', 'linear'],
        ['semap-labels', 'linear'],
      ],
    );
    assert.equal(document.weighed?.images, 12);
    assert.equal(document.weighed.validation.accuracy, 1);
    assert.equal(document.weighed.learned, parts[1].method.labelled?.learned);
    assert.ok(document.targets.every(({ measured, expected }) => measured && expected === 'good'));
    // Logits and their log-probabilities are one to it.
    for (const { targets } of parts)
      for (const { sources } of targets)
        assert.ok(Math.abs(sources.reduce((sum, { weight }) => sum + weight, 0)) < 1e-3);
  });
});
