import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figureRows, mappedWeight, points, pText, verdict } from '../../../../webview/compare/words.ts';
import { measuredOnAll } from '../../measuredOn.ts';

const figures = {
  images: 1200,
  judged: 1000,
  accuracy: 0.841,
  measuredOn: measuredOnAll(1000),
  balancedAccuracy: 0.8,
  reach: null,
};

describe('two alignments in words', () => {
  it('say which is better only when it is hardly chance', () => {
    const sure = verdict({ judged: 1000, onlyRight: [10, 40], p: 0.00001 });
    assert.match(
      sure,
      /only the first is right on 10, only the second on 40\. The second is better .*p < 0\.001/,
    );
    assert.match(verdict({ judged: 10, onlyRight: [2, 1], p: 1 }), /may be chance/);
  });

  it('say when nothing can be said', () => {
    assert.match(verdict({ judged: 0, onlyRight: [0, 0], p: null }), /No image has a true label/);
    assert.match(verdict({ judged: 1, onlyRight: [0, 0], p: 1 }), /right on the same images of 1 image\./);
  });

  it('have figures with their difference in points', () => {
    const [accuracy, , reach] = figureRows([figures, { ...figures, accuracy: 0.821 }]);
    assert.deepEqual(accuracy, ['Accuracy', '84.1%', '82.1%', '−2.0']);
    assert.deepEqual(reach, ['Reach (strongest source label is mapped)', '–', '–', '–']);
    assert.equal(points(0.5, 0.5), '±0.0');
    assert.equal(pText(0.0123), 'p = 0.012');
    assert.equal(mappedWeight(0), '–');
  });
});
