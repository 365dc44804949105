import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { phrase, say } from '../../../../src/core/text/text.ts';
import { type Rival, trainingVerdict } from '../../../../src/core/training/verdict.ts';

/** @param p how likely chance makes the difference to what scores without the prompt; absent: certainly not */
const verdictOf = (
  accuracy: number,
  rivals: readonly Rival[],
  images: number,
  where: 'validation' | 'test',
  trained: Parameters<typeof trainingVerdict>[3],
  p = 0,
) => {
  const difference = { than: 'linear-probe', value: 0, low: 0, high: 0, p, images } as const;
  return say(trainingVerdict(accuracy, rivals, { where, images, difference }, trained));
};

const blm = { promptWith: 'blm+' } as const;
const probe = { promptWith: 'linear-probe' } as const;

const rivals = (mapping: number, probe: number | null = null): Rival[] => [
  { kind: 'mapping-only', name: phrase('Mapping only (BLM+)'), accuracy: mapping },
  { kind: 'linear-probe', name: phrase('Linear probe ({0} features)', 512), accuracy: probe },
];

describe('The verdict on a run', () => {
  it('says so when the prompt does not beat the mapping alone', () => {
    const text = verdictOf(0.5, rivals(0.55), 200, 'validation', blm);
    assert.match(text, /does not beat the mapping alone \(50\.0% versus 55\.0%\)\. Use the mapping\./);
  });

  it('does not make much of a gain that chance may give', () => {
    assert.match(
      verdictOf(0.52, rivals(0.5), 100, 'test', blm, 0.05),
      /^The prompt reaches 52\.0%, the mapping alone 50\.0% on the same images\. The difference may be chance \(p = 0\.05\)/,
    );
    // Nearly the same answers tell more of a small difference than answers that differ everywhere.
    assert.match(
      verdictOf(0.52, rivals(0.5), 100, 'test', blm, 0.04),
      /2\.0 points more than the mapping alone/,
    );
    assert.match(verdictOf(0.7, rivals(0.5), 100, 'test', blm), /20\.0 points more than the mapping alone/);
  });

  it('does not call a draw a lead', () => {
    assert.doesNotMatch(verdictOf(1, rivals(1, 1), 3, 'validation', blm), /beats every/);
    assert.match(verdictOf(0.9, rivals(0.5, 0.8), 100, 'validation', blm), /beats every baseline/);
  });

  it('names a linear probe that is no worse without a prompt', () => {
    assert.match(
      verdictOf(0.7, rivals(0.5, 0.9), 100, 'test', blm),
      /Linear probe .* is no worse without a prompt, with 90\.0%/,
    );
    assert.match(verdictOf(0.9, rivals(0.5, 0.9), 100, 'test', blm), /no worse/);
    assert.doesNotMatch(verdictOf(0.95, rivals(0.5, 0.9), 100, 'test', blm), /no worse/);
  });

  it('compares a prompt under a probe with the probe, and keeps that where the prompt adds nothing', () => {
    const keep = /does not beat the linear probe alone \(80\.0% versus 80\.0%\): keep that\. Measured/;
    assert.match(verdictOf(0.8, rivals(0.5, 0.8), 100, 'test', probe), keep);
    assert.match(
      verdictOf(0.82, rivals(0.5, 0.8), 100, 'test', probe, 0.5),
      /reaches 82\.0%, the linear probe alone 80\.0% on the same images\. The difference may be chance \(p = 0\.50\)/,
    );
    assert.match(
      verdictOf(0.95, rivals(0.5, 0.8), 100, 'test', probe),
      /15\.0 points more than the linear probe alone \(80\.0%\)\. It beats every/,
    );
  });

  it('warns that validation chose the epoch, but not of test images', () => {
    assert.match(verdictOf(0.7, rivals(0.5), 100, 'validation', blm), /also chose the epoch/);
    assert.doesNotMatch(verdictOf(0.7, rivals(0.5), 100, 'test', blm), /chose the epoch/);
  });
});
