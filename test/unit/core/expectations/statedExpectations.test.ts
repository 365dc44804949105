import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { namedPaths, withPaths, withPathsOf } from '../../../../src/core/alignments/documentPaths.ts';
import {
  type DocumentExpectation,
  expectationPlaces,
  statedExpectations,
  statedText,
} from '../../../../src/core/expectations/statedExpectations.ts';
import { say } from '../../../../src/core/text/text.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { processorClock } from '../../processorClock.ts';

const someAlignment = alignmentOf(3, [target('cat', source(0)), target('dog', source(1))]);

const stating = (expectations: unknown) =>
  parseAlignment(
    serialiseAlignment({ ...someAlignment, expectations: expectations as readonly DocumentExpectation[] }),
  );

const EXPECTATIONS: readonly DocumentExpectation[] = [
  'accuracy >= .8',
  { folder: 'more', split: 'test', settled: true, expect: ['recall of cat >= .7', 'recal of cat >= .7'] },
];

describe('Expectations in a document', () => {
  it('are read one by one, and what is broken keeps nobody from the rest', () => {
    const [first, second, third] = statedExpectations(stating(EXPECTATIONS));
    assert.deepEqual(first.at, [0]);
    assert.deepEqual(first.expectation?.kind, 'share');
    assert.equal(say(statedText(first)), 'accuracy >= .8');
    assert.equal(say(statedText(second)), 'recall of cat >= .7 (more, test, settled)');
    assert.equal(third.expectation, undefined);
    assert.deepEqual(third.wrong, { start: 0, end: 5 });
    assert.match(say(third.problem!.message), /"recal" is nothing/);
  });

  it('are shown in part where they are longer than any line', () => {
    const [one] = statedExpectations(stating([`recall of ${'x'.repeat(1e6)} >= .5`]));
    const shown = say(statedText(one));
    assert.ok(shown.length <= 400 && shown.startsWith('recall of xx') && shown.endsWith('xx >= .5'), shown);
    assert.ok(say(one.problem!.message).length < 4000);
  });

  it('need no version of their own, since answers do not depend on them', () => {
    assert.equal(stating(EXPECTATIONS).version, 1);
    assert.deepEqual(stating(EXPECTATIONS).expectations, EXPECTATIONS);
  });

  it('must be texts or groups of texts', () => {
    for (const [bad, message] of [
      ['accuracy', /"expectations" must be a list/],
      [[1], /expectations\[0\] must be an object/],
      [[{ folder: 'x' }], /"expectations\[0\]\.expect" must be a list/],
      [[{ expect: [1] }], /expectations\[0\]\.expect\[0\] must be a string/],
      [['x', { expect: [], split: 'tset' }], /expectations\[1\]\.split is "tset"; it must be one of/],
      [new Array(2001).fill('accuracy > 0'), /"expectations" has 2,001 entries; the limit is 2,000/],
      [[{ expect: [], settled: 'yes' }], /expectations\[0\]\.settled must be true or false/],
    ] as const) {
      assert.throws(() => stating(bad), message);
    }
  });

  it('do not take long, however many slips there are in however many labels', () => {
    const targets = Array.from({ length: 100_000 }, (_, i) => ({ label: `label number ${i}` }));
    const expectations = Array.from({ length: 2000 }, (_, i) => `recall of labelled numbers ${i} > .5`);
    const spent = processorClock();
    const stated = statedExpectations({ targets, expectations });
    assert.ok(stated.every(({ problem }) => problem));
    assert.ok(spent() < 5000);
  });

  it('say of a layout that it is unknown', () => {
    const [one] = statedExpectations(stating([{ layout: 'clases', expect: ['accuracy >= .8'] }]));
    assert.match(say(one.problem!.message), /Unknown layout "clases"/);
  });

  it('are found in the text, with comments of persons around them', () => {
    const text = JSON.stringify({ other: 1, expectations: EXPECTATIONS }, null, 2);
    const places = expectationPlaces(text);
    const shown = (at: readonly [number, number?]) => {
      const { start, end } = places(at)!;
      return text.slice(start, end);
    };
    assert.equal(shown([0]), '"accuracy >= .8"');
    assert.equal(shown([1, 1]), '"recal of cat >= .7"');
    assert.equal(places([2]), undefined);
    assert.equal(expectationPlaces('{}')([0]), undefined);
  });

  it('name folders as the document does', () => {
    const document = stating(EXPECTATIONS);
    assert.ok(namedPaths(document).some(({ file, what }) => file === 'more' && what === 'folder'));
    const absolute = withPaths(document, (file) => `/data/${file}`);
    const group = (one: DocumentExpectation | undefined) =>
      typeof one === 'object' ? one.folder : undefined;
    assert.equal(group(absolute.expectations?.[1]), '/data/more');
    assert.equal(group(withPathsOf(absolute, document).expectations?.[1]), 'more');
  });

  it('follow a label that gets another name, and stay as they are written otherwise', () => {
    const next = withEdit(stating(EXPECTATIONS), { kind: 'rename', target: 0, label: 'house cat' });
    assert.deepEqual(next.expectations, [
      'accuracy >= .8',
      { ...(EXPECTATIONS[1] as object), expect: ['recall of house cat >= 0.7', 'recal of cat >= .7'] },
    ]);
  });
});
