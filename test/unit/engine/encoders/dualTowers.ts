import { floats as constant, model as visionModel, node as visionNode } from '../classifierModel.ts';
import { floats, input, ints, model, node, output } from './onnxWriter.ts';
import { type EncoderFiles, wordTokenizer } from './tinyEncoders.ts';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Colours of words, as the text tower knows them; all others are nearly black. */
const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  cat: [1, 0, 0],
  dog: [0, 1, 0],
  bird: [0, 0, 1],
  kitten: [0.8, 0.2, 0],
  machine: [0, 0.7, 0.7],
};

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...Object.keys(COLOURS)];

/**
 * A dual encoder in the layout of Transformers.js: the embedding of an image is its mean colour seven times, that of a text the
 * sum of the colours of its words.
 */
export function dualTowers({ modelType = 'clip', whole = false } = {}): EncoderFiles {
  const table = WORDS.flatMap((word) => COLOURS[word] ?? [0.01, 0.01, 0.01]);
  return {
    ...wordTokenizer(WORDS),
    'config.json': json({ model_type: modelType }),
    'preprocessor_config.json': json({
      do_resize: true,
      size: { shortest_edge: 8 },
      do_center_crop: true,
      crop_size: { height: 8, width: 8 },
      resample: 3,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
    }),
    ...(whole
      ? {
          'onnx/model.onnx': model([
            ...textNodes(table),
            ...UNIT,
            node('GlobalAveragePool', ['pixel_values'], ['means']),
            node('Flatten', ['means'], ['image_embeds']),
            input('input_ids', 'int64', ['n', 'l']),
            input('pixel_values', 'float', ['i', 3, 'h', 'w']),
            input('attention_mask', 'int64', ['n', 'l']),
            output('logits_per_image', ['i', 'n']),
            output('text_embeds', ['n', 3]),
            output('image_embeds', ['i', 3]),
          ]),
        }
      : {
          'onnx/text_model.onnx': model([
            ...textNodes(table),
            input('input_ids', 'int64', ['n', 'l']),
            input('attention_mask', 'int64', ['n', 'l']),
            output('text_embeds', ['n', 3]),
          ]),
          'onnx/vision_model.onnx': visionModel({
            inputs: [{ name: 'pixel_values', dims: ['batch', 'channels', 'height', 'width'] }],
            nodes: [
              visionNode('GlobalAveragePool', ['pixel_values'], ['pooled']),
              visionNode('Flatten', ['pooled'], ['flat']),
              visionNode('Mul', ['flat', 'seven'], ['image_embeds']),
            ],
            outputs: [{ name: 'image_embeds', dims: ['batch', 3] }],
            initializers: [constant('seven', [1], [7])],
          }),
        }),
  };
}

function textNodes(table: readonly number[]) {
  return [
    node('Gather', ['table', 'input_ids'], ['tokens']),
    node('Cast', ['attention_mask'], ['mask'], { to: 1 }),
    node('Unsqueeze', ['mask', 'two'], ['mask3']),
    node('Mul', ['tokens', 'mask3'], ['counting']),
    node('ReduceSum', ['counting', 'one'], ['text_embeds'], { keepdims: 0 }),
    floats('table', [WORDS.length, 3], Float32Array.from(table)),
    ints('one', [1]),
    ints('two', [2]),
  ];
}

/** logits_per_image = 40 x cosine - 3 */
const UNIT = [
  ...['text', 'image'].flatMap((side) => [
    node('Mul', [`${side}_embeds`, `${side}_embeds`], [`${side}_squares`]),
    node('ReduceSum', [`${side}_squares`, 'one'], [`${side}_square`], { keepdims: 1 }),
    node('Sqrt', [`${side}_square`], [`${side}_length`]),
    node('Div', [`${side}_embeds`, `${side}_length`], [`${side}_unit`]),
  ]),
  node('Transpose', ['text_unit'], ['text_columns']),
  node('MatMul', ['image_unit', 'text_columns'], ['cosines']),
  node('Mul', ['cosines', 'forty'], ['scaled']),
  node('Add', ['scaled', 'less'], ['logits_per_image']),
  floats('forty', [1], Float32Array.of(40)),
  floats('less', [1], Float32Array.of(-3)),
];
