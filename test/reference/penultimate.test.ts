import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readFeatureTap } from '../../src/core/onnx/featureTap.ts';

// Graphs of real exporters: which value the last linear layer takes, read off the graphs by hand.
const data = process.env['SEMAP_TEST_DATA'] ?? join(import.meta.dirname, '../../../shared/data');
const skip = existsSync(data) ? false : `no test data in ${data}`;

/**
 * File below the data folder, class scores, S, penultimate value; `semap_features` where it is dequantised, `semap_mean_` and
 * its name where the mean of its positions is taken in the graph.
 */
const MODELS: readonly (readonly [file: string, output: string, sources: number, features: string])[] = [
  ['backbones/squeezenet1.1.onnx', 'squeezenet0_flatten0_reshape0', 1000, 'semap_mean_cat22'],
  ['backbones/mobilenetv2.onnx', 'output', 1000, 'flat'],
  ['backbones/mobilenetv3-small.onnx', 'output', 1000, 'semap_mean_hardswish_258_out'],
  ['backbones/mobilenetv1-0.25-128.onnx', 'output', 1001, 'semap_mean_globalaveragepool_163_out'],
  ['backbones/mobilenetv2-qdq.onnx', 'output', 1000, 'semap_features'],
  ['backbones/squeezenet-fp16.onnx', 'softmaxout_1', 1000, 'fire9/concat_2'],
  ['backbones/squeezenet-int8-nhwc.onnx', 'output', 1001, 'semap_features'],
  ['backbones/cifar10-resnet8.onnx', 'output', 10, 'reshape_40_out'],
  ['backbones/inat-birds-uint8-nhwc.onnx', 'output', 965, 'flatten_685_out'],
  ['starter/starter.onnx', 'logits', 200, '/ReduceMean_output_0'],
  ['reference/gradients/convnext/model.onnx', 'logits', 12, '/classifier/classifier.1/Flatten_output_0'],
  ['reference/gradients/mobilenet-v2/model.onnx', 'logits', 12, '/Flatten_output_0'],
  [
    'reference/gradients/mobilenet-v3-small/model.onnx',
    'logits',
    12,
    '/classifier/classifier.1/HardSwish_output_0',
  ],
  ['reference/gradients/resnet-basic/model.onnx', 'logits', 12, '/8/Flatten_output_0'],
  ['reference/gradients/shufflenet-v2/model.onnx', 'logits', 12, '/ReduceMean_output_0'],
  [
    'reference/gradients/squeezenet/model.onnx',
    'logits',
    12,
    'semap_mean_/features/features.12/Concat_output_0',
  ],
  ['reference/gradients/vit/model.onnx', 'logits', 12, '/Gather_4_output_0'],
];

describe('Penultimate features of real graphs', { skip }, () => {
  for (const [file, output, sources, features] of MODELS) {
    it(`${file}: ${features}`, () => {
      assert.equal(readFeatureTap(readFileSync(join(data, file)), output, sources).tap?.output, features);
    });
  }

  it('SqueezeNet 1.1 has the 1,235,496 parameters that torchvision lists', () => {
    const bytes = readFileSync(join(data, 'backbones/squeezenet1.1.onnx'));
    assert.equal(readFeatureTap(bytes, 'squeezenet0_flatten0_reshape0', 1000).parameters, 1_235_496);
  });
});
