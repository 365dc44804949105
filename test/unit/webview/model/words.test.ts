import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InputSpec, Preprocessing } from '../../../../src/core/images/preprocessing.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { ModelFileOutline, ModelReport } from '../../../../src/protocol/backbones.ts';
import {
  missingWords,
  originOf,
  parametersText,
  placingWords,
  promptWords,
  scalingWords,
  shapeText,
  variableWords,
  whatItIs,
} from '../../../../webview/model/words.ts';

const input = {
  name: 'image',
  type: 'float32',
  layout: 'nchw',
  channels: 3,
  height: 224,
  width: 224,
} as const;
const imagenet: Preprocessing = {
  size: { shortestEdge: 256 },
  crop: { height: 224, width: 224 },
  resample: 'bilinear',
  rescaleFactor: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  channels: 'rgb',
};
const outline = {
  nodes: 65,
  outputs: [{ name: 'scores', type: 'float32', shape: ['N', 1000] }],
} as unknown as ModelFileOutline;
const reportOf = (more: object, known = {}, of: object = input) =>
  ({ outline, origins: [], inspection: { input: of, known }, ...more }) as unknown as ModelReport;

describe('A model file in words', () => {
  it('is what it is in one sentence, as far as that is known', () => {
    assert.equal(whatItIs(outline, undefined), 'An ONNX model of 65 operators.');
    assert.equal(
      whatItIs(outline, reportOf({})),
      'An image classifier: it takes color images of 224 x 224 px and gives the scores of 1,000 classes.',
    );
    const described = {
      input: { preprocessing: imagenet } as InputSpec,
      labels: { count: 3, first: [], name: '' },
    };
    assert.match(whatItIs(outline, reportOf(described)), /takes RGB images .* scores of 3 classes\.$/);
    const open = { ...input, height: undefined, width: undefined, channels: 1 };
    assert.match(whatItIs(outline, reportOf({}, {}, open)), /takes gray images of any size and/);
    const silent = { ...outline, outputs: [{ name: 'y', type: 'float32', shape: ['N', ''] }] };
    assert.match(whatItIs(silent, reportOf({ outline: silent })), /gives class scores\.$/);
    assert.match(whatItIs(outline, reportOf({}, { text: {} })), /^An image encoder: .* any labels\.$/);
    const none = whatItIs(outline, reportOf({ inspection: undefined }));
    assert.equal(none, 'An ONNX model, but not an image classifier that SeMap can reuse.');
  });

  it('has shapes in which what varies shows', () => {
    assert.equal(shapeText({ name: '', type: 'float32', shape: ['N', 3, '', 224] }), '[N, 3, ?, 224]');
    assert.equal(shapeText({ name: '', type: 'float32', shape: [] }), '[]');
    assert.equal(variableWords(input), '224 x 224 px, any number of images at a time');
    assert.equal(variableWords({ ...input, fixedBatch: 1 }), '224 x 224 px, 1 image at a time');
    const open = { ...input, height: undefined, width: undefined, fixedBatch: 8 };
    assert.equal(variableWords(open), 'Any size, 8 images at a time');
  });

  it('is fed by steps that can be followed', () => {
    assert.equal(
      placingWords(imagenet),
      'resize the shortest edge to 256 px (bilinear), crop 224 x 224 px from the center',
    );
    const boxed = {
      ...imagenet,
      size: { height: 32, width: 64 },
      crop: undefined,
      fit: 'letterbox',
    } as const;
    assert.equal(placingWords(boxed), 'fit into 64 x 32 px (bilinear)');
    assert.equal(scalingWords(imagenet), '(pixel / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]');
    const plain = { mean: [0, 0, 0], std: [1, 1, 1] };
    assert.equal(scalingWords({ ...imagenet, ...plain }), 'pixel / 255');
    assert.equal(scalingWords({ ...imagenet, ...plain, rescaleFactor: 1 }), 'pixel');
    const even = { rescaleFactor: 1 / 127.5, mean: [1, 1, 1], std: [1, 1, 1] };
    assert.equal(scalingWords({ ...imagenet, ...even }), 'pixel x 0.007843 - 1');
    const swapped = scalingWords({ ...imagenet, ...plain, rescaleFactor: 1, inverted: true });
    assert.equal(swapped, 'pixel, light and dark swapped first');
  });

  it('says who says what, and what nobody says', () => {
    const origins = [{ from: phrase('{0}', 'config.json'), parts: ['labels'] }] as const;
    assert.equal(originOf({ origins }, 'labels'), 'config.json');
    assert.equal(originOf({ origins }, 'scaling'), undefined);
    assert.equal(
      missingWords(['labels', 'rescale_factor', 'image_mean', 'image_std', 'inputs.mask']),
      'the labels, how pixels are scaled and the input mask',
    );
  });

  it('can be prompted, cannot and why, or was never looked at', () => {
    const details = { promptable: true, parameters: 1, installed: false, stated: [], notes: [], devices: [] };
    assert.equal(promptWords(undefined), undefined);
    assert.equal(promptWords(details), 'Can be trained');
    const whyNotPromptable = phrase('no gradient through {0}', 'Det');
    assert.equal(
      promptWords({ ...details, promptable: false, whyNotPromptable }),
      'Cannot be trained: no gradient through Det',
    );
  });

  it('has so many parameters', () => {
    assert.deepEqual([0, 5994, 3_487_816, 1_200_000_000].map(parametersText), [
      '0',
      '5,994',
      '3.49 million',
      '1.20 billion',
    ]);
  });
});
