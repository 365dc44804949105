import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { type Finding, hunt } from '../fuzz/hunt.ts';
import { TARGETS } from '../fuzz/targets.ts';

/** The same inputs in every run; others with `npm run fuzz`. */
const SEED = 20_261_128;
/** Longer than by hand: other tests run beside this one. */
const SECONDS = 15;

/** Inputs per target that take about a second. */
const SHORT: Readonly<Record<string, number>> = {
  images: 600,
  jpeg: 200,
  colors: 60,
  avif: 200,
  heic: 200,
  jxl: 200,
  jpeg2000: 200,
  models: 300,
  gradients: 60,
  engine: 12,
  documents: 400,
  descriptions: 400,
  tensors: 250,
  caches: 80,
  labels: 300,
  runs: 120,
  searches: 200,
  exports: 120,
  pages: 300,
};

describe('What others made, damaged', () => {
  const targets = Object.keys(TARGETS);
  let findings: readonly Finding[];
  before(async () => {
    findings = await hunt({
      targets,
      seed: SEED,
      from: 0,
      count: (target) => SHORT[target],
      workers: os.availableParallelism() > 1 ? 2 : 1,
      seconds: SECONDS,
      out: path.join(os.tmpdir(), 'semap-fuzz'),
      tries: 0,
    });
  });

  for (const target of targets) {
    it(`is read or refused: ${SHORT[target]} ${target}`, () => {
      const found = findings.filter((finding) => finding.target === target);
      const told = found.map(({ kind, message, repeat }) => `${kind}: ${message}\n${repeat}`);
      assert.equal(found.length, 0, told.join('\n\n'));
    });
  }
});
