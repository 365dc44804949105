import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withExpectation } from '../../../../src/core/expectations/addedExpectation.ts';
import { expectationText } from '../../../../src/core/expectations/expectation.ts';
import type { JudgedImages } from '../../../../src/core/expectations/judge.ts';
import type { DocumentExpectation } from '../../../../src/core/expectations/statedExpectations.ts';
import { ofLabel, suggestedExpectations } from '../../../../src/core/expectations/suggestedExpectations.ts';
import { wilson } from '../../../../src/core/metrics/significance.ts';

const LABELS = ['cat', 'sports car'];

/** 90 cats, 9 of which are taken for cars, and 10 cars; one image of no label. */
const images: JudgedImages = {
  labels: LABELS,
  images: Array.from({ length: 101 }, (_, i) => ({
    path: `/photos/${i}.jpg`,
    name: `${i}.jpg`,
    target: i < 81 || i === 100 ? 0 : 1,
    confidence: 0.5,
    truth: i < 90 ? 0 : i < 100 ? 1 : -1,
  })),
  unread: [],
  measuredOn: { learned: 0 },
};

describe('Suggested expectations', () => {
  const texts = (...args: Parameters<typeof suggestedExpectations>) =>
    suggestedExpectations(...args).map(({ expectation }) => expectationText(expectation));

  it('bound figures by the lower end of their interval, and hold now', () => {
    const all = suggestedExpectations(images);
    const floor = (share: number) => Math.floor(100 * share) / 100;
    const [accuracy, balanced, ...counts] = texts(images);
    assert.equal(accuracy, `accuracy >= ${floor(wilson(0.91, 100).low)}`);
    assert.match(balanced, /^balanced accuracy >= 0\.\d+$/);
    assert.deepEqual(counts, ['at most 0 unread', 'at most 0 undecided', 'at least 100 measured']);
    assert.deepEqual(new Set(all.map(({ verdict }) => verdict.status)), new Set(['passed']));
  });

  it('begin with the label or the image that a person looks at', () => {
    const [recall, precision, f1, share] = texts(images, { label: 'sports car' });
    assert.match(recall, /^recall of sports car >= 0\.\d+$/);
    assert.match(precision, /^precision of sports car >= 0\.3\d?$/);
    assert.match(f1, /^F1 of sports car >= /);
    assert.equal(share, `share of sports car <= ${Math.ceil(100 * wilson(19 / 101, 101).high) / 100}`);
    assert.deepEqual(texts(images, { image: '85.jpg' }).slice(0, 2), [
      'never sports car for 85.jpg',
      'always cat for 85.jpg',
    ]);
    const [wrong] = suggestedExpectations(images, { image: '85.jpg' });
    assert.equal(wrong.verdict.status, 'failed', 'today it is taken for a car');
    assert.deepEqual(texts(images, { image: '3.jpg' }).slice(0, 2), [
      'always cat for 3.jpg',
      'never cat for 3.jpg',
    ]);
    assert.deepEqual(texts(images, { image: 'gone.jpg' }), texts(images));
  });

  it('say nothing of what the images do not tell', () => {
    const unknown = { ...images, images: images.images.map((one) => ({ ...one, truth: -1 })) };
    assert.deepEqual(texts(unknown), ['at most 0 unread', 'at most 0 undecided']);
    assert.deepEqual(
      ofLabel('cat', unknown).map(({ expectation }) => expectation.kind === 'label' && expectation.figure),
      ['share'],
    );
  });
});

describe('Adding an expectation to those of a document', () => {
  it('puts it beside others about the same images, once', () => {
    const before: DocumentExpectation[] = [
      'accuracy >= .8',
      { folder: 'photos', settled: true, expect: ['at most 5 unread'] },
    ];
    const plain = withExpectation(before, 'at most 0 unread', {});
    assert.deepEqual(plain, [before[0], 'at most 0 unread', before[1]]);
    assert.equal(withExpectation(before, 'accuracy >= .8', { settled: false }), before);
    const resolve = (folder: string) => folder.replace(/^\/work\//, '');
    const same = { folder: '/work/photos', settled: true };
    assert.deepEqual(withExpectation(before, 'accuracy >= .9', same, resolve), [
      before[0],
      { folder: 'photos', settled: true, expect: ['at most 5 unread', 'accuracy >= .9'] },
    ]);
    assert.equal(withExpectation(before, 'at most 5 unread', same, resolve), before);
    assert.deepEqual(
      withExpectation(before, 'accuracy >= .9', { folder: 'photos', split: 'test', layout: 'nested:2' }),
      [...before, { folder: 'photos', layout: 'nested:2', split: 'test', expect: ['accuracy >= .9'] }],
    );
    assert.deepEqual(withExpectation([], 'accuracy >= .9', { settled: true }), [
      { settled: true, expect: ['accuracy >= .9'] },
    ]);
  });
});
