import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClassificationRecord } from '../../../../src/core/runs/classificationRecord.ts';
import '../withFakeVscode.ts';

const { classifiedWords } = await import('../../../../src/host/runs/runWords.ts');

describe('What came of a classification, in a few words', () => {
  const record = { predictions: 72, total: 360 } as ClassificationRecord;

  it('says how many images there are, whether they were settled, and which split they are of', () => {
    assert.equal(classifiedWords(record), '72 of 360 images');
    const settling = { shown: true } as ClassificationRecord['settling'];
    assert.equal(classifiedWords({ ...record, settling }), '72 of 360 images, settled');
    assert.equal(
      classifiedWords({ ...record, settling, split: 'val' }),
      '72 of 360 images, settled, only val',
    );
  });
});
