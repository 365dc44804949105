import assert from 'node:assert/strict';
import { mergeSidecars } from '../../../src/core/backbones/backboneSidecar.ts';
import { readImageInput } from '../../../src/core/backbones/imageInput.ts';
import { inputSpec, missingFields } from '../../../src/core/backbones/inputSpec.ts';
import { parseBackboneSidecar } from '../../../src/core/backbones/parseBackboneSidecar.ts';
import { sidecarFromHuggingFace } from '../../../src/core/backbones/readers/huggingFace.ts';
import { fillInput, inputBytes, inputView } from '../../../src/core/images/tensor.ts';
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

/** `config.json` and `preprocessor_config.json` in one text. */
const huggingFace = [
  {
    config: { id2label: { 0: 'cat', 1: 'dog' }, label2id: { cat: 0, dog: 1 }, num_labels: 2 },
    preprocessor: {
      do_rescale: true,
      rescale_factor: 0.00392156862745098,
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      do_resize: true,
      size: { height: 8, width: 8 },
      crop_size: { height: 8, width: 8 },
      do_center_crop: true,
      crop_pct: 0.875,
      resample: 3,
    },
  },
  {
    config: {
      label_names: ['cat', 'dog'],
      pretrained_cfg: {
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        input_size: [3, 8, 8],
        crop_pct: 0.9,
        interpolation: 'bicubic',
      },
    },
  },
];

const picture = { width: 8, height: 8, data: Uint8Array.from({ length: 192 }, (_, i) => i) };
const graph = readImageInput(
  { inputs: [{ name: 'image', type: 'float32', shape: ['N', 3, 8, 8] }], outputs: [] },
  'tiny',
);

/** What lies beside a model describes it in numbers that make an input, or is refused. */
export const descriptions: FuzzTarget = {
  name: 'descriptions',
  megabytes: 200,
  make: (random) =>
    damageJson(random.chance(0.5) ? random.pick([own, placed]) : random.pick(huggingFace), random),
  async check(input) {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(input));
    } catch {
      return;
    }
    const described = await orRefusal(() => {
      const fields = value as Record<string, unknown>;
      const isPair = typeof value === 'object' && value !== null && 'config' in value;
      if (!isPair) return parseBackboneSidecar(value, 'tiny.backbone.json');
      // What others wrote is held to the same as what a person writes.
      return parseBackboneSidecar(
        sidecarFromHuggingFace(fields['preprocessor'], fields['config']),
        'config.json',
      );
    });
    if (!described) return;
    const sidecar = mergeSidecars({ labels: ['a', 'b'] }, described);
    missingFields(graph, sidecar);
    const { labels } = sidecar;
    if (Array.isArray(labels)) for (const label of labels) assert.equal(typeof label, 'string');
    await orRefusal(() => {
      const spec = inputSpec(graph, sidecar.preprocessing ?? {}, 'tiny');
      mustBeFinite(spec);
      const tensor = inputView(spec, new ArrayBuffer(inputBytes(spec)));
      fillInput(picture, spec, tensor);
      mustBeFinite(tensor, 'the input');
    });
  },
};
