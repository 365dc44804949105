import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  likelihoods,
  preparationSigns,
  type ViewLogits,
} from '../../../../src/core/backbones/preparationSigns.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const IMAGES = 12;
const CLASSES = 10;
const views = (logit: (view: number, image: number, label: number) => number): ViewLogits =>
  [0, 1, 2].map((view) =>
    Array.from({ length: IMAGES }, (_, image) =>
      Float32Array.from({ length: CLASSES }, (_, label) => logit(view, image, label)),
    ),
  );
const random = seededRandom(1);
const noise = () => random() - 0.5;
/** Each image has its class in every view. */
const seeing = views((_, image, label) => (image % CLASSES === label ? 6 : 0) + noise());
/** Sure of one class whatever it sees. */
const stubborn = views((_, _image, label) => (label === 3 ? 9 : 0) + noise());
/** Sure of another class for each view. */
const erratic = views(() => 12 * noise());
const evidence = (...all: readonly ViewLogits[]) =>
  all.map((one) => ({ signs: preparationSigns(one), prior: 1 }));

describe('signs of a right preparation', () => {
  it('prefer answers that are the same for views of an image and differ between images', () => {
    const [right, ...wrong] = likelihoods(evidence(seeing, stubborn, erratic));
    assert.ok(right > 0.95, String(right));
    assert.ok(Math.abs(right + wrong[0] + wrong[1] - 1) < 1e-9);
  });

  it('are the same for logits of another scale, but for what sharp answers share', () => {
    const scaled = views((view, image, label) => 100 * seeing[view][image][label]);
    const [one, other] = [preparationSigns(seeing), preparationSigns(scaled)];
    assert.ok(Math.abs(one.apart - other.apart) < 0.01);
    assert.ok(Math.abs(one.steadiness - other.steadiness) < 0.01);
  });

  it('bear answers that are all equal, and a thousand classes', () => {
    const flat = preparationSigns(views(() => 0));
    assert.ok(Object.values(flat).every(Number.isFinite));
    const many = [0, 1].map(() => [0, 1, 2].map(() => new Float32Array(1000).map(noise)));
    assert.ok(Object.values(preparationSigns(many)).every(Number.isFinite));
  });
});

describe('likelihoods of preparations', () => {
  const signs = preparationSigns(seeing);
  const right = (count: number) => Array.from({ length: 40 }, (_, i) => i < count);

  it('follow accuracy where one is better than chance explains, and signs and prior where it is not', () => {
    const [better] = likelihoods([
      { signs, prior: 1, right: right(26) },
      { signs, prior: 3, right: right(10) },
    ]);
    assert.ok(better > 0.99);
    const [near] = likelihoods([
      { signs, prior: 1, right: right(26) },
      { signs, prior: 3, right: right(25) },
    ]);
    assert.ok(near < 0.5);
  });
});
