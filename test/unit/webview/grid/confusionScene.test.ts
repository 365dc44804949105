import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { confusionScene } from '../../../../webview/common/grid/confusionScene.ts';

describe('the confusion of a validation', () => {
  const labels = ['cat', 'dog', 'owl'];
  const scene = confusionScene(labels, labels, Uint32Array.of(4, 1, 0, 0, 5, 0, 0, 0, 0));

  it('shades shares of the row, and writes counts', () => {
    assert.deepEqual([scene.shade(0, 0), scene.shade(0, 1), scene.shade(2, 2)], [0.8, 0.2, 0]);
    assert.deepEqual([scene.text(0, 1), scene.text(1, 0)], ['1', '']);
  });

  it('says cells and labels in words', () => {
    assert.equal(scene.describe(0, 1), 'true cat, predicted dog: 1 image, 20.0% of cat');
    assert.equal(scene.describe(2, 0), 'true owl, predicted cat: 0 images');
    assert.equal(scene.describe(1, -1), 'true dog: 5 images, recall 100.0%');
    assert.equal(scene.describe(-1, 1), 'predicted dog: 6 images, precision 83.3%');
  });

  it('has totals, recall and precision, and the accuracy where they meet', () => {
    const { ofRows, ofColumns, corner } = scene.summary!;
    const texts = (figures: typeof ofRows) => figures.map(({ text }) => labels.map((_, i) => text(i)));
    assert.deepEqual(texts(ofRows), [
      ['5', '5', '0'],
      ['80%', '100%', '–'],
    ]);
    assert.deepEqual(texts(ofColumns), [
      ['4', '6', '0'],
      ['100%', '83%', '–'],
    ]);
    assert.deepEqual([corner(0, 0), corner(1, 1), corner(0, 1)], ['10', '90%', '']);
  });

  it('knows which column is the label of a row, and that others have no precision', () => {
    const other = confusionScene(['dog'], ['cat', 'dog', 'undecided'], Uint32Array.of(1, 2, 1), () => 1);
    assert.equal(other.describe(0, -1), 'true dog: 4 images, recall 50.0%');
    assert.equal(other.describe(-1, 1), 'predicted dog: 2 images, precision 100.0%');
    assert.equal(other.describe(-1, 2), 'predicted undecided: 1 image');
  });

  it('says all of a cell between labels of any length, and nothing hidden in them', () => {
    const long = ['\u202egnp.tac', 'x'.repeat(300)];
    const odd = confusionScene(long, long, Uint32Array.of(4, 1, 2, 3));
    assert.equal(odd.describe(0, -1), 'true gnp.tac: 5 images, recall 80.0%');
    assert.ok(odd.describe(1, 1).length < 400, 'a screen reader is told the first 400 characters');
    assert.match(odd.describe(1, 1), /: 3 images, 60\.0% of x+…x+$/);
  });
});
