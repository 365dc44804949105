import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  mappingCautions,
  nothingFitsText,
  weakLabelsText,
} from '../../../../src/core/alignments/cautionTexts.ts';
import { notSettledText, saysLittle, settledText } from '../../../../src/core/heads/settlingTexts.ts';
import { say } from '../../../../src/core/text/text.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const tabby = source(3, 1, 0.9, 'tabby');

/** An alignment whose labels are expected to be so good; those of which nothing is expected have no sources. */
const expecting = (...labels: readonly (readonly [string, 'good' | 'weak' | 'poor' | 'none'])[]) =>
  alignmentOf(
    5,
    labels.map(([label, expected]) => ({
      ...target(label, ...(expected === 'none' ? [] : [tabby])),
      expected,
    })),
  );

describe('What is said of a mapping before it is relied on', () => {
  it('names labels that are never predicted, and the weak ones', () => {
    const some = expecting(['cat', 'good'], ['dog', 'good'], ['elk', 'weak'], ['qwxzv', 'none']);
    assert.equal(nothingFitsText(some), undefined);
    assert.deepEqual(
      mappingCautions(some).map((text) => say(text)),
      ['Labels without a source label are never predicted: qwxzv.'],
    );
    assert.equal(say(weakLabelsText(some)!), '1 label is weak: elk');
    assert.equal(weakLabelsText(expecting(['cat', 'good'])), undefined);
  });

  it('says of one that fits nothing only that', () => {
    const none = expecting(['ab', 'poor'], ['bc', 'poor'], ['cd', 'none']);
    assert.deepEqual(mappingCautions(none), [nothingFitsText(none)]);
    assert.match(say(nothingFitsText(none)!), /^Most labels have no close match/);
  });
});

describe('What is said of settling', () => {
  const settled = { information: 0.5, evidence: 1, learned: 0, settled: true, changed: 3 };

  it('tells how much speaks for it, and when a person should label', () => {
    assert.equal(saysLittle(settled), false);
    assert.match(say(settledText(settled)), /^Evidence \.50: the answers say enough/);
    for (const [little, said] of [
      [{ ...settled, evidence: 0 }, /too little .* Label a few images\.$/],
      [{ ...settled, evidence: 0.4 }, /in part \(40\.0%\)/],
      [{ ...settled, information: 0.1 }, /say little, but/],
    ] as const) {
      assert.ok(saysLittle(little));
      assert.match(say(settledText(little)), said);
    }
    const low = { ...settled, settled: false, information: 0.05 };
    assert.ok(saysLittle(low));
    assert.match(say(notSettledText(low)), /^Evidence \.05 is too low/);
    const taught = { ...low, settled: true, learned: 2 };
    assert.ok(!saysLittle(taught));
    assert.equal(say(settledText(taught)), 'Settled with 2 labels.');
  });
});
