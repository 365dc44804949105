import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelFolderName } from '../../../../src/core/downloads/modelInstall.ts';
import {
  modelFolderTitle,
  modelName,
  namesApart,
  segmentsOf,
} from '../../../../src/core/downloads/modelNames.ts';

describe('The name of a model', () => {
  for (const [place, name] of [
    ['nets/resnet18.onnx', 'resnet18'],
    ['cats/model.onnx', 'cats'],
    ['cats/onnx/model_fp16.onnx', 'cats'],
    ['runs/classify/train3/weights/best.onnx', 'train3'],
    ['birds/export/model.onnx', 'birds'],
    ['birds/best/model_best.onnx', 'birds'],
    ['birds/exports/2/Model (1).ONNX', 'birds'],
    ['triton/resnet/1/model.onnx', 'resnet'],
    [
      'hub/models--Xenova--resnet-50/snapshots/0123456789abcdef0123456789abcdef01234567/onnx/model.onnx',
      'Xenova--resnet-50',
    ],
    ['犬と猫/モデル/weights/best.onnx', 'モデル'],
    ['clip/onnx/vision_model_quantized.onnx', 'clip'],
    // Nothing says more than the file.
    ['model.onnx', 'model'],
    ['export/onnx/model.onnx', 'model'],
    ['cats/bestiary.onnx', 'bestiary'],
    ['cats/model-cats.onnx', 'model-cats'],
    ['cats/model_20260102.onnx', 'model_20260102'],
    [`cats/model${'1'.repeat(200)}.onnx`, `model${'1'.repeat(200)}`],
  ] as const)
    it(`of ${place} is ${name}`, () => assert.equal(modelName(place.split('/')), name));

  it('of a folder is its own, or that of the one above', () => {
    assert.equal(modelFolderTitle(segmentsOf('C:\\nets\\cats\\onnx')), 'cats');
    assert.equal(modelFolderTitle(['nets', 'resnet-50']), 'resnet-50');
    assert.equal(modelFolderTitle(['model', 'onnx']), 'onnx');
  });

  for (const [title, folder] of [
    ['CON', '_CON--fp32'],
    ['nul.net', '_nul.net--fp32'],
    ['net.download', 'net-download--fp32'],
    ['猫 と 犬', '猫-と-犬--fp32'],
    ['cafe\u0301', 'caf\u00e9--fp32'],
    ['../..', 'backbone--fp32'],
    [`${'é'.repeat(200)}`, `${'é'.repeat(80)}--fp32`],
  ] as const)
    it(`${title.slice(0, 12)} is a folder that every system can have`, () =>
      assert.equal(modelFolderName(title, 'fp32', 'backbone'), folder));
});

describe('Models of one name in a list', () => {
  const apart = (...paths: string[]) =>
    namesApart(
      paths.map((path) => ({
        name: path
          .split('/')
          .at(-1)!
          .replace(/\.onnx$/, ''),
        path,
      })),
    );

  it('are told apart by the folders above them, as few as it takes', () => {
    assert.deepEqual(apart('/a/cats/net.onnx', '/a/dogs/net.onnx', '/a/other.onnx'), [
      'net (cats)',
      'net (dogs)',
      'other',
    ]);
    assert.deepEqual(apart('/a/cats/v1/net.onnx', '/a/dogs/v1/net.onnx'), ['net (cats/v1)', 'net (dogs/v1)']);
  });

  it('are of one name where only case or the writing of accents differs', () => {
    assert.deepEqual(apart('/x/Net.onnx', '/y/net.onnx'), ['Net (x)', 'net (y)']);
    assert.deepEqual(apart('/x/caf\u00e9.onnx', '/y/cafe\u0301.onnx'), ['caf\u00e9 (x)', 'cafe\u0301 (y)']);
    assert.deepEqual(apart('/x/Net.onnx', '/x/net.onnx'), ['Net (/x/Net.onnx)', 'net (/x/net.onnx)']);
  });

  it('leave the name to the one that comes with SeMap', () => {
    const models = [
      { name: 'starter', path: '/s/starter.onnx', keeps: true },
      { name: 'starter', path: '/my/starter.onnx' },
    ];
    assert.deepEqual(namesApart(models), ['starter', 'starter (my)']);
  });
});
