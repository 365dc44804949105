import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type {
  BackboneSidecar,
  SidecarPreprocessing,
} from '../../../../src/core/backbones/backboneSidecar.ts';
import type { ImageInput } from '../../../../src/core/backbones/imageInput.ts';
import { sidecarFromHuggingFace } from '../../../../src/core/backbones/readers/huggingFace.ts';
import { namesInLiteral } from '../../../../src/core/backbones/readers/names.ts';
import { readStated, type Stated, statedIn } from '../../../../src/core/backbones/readers/readers.ts';
import { say } from '../../../../src/core/text/text.ts';

const open: ImageInput = { name: 'x', type: 'float32', layout: 'nchw', channels: 3 };

interface Written {
  readonly files?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly input?: Partial<ImageInput>;
}

/** What the readers make of files (objects are written as JSON) and of entries in the model. */
function stated({ files = {}, metadata = {}, input = {} }: Written): Stated {
  const texts = Object.entries(files).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return readStated({ fileName: 'model.onnx', metadata, files: new Map(texts) }, { ...open, ...input });
}

const preprocessing = (written: Written) => stated(written).sidecar.preprocessing ?? {};

describe('Names in Python or JSON', () => {
  for (const [text, names] of [
    [`{0: 'cat', 1: "dog's"}`, ['cat', "dog's"]],
    [
      String.raw`{0: 'l\'oiseau', 1: 'caf\xe9', 2: 'a\\b', 3: '\u732b', 4: '\U0001f408'}`,
      ["l'oiseau", 'café', String.raw`a\b`, '猫', '🐈'],
    ],
    [`{0: 'a "b"', 1: "say 'hi', ok: yes", 2: 'x}'}`, ['a "b"', "say 'hi', ok: yes", 'x}']],
    [String.raw`{0: 'two\nlines', 1: 'tab\tbed'}`, ['two lines', 'tab bed']],
    ["{0: 'two\nlines',\n 1: 'b',\n}", ['two lines', 'b']],
    ['{"0": "cat", "1": "dog"}', ['cat', 'dog']],
    ["['cat', \"dog\", u'cow']", ['cat', 'dog', 'cow']],
    ['{1: "b", 0: "a"}', ['a', 'b']],
    ['{0: 7, 1: 8}', ['7', '8']],
    ["{0: 'a', 2: 'c'}", ['a', 'unnamed 1', 'c']],
  ] as const)
    test(`${text.slice(0, 50)} are read`, () => assert.deepEqual(namesInLiteral(text), names));

  for (const text of [
    '',
    'cat, dog',
    "{0: 'cat'",
    "{0: 'cat', 0: 'dog'}",
    "{-1: 'a', 0: 'b'}",
    "{'cat': 0, 'dog': 1}",
    "[['a', 'b']]",
    "{0: 'cat', 1}",
    `{0: 'a', 99999999: 'b'}`,
    "['only']",
  ])
    test(`${JSON.stringify(text)} are none`, () => assert.equal(namesInLiteral(text), undefined));

  test('that are a mebibyte of backslashes end', () => {
    assert.equal(namesInLiteral(`['${'\\'.repeat(1 << 20)}`), undefined);
  });
});

describe('An image processor of transformers', () => {
  const of = (fields: Readonly<Record<string, unknown>>): SidecarPreprocessing =>
    sidecarFromHuggingFace({ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], ...fields }, {})
      .preprocessing ?? {};

  test('that says nothing of the factor divides by 255, as all of them do', () => {
    assert.equal(of({ feature_extractor_type: 'ViTFeatureExtractor', size: 224 }).rescale_factor, 1 / 255);
    assert.equal(of({ size: 224 }).rescale_factor, undefined);
  });

  test('takes a number as both edges or as the shortest, by its kind', () => {
    const deit = of({
      feature_extractor_type: 'DeiTFeatureExtractor',
      size: 256,
      crop_size: 224,
      do_center_crop: true,
    });
    assert.deepEqual(
      [deit.size, deit.crop],
      [
        { height: 256, width: 256 },
        { height: 224, width: 224 },
      ],
    );
    const clip = of({ feature_extractor_type: 'CLIPFeatureExtractor', size: 224, crop_size: 224 });
    assert.deepEqual(
      [clip.size, clip.crop, clip.resample],
      [{ shortest_edge: 224 }, { height: 224, width: 224 }, 'bicubic'],
    );
  });

  test('of ConvNeXt crops a share below 384 px, and squashes from there on', () => {
    const small = of({
      image_processor_type: 'ConvNextImageProcessor',
      size: { shortest_edge: 224 },
      crop_pct: 0.875,
    });
    assert.deepEqual([small.size, small.crop], [{ shortest_edge: 256 }, { height: 224, width: 224 }]);
    const large = of({
      image_processor_type: 'ConvNextImageProcessorFast',
      size: { shortest_edge: 384 },
      crop_pct: 1,
    });
    assert.deepEqual([large.size, large.crop], [{ height: 384, width: 384 }, undefined]);
  });

  test('of EfficientNet divides by the deviation twice, and may subtract one', () => {
    const plain = of({
      image_processor_type: 'EfficientNetImageProcessor',
      size: { height: 224, width: 224 },
      resample: 0,
    });
    assert.deepEqual(
      [plain.image_mean, plain.image_std, plain.resample],
      [[0.5, 0.5, 0.5], [0.25, 0.25, 0.25], 'nearest'],
    );
    const offset = of({
      image_processor_type: 'EfficientNetImageProcessor',
      rescale_factor: 1 / 127.5,
      rescale_offset: true,
      include_top: false,
    });
    assert.deepEqual(
      [offset.image_mean, offset.image_std],
      [
        [1.5, 1.5, 1.5],
        [0.5, 0.5, 0.5],
      ],
    );
  });

  test('of Perceiver crops first', () => {
    const { crop_first, size, crop } = of({
      feature_extractor_type: 'PerceiverFeatureExtractor',
      size: 224,
      crop_size: 256,
    });
    assert.deepEqual([crop_first, size, crop], [224 / 256, { height: 224, width: 224 }, undefined]);
  });

  test('of LeViT and MobileViT', () => {
    assert.deepEqual(
      of({ image_processor_type: 'LevitImageProcessor', size: { shortest_edge: 224 }, crop_size: 224 }).size,
      { shortest_edge: 256 },
    );
    const mobile = sidecarFromHuggingFace(
      { feature_extractor_type: 'MobileViTFeatureExtractor', size: 288, crop_size: 256 },
      {},
    );
    assert.deepEqual(mobile.preprocessing, {
      rescale_factor: 1 / 255,
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
      size: { shortest_edge: 288 },
      crop: { height: 256, width: 256 },
      resample: 'bilinear',
      channels: 'bgr',
    });
  });

  test('that pads fits the whole picture, at the top left, in the color of its mean', () => {
    const padded = of({ do_pad: true, rescale_factor: 1 / 255, size: { longest_edge: 224 } });
    assert.deepEqual(
      [padded.size, padded.fit, padded.anchor, padded.pad_color],
      [{ height: 224, width: 224 }, 'letterbox', 'top-left', [128, 128, 128]],
    );
    assert.equal(of({ size: { max_height: 64, max_width: 64 } }).fit, 'letterbox');
  });

  test('of one channel is gray', () => {
    assert.equal(of({ image_mean: [0.5], image_std: [0.5] }).channels, 'gray');
  });
});

describe("timm's configuration", () => {
  const cfg = {
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    input_size: [3, 224, 224],
    crop_pct: 0.9,
    interpolation: 'bicubic',
  };
  const of = (config: Readonly<Record<string, unknown>>) =>
    preprocessing({ files: { 'config.json': config } });

  test('is read from pretrained_cfg, from the first level, and from the processor of transformers', () => {
    for (const files of [
      { 'config.json': { pretrained_cfg: cfg } },
      { 'config.json': cfg },
      {
        'config.json': {},
        'preprocessor_config.json': {
          image_processor_type: 'TimmWrapperImageProcessor',
          pretrained_cfg: cfg,
        },
      },
    ])
      assert.deepEqual(preprocessing({ files }).size, { shortest_edge: 248 });
  });

  test('squashes, or pads with its mean, where it says so', () => {
    assert.deepEqual(of({ ...cfg, crop_mode: 'squash', crop_pct: 1 }).size, { height: 224, width: 224 });
    const border = of({ ...cfg, crop_mode: 'border', crop_pct: 1, interpolation: 'lanczos' });
    assert.deepEqual(
      [border.fit, border.pad_color, border.resample],
      ['letterbox', [128, 128, 128], 'lanczos'],
    );
    const cropped = of({ ...cfg, crop_mode: 'border' });
    assert.deepEqual([cropped.size, cropped.crop], [{ longest_edge: 248 }, { height: 224, width: 224 }]);
  });

  test('names the labels', () => {
    const { sidecar } = stated({ files: { 'config.json': { ...cfg, label_names: ['cat', 'dog'] } } });
    assert.deepEqual(sidecar.labels, ['cat', 'dog']);
  });

  test('of another size than the graph keeps its share of the picture, and says so', () => {
    const { sidecar, notes } = stated({ files: { 'config.json': cfg }, input: { height: 288, width: 288 } });
    assert.equal(sidecar.preprocessing?.size, undefined);
    assert.ok(Math.abs((sidecar.preprocessing?.crop_pct ?? 0) - 224 / 248) < 1e-9);
    assert.match(say(notes[0]), /config\.json gives images of 224 x 224 px, the graph takes 288 x 288/);
  });
});

describe('Ultralytics', () => {
  const metadata = {
    author: 'Ultralytics',
    task: 'classify',
    version: '8.3.40',
    names: `{0: 'cat', 1: "dog's"}`,
    imgsz: '[224, 224]',
  };

  test('says all: the shortest edge, a crop, 0 to 1, and the names', () => {
    const { sidecar, by } = stated({ metadata });
    assert.deepEqual(sidecar.labels, ['cat', "dog's"]);
    assert.deepEqual(sidecar.preprocessing, {
      rescale_factor: 1 / 255,
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
      channels: 'rgb',
      resample: 'bilinear',
      crop_pct: 1,
      size: { shortest_edge: 224 },
      crop: { height: 224, width: 224 },
    });
    assert.deepEqual(
      by.map(({ from, parts }) => [say(from), parts]),
      [['metadata of Ultralytics 8.3.40', ['labels', 'scaling', 'channels', 'size']]],
    );
  });

  test('8.0 cut the square first, without antialiasing; YOLOv5 took the ImageNet mean', () => {
    const early = preprocessing({ metadata: { ...metadata, version: '8.0.99' } });
    assert.deepEqual(
      [early.crop_first, early.antialias, early.size],
      [1, false, { height: 224, width: 224 }],
    );
    const yolo5 = preprocessing({ metadata: { stride: '32', names: metadata.names } });
    assert.deepEqual([yolo5.crop_first, yolo5.image_mean], [1, [0.485, 0.456, 0.406]]);
  });

  test('of another task says nothing of how a classifier is fed', () => {
    assert.equal(stated({ metadata: { ...metadata, task: 'detect' } }).sidecar.preprocessing, undefined);
  });
});

describe('What programs write about a model', () => {
  test('is how Windows ML is to bind the picture', () => {
    const of = (format: string, range: string) =>
      preprocessing({
        metadata: { 'Image.BitmapPixelFormat': format, 'Image.NominalPixelRange': range },
        input: { channels: format === 'Gray8' ? 1 : 3 },
      });
    assert.deepEqual(
      [of('Gray8', 'NominalRange_0_255').channels, of('Gray8', 'NominalRange_0_255').rescale_factor],
      ['gray', 1],
    );
    assert.deepEqual(
      [of('Bgr8', 'Normalized_1_1').channels, of('Bgr8', 'Normalized_1_1').image_mean],
      ['bgr', [1, 1, 1]],
    );
    const studio = of('Rgb8', 'NominalRange_16_235');
    assert.equal(255 * studio.rescale_factor! - studio.image_mean![0], 235);
    assert.deepEqual(of('Yuy2', 'other'), {});
    const linear = stated({
      metadata: { 'Image.BitmapPixelFormat': 'Rgb8', 'Image.ColorSpaceGamma': 'Linear' },
    });
    assert.match(say(linear.notes[0]), /linear light/);
  });

  test('is an export of Custom Vision, which squashes', () => {
    const { sidecar } = stated({
      files: {
        'cvexport.manifest': { DomainType: 'Classification', Platform: 'ONNX' },
        'labels.txt': 'cat\r\ndog\r\n',
      },
      metadata: { 'Image.BitmapPixelFormat': 'Bgr8', 'Image.NominalPixelRange': 'NominalRange_0_255' },
    });
    assert.deepEqual(sidecar.labels, ['cat', 'dog']);
    const { channels, rescale_factor, fit, resample } = sidecar.preprocessing ?? {};
    assert.deepEqual([channels, rescale_factor, fit, resample], ['bgr', 1, 'squash', 'bicubic']);
    const plain = preprocessing({
      files: {
        'metadata_properties.json': {
          'CustomVision.Metadata.Version': '1.1',
          'CustomVision.Preprocess.NormalizeMean': '[0.1, 0.2, 0.3]',
        },
      },
    });
    assert.deepEqual([plain.rescale_factor, plain.image_mean], [1 / 255, [0.1, 0.2, 0.3]]);
  });

  test('is a signature of Lobe, for the file that it names', () => {
    const signature = (filename: string) => ({
      filename,
      classes: { Label: ['cat', 'dog'] },
      inputs: { Image: { name: 'x', shape: [null, 224, 224, 3] } },
    });
    const { sidecar } = stated({ files: { 'signature.json': signature('model.onnx') } });
    assert.deepEqual(sidecar.labels, ['cat', 'dog']);
    assert.deepEqual(
      [sidecar.preprocessing?.crop_first, sidecar.preprocessing?.size],
      [1, { height: 224, width: 224 }],
    );
    assert.deepEqual(stated({ files: { 'signature.json': signature('other.onnx') } }).sidecar, {});
  });

  test('is the metadata of Teachable Machine', () => {
    const { sidecar } = stated({
      files: { 'metadata.json': { tmVersion: '2.4.5', labels: ['Class 1', 'Class 2'], imageSize: 224 } },
    });
    const { rescale_factor, image_mean, crop_first, resample } = sidecar.preprocessing ?? {};
    assert.deepEqual(
      [rescale_factor, image_mean, crop_first, resample],
      [1 / 127.5, [1, 1, 1], 1, 'lanczos'],
    );
    assert.deepEqual(stated({ files: { 'metadata.json': { labels: ['a', 'b'] } } }).sidecar, {});
  });

  test('is the inference.yml of PaddleClas, whose quotients are texts', () => {
    const yaml = `
PreProcess:
  transform_ops:
  - ResizeImage: {resize_short: 256, interpolation: bicubic, backend: pil}
  - CropImage: {size: 224}
  - NormalizeImage: {channel_num: 3, mean: [0.485, 0.456, 0.406], order: '', scale: 1.0/255.0, std: [0.229, 0.224, 0.225]}
  - ToCHWImage: null
PostProcess:
  Topk: {topk: 5, label_list: [cat, dog]}
`;
    const { sidecar } = stated({ files: { 'inference.yml': yaml } });
    assert.deepEqual(sidecar.labels, ['cat', 'dog']);
    assert.deepEqual(sidecar.preprocessing, {
      channels: 'rgb',
      resample: 'bicubic',
      antialias: true,
      size: { shortest_edge: 256 },
      crop: { height: 224, width: 224 },
      rescale_factor: 1 / 255,
      image_mean: [0.485, 0.456, 0.406],
      image_std: [0.229, 0.224, 0.225],
    });
  });

  test('is what OpenVINO calls model_info', () => {
    const { sidecar } = stated({
      metadata: {
        'model_info mean_values': '123.675 116.28 103.53',
        'model_info scale_values': '58.395 57.12 57.375',
        'model_info resize_type': 'fit_to_window_letterbox',
        'model_info pad_value': '114',
        'model_info labels': 'traffic_light dog',
      },
    });
    assert.deepEqual(sidecar.labels, ['traffic light', 'dog']);
    const { rescale_factor, image_mean, fit, pad_color } = sidecar.preprocessing ?? {};
    assert.deepEqual(
      [rescale_factor, image_mean, fit, pad_color],
      [1, [123.675, 116.28, 103.53], 'letterbox', 114],
    );
  });

  test('is a list of names under a key that says so', () => {
    for (const [key, value] of [
      ['classes', 'cat,dog'],
      ['class_names', '["cat", "dog"]'],
      ['labels', 'cat\ndog'],
    ])
      assert.deepEqual(stated({ metadata: { [key]: value } }).sidecar.labels, ['cat', 'dog']);
    assert.deepEqual(stated({ metadata: { classes: '10', author: 'cat,dog' } }).sidecar, {});
  });

  test('is nothing where it is damaged, hostile or out of range', () => {
    for (const text of ['', '{', 'null', '[]', '{"a":'.repeat(10_000), '- '.repeat(10_000), '\u0000'])
      for (const name of [
        'config.json',
        'signature.json',
        'metadata.json',
        'inference.yml',
        'cvexport.manifest',
        'labels.txt',
      ])
        assert.deepEqual(stated({ files: { [name]: text } }).sidecar, {}, name);
    const odd = { toString: 1, valueOf: 1 };
    for (const [name, fields] of [
      ['preprocessor_config.json', { image_processor_type: odd }],
      ['metadata.json', { packageName: odd, labels: ['a', 'b'] }],
      ['cvexport.manifest', { DomainType: odd, Platform: odd }],
    ] as const)
      assert.doesNotThrow(() => stated({ files: { [name]: fields } }));
    const { sidecar, notes } = stated({
      metadata: {
        'model_info labels': 'a b',
        'model_info pad_value': '99',
        'model_info scale_values': '0 0 0',
        'model_info mean_values': '1e300',
      },
    });
    assert.deepEqual(sidecar.preprocessing?.image_std, [1, 1, 1]);
    assert.deepEqual(notes, []);
    assert.deepEqual(
      stated({ metadata: JSON.parse('{"__proto__": "x", "constructor": "cat,dog"}') }).sidecar,
      {},
    );
  });

  test('is told by part, the surer file before the other', () => {
    const { sidecar, by } = stated({
      files: { 'config.json': { id2label: { 0: 'cat', 1: 'dog' } } },
      metadata: { 'Image.BitmapPixelFormat': 'Bgr8', names: "{0: 'a', 1: 'b'}" },
    });
    assert.deepEqual([sidecar.labels, sidecar.preprocessing], [['cat', 'dog'], { channels: 'bgr' }]);
    assert.deepEqual(
      by.map(({ from, parts }) => [say(from), parts]),
      [
        ['metadata of the file (Bgr8)', ['channels']],
        ['config.json', ['labels']],
      ],
    );
  });

  test('is told only where nobody says it otherwise', () => {
    const all = stated({ metadata: { 'Image.BitmapPixelFormat': 'Bgr8', names: "{0: 'a', 1: 'b'}" } });
    const parts = (known: BackboneSidecar) => statedIn(all, known).flatMap((one) => one.parts);
    assert.deepEqual(parts(all.sidecar), ['channels', 'labels']);
    assert.deepEqual(parts({ ...all.sidecar, labels: ['x', 'y'] }), ['channels']);
    assert.deepEqual(parts({ labels: all.sidecar.labels, preprocessing: { channels: 'rgb' } }), ['labels']);
  });
});
