import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backboneKind } from '../../../../src/core/backbones/backboneFiles.ts';
import { KNOWN_BACKBONES } from '../../../../src/core/backbones/catalogue.ts';
import { parseRepo } from '../../../../src/core/downloads/hubListing.ts';

const variants = (...paths: string[]) =>
  backboneKind
    .findVariants(
      paths.map((path) => ({ path, size: 1 })),
      'somewhere',
    )
    .map(({ dtype, files }) => [
      dtype,
      files
        .map(({ path }) => path)
        .sort()
        .join(' '),
    ]);

describe('The classifiers in a list of files', () => {
  test('are image encoders with the text encoder of the same precision, or else the most precise', () => {
    const beside = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
    const found = variants(
      ...beside,
      ...['model', 'vision_model', 'vision_model_quantized', 'vision_model_q4', 'text_model'].map(
        (name) => `onnx/${name}.onnx`,
      ),
      'onnx/text_model_quantized.onnx',
    );
    const all = (...models: string[]) =>
      [...beside, ...models.map((name) => `onnx/${name}.onnx`)].sort().join(' ');
    assert.deepEqual(found, [
      ['fp32', all('vision_model', 'text_model')],
      ['q8', all('vision_model_quantized', 'text_model_quantized')],
      ['q4', all('vision_model_q4', 'text_model')],
    ]);
    assert.throws(
      () => variants('config.json', 'onnx/vision_model.onnx'),
      /lacks what reads labels: tokenizer\.json/,
    );
  });

  test('are the precisions of onnx/model, the fullest first, with what describes them', () => {
    assert.deepEqual(
      variants(
        'config.json',
        'onnx/model_quantized.onnx',
        'onnx/model.onnx',
        'onnx/model.onnx_data',
        'model.bin',
      ),
      [
        ['fp32', 'config.json onnx/model.onnx onnx/model.onnx_data'],
        ['q8', 'config.json onnx/model_quantized.onnx'],
      ],
    );
  });

  test('may be one file of any name', () => {
    assert.deepEqual(variants('efficientNet-b0.onnx', 'README.md'), [
      ['fp32', 'README.md efficientNet-b0.onnx'],
    ]);
  });

  test('are not three different models', () => {
    assert.throws(() => variants('a.onnx', 'b.onnx', 'c.onnx'), {
      reason: 'not-found',
      message: /3 different models in somewhere: a\.onnx, b\.onnx and c\.onnx/,
    });
    assert.throws(() => variants('model.safetensors'), /No ONNX file/);
  });
});

describe('The catalogue', () => {
  test('names each backbone once, by a repository', () => {
    assert.equal(new Set(KNOWN_BACKBONES.map(({ id }) => id)).size, KNOWN_BACKBONES.length);
    for (const { repo } of KNOWN_BACKBONES) assert.equal(parseRepo(repo), repo);
  });
});
