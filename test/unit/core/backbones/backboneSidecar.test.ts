import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergeSidecars } from '../../../../src/core/backbones/backboneSidecar.ts';
import { parseBackboneSidecar } from '../../../../src/core/backbones/parseBackboneSidecar.ts';
import { sidecarFromHuggingFace } from '../../../../src/core/backbones/readers/huggingFace.ts';
import { SemapError } from '../../../../src/core/errors.ts';

const full = {
  labels: 'imagenet-1k',
  preprocessing: {
    rescale_factor: 1 / 255,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
    size: { shortest_edge: 256 },
    crop: { height: 224, width: 224 },
    resample: 'bicubic',
    channels: 'bgr',
  },
  output: 'probabilities',
};

function refused(value: unknown): SemapError {
  try {
    parseBackboneSidecar(value, 'net.backbone.json');
  } catch (error) {
    assert.ok(error instanceof SemapError);
    assert.equal(error.reason, 'invalid-description');
    assert.match(error.message, /^net\.backbone\.json: /);
    return error;
  }
  throw new assert.AssertionError({ message: 'It was accepted.' });
}

describe('A sidecar', () => {
  test('is read as it stands when it is right', () => {
    assert.deepEqual(parseBackboneSidecar(full, 'x'), full);
    assert.deepEqual(parseBackboneSidecar({ $schema: 'x', labels: ['a', 'b'] }, 'x'), { labels: ['a', 'b'] });
    assert.deepEqual(parseBackboneSidecar({}, 'x'), {});
  });

  test('names the text encoder of a dual encoder, alone or with what is particular to it', () => {
    assert.deepEqual(parseBackboneSidecar({ text: 'text' }, 'x'), { text: { encoder: 'text' } });
    const text = { encoder: '../clip', templates: ['a {}', '{} drawn'], scale: 117.3, bias: -12.9 };
    assert.deepEqual(parseBackboneSidecar({ text }, 'x'), { text });
    assert.match(refused({ text: { encoder: 'a', templates: ['no place'] } }).message, /text\.templates/);
    assert.match(refused({ text: { encoder: 'a', scale: 0 } }).message, /text\.scale/);
    const templates = { text: { templates: ['{}'] } };
    assert.deepEqual(
      mergeSidecars({ text: { encoder: 'a', scale: 2 } }, parseBackboneSidecar(templates, 'x')),
      {
        text: { encoder: 'a', scale: 2, templates: ['{}'] },
      },
    );
    // What is said of one text encoder says nothing of another.
    assert.deepEqual(mergeSidecars({ text: { encoder: 'a', scale: 2 } }, { text: { encoder: 'b' } }), {
      text: { encoder: 'b' },
    });
  });

  test('says of an input all that exporters do', () => {
    const rare = {
      preprocessing: {
        image_mean: [0.5],
        image_std: [0.5],
        size: { longest_edge: 64 },
        fit: 'letterbox',
        pad_color: [114, 114, 114],
        anchor: 'top-left',
        crop_first: 0.875,
        crop_pct: 0.95,
        resample: 'lanczos',
        antialias: false,
        rounding: false,
        invert: true,
        channels: 'gray-alpha',
      },
      layout: 'nhwc',
      input_name: 'image:0',
      inputs: { training: 0, size: [[224, 224]] },
      output: 'sigmoid',
      output_name: 'head/logits',
      license: 'MIT',
    };
    assert.deepEqual(parseBackboneSidecar(rare, 'x'), rare);
    assert.deepEqual(parseBackboneSidecar({ inputs: { training: false } }, 'x'), { inputs: { training: 0 } });
    const scalars = { preprocessing: { image_mean: 0.5, pad_color: 114 } };
    assert.deepEqual(parseBackboneSidecar(scalars, 'x').preprocessing, { image_mean: [0.5], pad_color: 114 });
  });

  test("takes Pillow's numbers for filters, as preprocessor_config.json has them", () => {
    const { preprocessing } = parseBackboneSidecar({ preprocessing: { resample: 3 } }, 'x');
    assert.deepEqual(preprocessing, { resample: 'bicubic' });
    const filters = [0, 1, 2, 3, 4, 5].map(
      (resample) => parseBackboneSidecar({ preprocessing: { resample } }, 'x').preprocessing?.resample,
    );
    assert.deepEqual(filters, ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming']);
  });

  test('with a number that is none, or beyond its range, is refused by its name', () => {
    for (const [field, value] of [
      ['rescale_factor', 0],
      ['rescale_factor', -1],
      ['rescale_factor', 1e300],
      ['rescale_factor', 1e-300],
      ['rescale_factor', Number.NaN],
      ['rescale_factor', '1'],
      ['image_mean', [0, Number.NaN, 0]],
      ['image_mean', [0, 1e308, 0]],
      ['image_std', [1, 0, 1]],
      ['image_std', [1, 1, -1]],
      ['image_std', [1e-320, 1, 1]],
      ['image_std', [1, 1, Number.POSITIVE_INFINITY]],
      ['size', 1e9],
      ['size', 0],
      ['crop', { height: 1e300, width: 1 }],
    ] as const) {
      const { message } = refused({ preprocessing: { [field]: value } });
      assert.ok(message.includes(`"${field}`), message);
    }
  });

  for (const [written, meant, where] of [
    ['lables', 'labels', undefined],
    ['Preprocessing', 'preprocessing', undefined],
    ['mean', 'image_mean', 'preprocessing'],
    ['image_stds', 'image_std', 'preprocessing'],
    ['crop_size', 'crop', 'preprocessing'],
    ['chanels', 'channels', 'preprocessing'],
    ['rescaleFactor', 'rescale_factor', 'preprocessing'],
  ] as const) {
    test(`with "${written}" asks whether "${meant}" was meant`, () => {
      const error = refused(where ? { [where]: { [written]: 1 } } : { [written]: 1 });
      assert.ok(error.message.includes(`"${written}"`));
      assert.equal(error.hint, `Did you mean "${meant}"?`);
    });
  }

  test('with a field like no other lists the known ones', () => {
    assert.match(
      refused({ qqqqqqqqqqqq: 1 }).hint!,
      /labels, preprocessing, layout, .*output_name, license and text/,
    );
  });

  for (const wrong of [
    null,
    [],
    'labels',
    { labels: [] },
    { labels: [1] },
    { labels: ' ' },
    { output: 'softmax' },
    { preprocessing: { image_mean: [1, 2, 3, 4, 5] } },
    { preprocessing: { image_mean: [] } },
    { preprocessing: { image_std: [1, 0, 1] } },
    { preprocessing: { rescale_factor: 0 } },
    { preprocessing: { rescale_factor: '1/255' } },
    { preprocessing: { size: 0 } },
    { preprocessing: { size: { height: 224 } } },
    { preprocessing: { size: { shortest_edge: 256, height: 224 } } },
    { preprocessing: { crop: { height: 224, width: 1e9 } } },
    { preprocessing: { channels: 'RGB' } },
    { preprocessing: { size: { longest_edge: 256, shortest_edge: 224 } } },
    { preprocessing: { fit: 'contain' } },
    { preprocessing: { pad_color: [0, 0] } },
    { preprocessing: { pad_color: 256 } },
    { preprocessing: { crop_first: 0 } },
    { preprocessing: { crop_pct: 1.5 } },
    { preprocessing: { antialias: 'no' } },
    { layout: 'NCHW' },
    { input_name: '' },
    { inputs: [1] },
    { inputs: { training: 'no' } },
    { inputs: { size: Array(10_001).fill(1) } },
    { inputs: { deep: [[[[[[[[[1]]]]]]]]] } },
    { license: 1 },
    { preprocessing: { resample: 6 } },
  ])
    test(`${JSON.stringify(wrong)} is refused`, () => void refused(wrong));

  test('goes field by field before what lies under it', () => {
    const over = { preprocessing: { channels: 'rgb' as const }, output: 'logits' as const };
    const merged = mergeSidecars(parseBackboneSidecar(full, 'x'), over);
    assert.equal(merged.output, 'logits');
    assert.equal(merged.labels, 'imagenet-1k');
    assert.equal(merged.preprocessing?.channels, 'rgb');
    assert.equal(merged.preprocessing?.resample, 'bicubic');
  });
});

describe("Hugging Face's files say", () => {
  const vit = {
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    resample: 2,
    rescale_factor: 0.00392156862745098,
    size: { height: 224, width: 224 },
  };

  test('scaling, size, filter and labels', () => {
    assert.deepEqual(sidecarFromHuggingFace(vit, { id2label: { 0: 'cat', 1: 'dog' } }), {
      labels: ['cat', 'dog'],
      preprocessing: {
        rescale_factor: 0.00392156862745098,
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
        size: { height: 224, width: 224 },
        resample: 'bilinear',
        channels: 'rgb',
      },
    });
  });

  test('nothing about labels that were never named', () => {
    assert.equal(sidecarFromHuggingFace(vit, { id2label: { 0: 'LABEL_0', 1: 'LABEL_1' } }).labels, undefined);
  });

  test('that numbers without a name are unnamed labels', () => {
    const { labels } = sidecarFromHuggingFace(vit, { id2label: { 3: 'dog', 0: 'cat' } });
    assert.deepEqual(labels, ['cat', 'unnamed 1', 'unnamed 2', 'dog']);
  });

  test('the labels by label2id where that is all there is', () => {
    const { labels } = sidecarFromHuggingFace(vit, { label2id: { dog: 1, cat: '0' } });
    assert.deepEqual(labels, ['cat', 'dog']);
  });

  test('nothing about numbers that go nowhere', () => {
    assert.equal(sidecarFromHuggingFace(vit, { id2label: { 0: 'cat', 99999999: 'dog' } }).labels, undefined);
  });

  test("what timm's config.json says where there is no preprocessor", () => {
    const pretrained_cfg = {
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      input_size: [3, 224, 224],
      crop_pct: 0.9,
      interpolation: 'bicubic',
    };
    assert.deepEqual(sidecarFromHuggingFace(undefined, { pretrained_cfg }).preprocessing, {
      rescale_factor: 1 / 255,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      channels: 'rgb',
      size: { shortest_edge: 248 },
      crop: { height: 224, width: 224 },
      resample: 'bicubic',
    });
  });

  test('that pixels stay as they are where neither rescale nor normalize is done', () => {
    const { preprocessing } = sidecarFromHuggingFace({ do_rescale: false, do_normalize: false }, {});
    assert.deepEqual(
      [preprocessing?.rescale_factor, preprocessing?.image_mean, preprocessing?.image_std],
      [1, [0, 0, 0], [1, 1, 1]],
    );
  });

  test('a crop, a larger edge from crop_pct, and a flipped channel order', () => {
    const crop = sidecarFromHuggingFace(
      { size: 256, crop_size: 224, do_center_crop: true, do_flip_channel_order: true },
      {},
    ).preprocessing;
    assert.deepEqual(crop?.size, { shortest_edge: 256 });
    assert.deepEqual(crop?.crop, { height: 224, width: 224 });
    assert.equal(crop?.channels, 'bgr');
    const convnext = sidecarFromHuggingFace(
      { size: { shortest_edge: 224 }, crop_pct: 0.875 },
      {},
    ).preprocessing;
    assert.deepEqual(convnext?.size, { shortest_edge: 256 });
  });

  test('nothing of numbers that are none, or beyond their range: those are asked for', () => {
    const { preprocessing } = sidecarFromHuggingFace(
      {
        rescale_factor: 1e300,
        image_mean: [0, 1e308, 0],
        image_std: [1, 0, 1],
        size: { shortest_edge: 1e9 },
        crop_size: { height: 0, width: 224.5 },
      },
      undefined,
    );
    assert.deepEqual(preprocessing, { channels: 'rgb' });
    const timm = { mean: [0, 0, 0], std: [1, 0, 1], input_size: [3, 224, 224], crop_pct: 0.9 };
    assert.deepEqual(sidecarFromHuggingFace(undefined, { pretrained_cfg: timm }), {});
    const far = { ...timm, std: [1, 1, 1], crop_pct: 1e-300 };
    assert.equal(sidecarFromHuggingFace(undefined, { pretrained_cfg: far }).preprocessing?.size, undefined);
  });

  test('nothing of what they do not say', () => {
    assert.deepEqual(sidecarFromHuggingFace({}, undefined), { preprocessing: { channels: 'rgb' } });
  });
});
