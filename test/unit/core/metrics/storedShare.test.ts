import assert from 'node:assert/strict';
import { it } from 'node:test';
import { storedShare } from '../../../../src/core/metrics/storedShare.ts';
import { percent } from '../../../../src/core/text/numbers.ts';

it('a share is said alike before and after a document kept it', () => {
  for (let images = 1; images <= 1000; images++)
    for (let right = 0; right <= images; right++) {
      const share = right / images;
      assert.equal(percent(storedShare(share)), percent(share), `${right} of ${images}`);
    }
});
