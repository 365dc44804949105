import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classificationReport } from '../../../../src/core/metrics/classification.ts';
import { MeasuredCount, tellingReport } from '../../../../src/core/metrics/measuredOn.ts';
import { measuredLines, measuredShare } from '../../../../src/core/metrics/measuredText.ts';
import { say } from '../../../../src/core/text/text.ts';
import { measuredOnAll } from '../../measuredOn.ts';

describe('what an accuracy is about', () => {
  const nothingAlike = () => [];

  it('is told by images, folders and labels', () => {
    const count = new MeasuredCount(['cat', 'dog', 'bird']);
    for (const folder of ['cat', 'Cat', 'cat']) count.add(folder, 0);
    count.add('dog', 1);
    count.add('dog', 1, { learned: true });
    count.add('fish', undefined, { images: 2 });
    count.add('Bird', undefined);
    const on = count.result(3, (folder) => (folder === 'Bird' ? [0, 2] : []));
    assert.deepEqual([on.images, on.measured, on.learned], [8, 4, 1]);
    assert.deepEqual(on.unmatched, [
      { folder: 'fish', images: 2 },
      { folder: 'Bird', images: 1, alike: ['cat', 'bird'] },
    ]);
    assert.deepEqual([on.unmatchedFolders, on.unmatchedImages], [2, 3]);
    assert.deepEqual([on.labels, on.labelsMeasured, on.labelsWithout], [3, 2, ['bird']]);
    assert.deepEqual([on.onlyLabel, on.withheld], [undefined, undefined]);
  });

  it('names no class folder where images lie directly in the folder that is classified', () => {
    const count = new MeasuredCount(['cat', 'dog']);
    count.add('photos', undefined, { images: 280 });
    count.add('fish', undefined, { images: 2 });
    const on = count.result(2, nothingAlike);
    const said = (folders?: readonly string[]) => measuredLines(on, folders).map((line) => say(line));
    assert.deepEqual(said(['/home/me/photos/']).slice(1), [
      'Not measured: no label matches these class folders: fish (2).',
    ]);
    assert.equal(
      said(['/home/me/photos/'])[0],
      'No class folder matches a target label, so accuracy is unknown.',
    );
    assert.deepEqual(said(['C:\\photos', '/me/fish']), [
      'No image has a true label, so accuracy is unknown.',
    ]);
    assert.match(said()[1], /photos \(280\)/);
  });

  it('names many folders and labels by part, and counts them all', () => {
    const count = new MeasuredCount(Array.from({ length: 1000 }, (_, i) => `label ${i}`));
    count.add('label 0', 0);
    for (let i = 0; i < 5000; i++) count.add(`folder ${i}`, undefined);
    const on = count.result(1000, nothingAlike);
    assert.deepEqual(
      [on.unmatched.length, on.unmatchedFolders, on.labelsWithout.length, on.labels - on.labelsMeasured],
      [200, 5000, 200, 999],
    );
  });

  it('is nothing where no label is known, or only one can be predicted', () => {
    const none = new MeasuredCount(['cat', 'dog']);
    none.add('fish', undefined);
    none.add('cat', 0, { learned: true });
    assert.equal(none.result(2, nothingAlike).withheld, 'no-truth');
    assert.deepEqual(
      measuredLines(none.result(2, nothingAlike)).map((line) => say(line))[0],
      'No accuracy: the only image with a true label was learned from.',
    );
    const one = new MeasuredCount(['cat']);
    one.add('cat', 0);
    const on = one.result(1, nothingAlike);
    assert.equal(on.withheld, 'one-label');
    const report = tellingReport(classificationReport([0], [0], 1), on);
    assert.deepEqual([report.accuracy, report.balancedAccuracy], [null, null]);
    assert.deepEqual(report.perClass, [{ images: 1, recall: null, precision: null, f1: null }]);
  });

  it('is one label where all images are of it: recall is measured, precision is not', () => {
    const count = new MeasuredCount(['cat', 'dog']);
    count.add('dog', 1, { images: 240 });
    const on = count.result(2, nothingAlike);
    assert.deepEqual([on.onlyLabel, on.withheld], ['dog', undefined]);
    const report = tellingReport(classificationReport([1, 1, 1, 1], [1, 1, 1, 0], 2), on);
    assert.equal(report.accuracy, 0.75);
    assert.deepEqual(report.perClass[1], { images: 4, recall: 0.75, precision: null, f1: null });
  });
});

it('an accuracy of a sample says how many were drawn, not how many could have been', () => {
  const on = measuredOnAll(320);
  assert.equal(say(measuredShare(on)), '320 images');
  assert.equal(say(measuredShare(on, 200)), '200 of 320 images');
  assert.equal(say(measuredShare({ ...on, images: 400 }, 320)), '320 of 400 images');
});
