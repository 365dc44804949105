import assert from 'node:assert/strict';
import { mergeSidecars } from '../../../src/core/backbones/backboneSidecar.ts';
import { readImageInput } from '../../../src/core/backbones/imageInput.ts';
import { inputSpec, missingFields } from '../../../src/core/backbones/inputSpec.ts';
import { parseBackboneSidecar } from '../../../src/core/backbones/parseBackboneSidecar.ts';
import { readStated } from '../../../src/core/backbones/readers/readers.ts';
import type { ModelPapers } from '../../../src/core/backbones/readers/reading.ts';
import { fillInput, inputBytes, inputView } from '../../../src/core/images/tensor.ts';
import { say } from '../../../src/core/text/text.ts';
import { damageJson } from '../damage/json.ts';
import { type FuzzTarget, mustBeFinite, orRefusal } from '../target.ts';

const own = {
  $schema: 'x',
  labels: ['cat', 'dog'],
  preprocessing: {
    rescale_factor: 1 / 255,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
    size: { shortest_edge: 12 },
    crop: { height: 8, width: 8 },
    resample: 'bicubic',
    channels: 'rgb',
  },
  output: 'logits',
};

/** The rest of what may be said of resize and crop. */
const placed = {
  labels: ['cat', 'dog'],
  preprocessing: {
    size: { height: 12, width: 12 },
    fit: 'letterbox',
    pad_color: [124, 116, 104],
    anchor: 'top-left',
    crop_first: 0.875,
    crop: 8,
    resample: 'lanczos',
    antialias: false,
    rounding: false,
    invert: true,
  },
};

const labels = ['cat', 'dog'];

/** What programs write into a model and beside it, in one text: files by their names, and metadata. */
const papers = [
  {
    files: {
      'config.json': { id2label: { 0: 'cat', 1: 'dog' }, label2id: { cat: 0, dog: 1 }, num_labels: 2 },
      'preprocessor_config.json': {
        image_processor_type: 'ConvNextImageProcessor',
        do_rescale: true,
        rescale_factor: 0.00392156862745098,
        do_normalize: true,
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
        do_resize: true,
        do_pad: true,
        size: { height: 8, width: 8, shortest_edge: 8, longest_edge: 8 },
        crop_size: { height: 8, width: 8 },
        do_center_crop: true,
        crop_pct: 0.875,
        resample: 3,
      },
    },
  },
  {
    files: {
      'config.json': {
        label_names: labels,
        pretrained_cfg: {
          mean: [0.485, 0.456, 0.406],
          std: [0.229, 0.224, 0.225],
          input_size: [3, 8, 8],
          crop_pct: 0.9,
          crop_mode: 'border',
          interpolation: 'bicubic',
        },
      },
    },
  },
  {
    files: {
      'signature.json': {
        filename: 'tiny.onnx',
        classes: { Label: labels },
        inputs: { Image: { shape: [null, 8, 8, 3] } },
      },
      'metadata.json': { tmVersion: '2.4', labels, imageSize: 8 },
      'cvexport.manifest': { DomainType: 'Classification', Platform: 'ONNX' },
      'metadata_properties.json': {
        'CustomVision.Preprocess.TargetHeight': '8',
        'CustomVision.Preprocess.NormalizeMean': '[0.1, 0.2, 0.3]',
      },
      'labels.txt': 'cat\ndog',
      'inference.yml':
        'PreProcess:\n  transform_ops:\n  - ResizeImage: {resize_short: 9, interpolation: bicubic}\n  - CropImage: {size: 8}\n  - NormalizeImage: {mean: [0, 0, 0], std: [1, 1, 1], scale: 1.0/255.0}\nPostProcess:\n  Topk: {label_list: [cat, dog]}\n',
    },
  },
  {
    metadata: {
      author: 'Ultralytics',
      task: 'classify',
      version: '8.0.1',
      names: `{0: 'cat', 1: "dog's"}`,
      imgsz: '[8, 8]',
      'Image.BitmapPixelFormat': 'Bgr8',
      'Image.NominalPixelRange': 'NominalRange_16_235',
      'model_info mean_values': '123.7 116.3 103.5',
      'model_info scale_values': '58.4 57.1 57.4',
      'model_info resize_type': 'fit_to_window',
      'model_info pad_value': '114',
      'model_info label_info': '{"label_names": ["cat", "dog"]}',
    },
  },
];

/** What is too deep to be written is nothing. */
function json(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(JSON.stringify(value));
  } catch {
    return '';
  }
}

/** Papers as a damaged text has them: what is no text is JSON. */
function papersOf(value: object): ModelPapers {
  const texts = (part: unknown) =>
    Object.entries(typeof part === 'object' && part !== null ? part : {}).map(
      ([name, one]) => [name, json(one)] as const,
    );
  const { files, metadata } = value as Record<string, unknown>;
  return {
    fileName: 'tiny.onnx',
    files: new Map(texts(files)),
    metadata: Object.fromEntries(texts(metadata)),
  };
}

const picture = { width: 8, height: 8, data: Uint8Array.from({ length: 192 }, (_, i) => i) };
const graph = readImageInput(
  { inputs: [{ name: 'image', type: 'float32', shape: ['N', 3, 8, 8] }], outputs: [] },
  'tiny',
);

/** What lies beside a model describes it in numbers that make an input, or is refused. */
export const descriptions: FuzzTarget = {
  name: 'descriptions',
  megabytes: 200,
  make: (random) => damageJson(random.chance(0.4) ? random.pick([own, placed]) : random.pick(papers), random),
  async check(input) {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(input));
    } catch {
      return;
    }
    const described = await orRefusal(() => {
      const isPapers =
        typeof value === 'object' && value !== null && ('files' in value || 'metadata' in value);
      if (!isPapers) return parseBackboneSidecar(value, 'tiny.backbone.json');
      const { sidecar, notes, by } = readStated(papersOf(value as object), graph);
      for (const text of [...notes, ...by.map(({ from }) => from)]) say(text);
      // What others wrote is held to the same as what a person writes.
      return parseBackboneSidecar(sidecar, 'papers');
    });
    if (!described) return;
    const sidecar = mergeSidecars({ labels: ['a', 'b'] }, described);
    missingFields(graph, sidecar);
    const names = sidecar.labels;
    if (Array.isArray(names)) for (const label of names) assert.equal(typeof label, 'string');
    await orRefusal(() => {
      const spec = inputSpec(graph, sidecar.preprocessing ?? {}, 'tiny');
      mustBeFinite(spec);
      const tensor = inputView(spec, new ArrayBuffer(inputBytes(spec)));
      fillInput(picture, spec, tensor);
      mustBeFinite(tensor, 'the input');
    });
  },
};
