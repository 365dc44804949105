import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../../../src/core/backbones/backboneSidecar.ts';
import { inputDims } from '../../../../src/core/images/preprocessing.ts';
import { floats, int, ints, type ModelParts, model, node } from '../classifierModel.ts';
import { identityAlignment, ppm } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

type Input = NonNullable<ModelParts['inputs']>[number];

const FLOAT = 1;
const labels = ['first', 'second', 'third'];

describe('A classifier whose input is', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let count = 0;

  /** Means of the channels through a layer, of images 8 px high and wide; `shape` brings the input to [N, C, 8, 8]. */
  const written = (inputs: readonly Input[], channels: number, shape: NonNullable<ModelParts['nodes']>) => {
    const weights = Array.from({ length: 3 * channels }, (_, i) => (i % 3) - (i % 2) / 2 + i / 9);
    const nodes = [
      ...shape,
      node('ReduceMean', ['picture'], ['means'], [ints('axes', [2, 3]), int('keepdims', 0)]),
      node('Gemm', ['means', 'fc'], ['scores']),
    ];
    const initializers = [floats('fc', [channels, 3], weights)];
    return files.write(
      `net${count++}.onnx`,
      model({ inputs, nodes, initializers, outputs: [{ name: 'scores', dims: ['', 3] }] }),
    );
  };
  const cast = (from: string) => node('Cast', [from], ['picture'], [int('to', FLOAT)]);
  const reshaped = (from: string, ...dims: number[]): NonNullable<ModelParts['nodes']> => [
    node('Constant', [], ['dims'], [ints('value_ints', dims)]),
    node('Reshape', [from, 'dims'], ['picture']),
  ];

  const described = (file: string, more: BackboneSidecar = {}) => {
    const { preprocessing, ...rest } = more;
    const size = { height: 8, width: 8 };
    const scaling = { rescale_factor: 1, image_mean: [0], image_std: [1] };
    return engine.rpc.call('describeBackbone', {
      backbone: file,
      remember: true,
      sidecar: { labels, preprocessing: { ...scaling, size, ...preprocessing }, ...rest },
    });
  };
  const isRun = async (
    file: string,
    dims: readonly number[],
    more?: BackboneSidecar,
  ): Promise<BackboneDescription> => {
    const description = await described(file, more);
    assert.deepEqual(inputDims(description.input, description.fixedBatch ?? 1), dims);
    assert.equal(description.labelSpace.labels.length, 3);
    return description;
  };

  test('gray, or has alpha', async () => {
    for (const channels of [1, 2, 4]) {
      const file = written([{ name: 'x', dims: ['N', channels, 8, 8] }], channels, [
        node('Identity', ['x'], ['picture']),
      ]);
      await isRun(file, [1, channels, 8, 8], channels === 4 ? { preprocessing: { channels: 'rgba' } } : {});
    }
  });

  test('of another type', async () => {
    for (const type of ['float64', 'uint16', 'int16', 'int32', 'int64', 'int8', 'uint8', 'float16'] as const)
      await isRun(written([{ name: 'x', type, dims: [1, 3, 8, 8] }], 3, [cast('x')]), [1, 3, 8, 8]);
    const turned = [node('Transpose', ['x'], ['first'], [ints('perm', [0, 3, 1, 2])]), cast('first')];
    const file = written([{ name: 'x', type: 'int64', dims: [1, 8, 8, 3] }], 3, turned);
    await isRun(file, [1, 8, 8, 3]);
    assert.equal((await engine.rpc.call('checkPromptable', { backbone: file })).promptable, true);
  });

  test('one image, or rows of pixels', async () => {
    const one = written([{ name: 'x', dims: [3, 8, 8] }], 3, reshaped('x', 1, 3, 8, 8));
    // Before anybody has described it, it is what it is guessed to be.
    assert.equal((await engine.rpc.call('checkPromptable', { backbone: one })).promptable, true);
    await isRun(one, [3, 8, 8]);
    await isRun(written([{ name: 'x', dims: ['N', 64] }], 1, reshaped('x', -1, 1, 8, 8)), [1, 64]);
    await isRun(written([{ name: 'x', dims: ['N', 8, 8] }], 1, reshaped('x', -1, 1, 8, 8)), [1, 8, 8]);
    await isRun(
      written([{ name: 'x', dims: [4, 3, 8, 8] }], 3, [node('Identity', ['x'], ['picture'])]),
      [4, 3, 8, 8],
    );
  });

  test('open in all dimensions: the layout with which it runs', async () => {
    const open = (channels: number, transposed: boolean) => {
      const first = transposed
        ? [node('Transpose', ['x'], ['picture'], [ints('perm', [0, 3, 1, 2])])]
        : [node('Identity', ['x'], ['picture'])];
      return written([{ name: 'x', dims: ['', '', '', ''] }], channels, first);
    };
    await isRun(open(3, true), [1, 8, 8, 3]);
    await isRun(open(1, false), [1, 1, 8, 8]);
    await isRun(open(4, true), [1, 8, 8, 4], { preprocessing: { channels: 'bgra' } });
  });

  test('one of several', async () => {
    const scaled = [node('Mul', ['x', 'keep_prob'], ['kept']), node('Mul', ['kept', 'weight'], ['picture'])];
    const inputs: Input[] = [
      { name: 'keep_prob', dims: [] },
      { name: 'weight', dims: [] },
      { name: 'x', dims: ['N', 3, 8, 8] },
    ];
    const file = written(inputs, 3, scaled);
    await assert.rejects(described(file), { reason: 'needs-description', message: /inputs\.weight/ });
    const { extraInputs, inputName } = await isRun(file, [1, 3, 8, 8], { inputs: { weight: 2 } });
    assert.equal(inputName, 'x');
    assert.deepEqual(
      extraInputs?.map(({ name, values }) => [name, ...values]),
      [
        ['keep_prob', 1],
        ['weight', 2],
      ],
    );
    const { promptable } = await engine.rpc.call('checkPromptable', { backbone: file });
    assert.equal(promptable, true);

    // A model that is still loaded is not asked with the values of before.
    files.write('images/third/gray.ppm', ppm([90, 90, 90]));
    const folders = [files.path('images')];
    const about = { backbone: file, alignment: { ...identityAlignment(labels, 'net'), folders }, folders };
    assert.equal((await engine.rpc.call('classify', about)).accuracy, 1);
    await isRun(file, [1, 3, 8, 8], { inputs: { weight: -2 } });
    assert.equal((await engine.rpc.call('classify', about)).accuracy, 0);
  });
});
