import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { say } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';
import { meanColour, model, node, zeros } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const MEAN = [node('GlobalAveragePool', ['image'], ['pooled']), node('Flatten', ['pooled'], ['flat'])];

describe('A model whose outputs say nothing', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();

  function write(name: string, bytes: Uint8Array): string {
    files.write(name.replace('.onnx', '.backbone.json'), JSON.stringify(colourSidecar));
    return files.write(name, bytes);
  }
  const refusing = (reason: string, message: RegExp) => ({ reason, message });

  for (const [what, op] of [
    ['NaN', 'Sub'],
    ['infinite', 'Mul'],
  ] as const) {
    test(`because it is ${what} for every image is refused by every command`, async () => {
      const infinity = { name: 'inf', dataType: 1, floatData: Float32Array.of(Number.POSITIVE_INFINITY) };
      const nodes =
        op === 'Sub'
          ? [node('Mul', ['flat', 'inf'], ['big']), node('Sub', ['big', 'big'], ['scores'])]
          : [node('Abs', ['flat'], ['size']), node('Mul', ['size', 'inf'], ['scores'])];
      const file = write(`${what}.onnx`, model({ nodes: [...MEAN, ...nodes], initializers: [infinity] }));
      const refused = refusing('unsupported-model', /not finite numbers/);
      await assert.rejects(engine.rpc.call('describeBackbone', { backbone: file }), refused);
      await assert.rejects(engine.rpc.call('checkBackbone', { backbone: file }), refused);
    });
  }

  test('because it is NaN for some labels is refused as well', async () => {
    const minus = {
      name: 'minus',
      dims: BigInt64Array.of(3n),
      dataType: 1,
      floatData: Float32Array.of(1, -1, 1),
    };
    const nodes = [...MEAN, node('Mul', ['flat', 'minus'], ['signed']), node('Sqrt', ['signed'], ['scores'])];
    const file = write('partly.onnx', model({ nodes, initializers: [minus] }));
    await assert.rejects(
      engine.rpc.call('checkBackbone', { backbone: file }),
      refusing('unsupported-model', /not finite numbers/),
    );
  });

  test('for one image skips that image with a reason, each time anew, and labels the others', async () => {
    // Reciprocal of the mean: infinite for an image without any red.
    const nodes = [...MEAN, node('Reciprocal', ['flat'], ['scores'])];
    const file = write('some.onnx', model({ nodes }));
    files.write('images/good.ppm', ppm(colours.cat));
    const black = files.write(
      'images/black.ppm',
      Buffer.concat([Buffer.from('P6\n8 8\n255\n'), Buffer.alloc(192)]),
    );
    const params = {
      folders: [files.path('images')],
      alignment: identityAlignment(Object.keys(colours), 'colours'),
      backbone: file,
    };
    for (let run = 0; run < 2; run++) {
      const { images, skipped } = await engine.rpc.call('classify', params);
      assert.equal(images, 1);
      assert.deepEqual(column(skipped, 'path'), [black]);
      assert.match(say(skipped[0].reason), /The scores of some for this image are not finite/);
    }
    await assert.rejects(
      engine.rpc.call('tryBackbone', { backbone: file, image: black }),
      refusing('unsupported-model', /not finite/),
    );
  });

  test('because it is the same for every image is refused, and for every label of one image told', async () => {
    const nodes = [...MEAN, node('Mul', ['flat', 'zero'], ['scores'])];
    const file = write('constant.onnx', model({ nodes, initializers: [zeros('zero', [1])] }));
    await assert.rejects(
      engine.rpc.call('describeBackbone', { backbone: file }),
      refusing('unsupported-model', /gives the same scores for different images/),
    );
    const good = write('good.onnx', meanColour());
    const image = files.write('black.ppm', ppm([0, 0, 0]));
    assert.equal((await engine.rpc.call('tryBackbone', { backbone: good, image })).constant, true);
    const cat = files.write('one.ppm', ppm(colours.cat));
    assert.equal((await engine.rpc.call('tryBackbone', { backbone: good, image: cat })).constant, undefined);
  });

  test('is told apart from one that is as sure of both pictures of the check', async () => {
    const value = (name: string, of: number) => ({ name, dataType: 1, floatData: Float32Array.of(of) });
    const nodes = [
      ...MEAN,
      node('Sub', ['flat', 'limit'], ['above']),
      node('Mul', ['above', 'much'], ['sure']),
      node('Sigmoid', ['sure'], ['scores']),
    ];
    const initializers = [value('limit', 0.98), value('much', 1e6)];
    const file = write('sure.onnx', model({ nodes, initializers }));
    const { labelSpace } = await engine.rpc.call('describeBackbone', { backbone: file });
    assert.equal(labelSpace.labels.length, 3);
  });

  test('is told apart from one that takes one image a run, or one row, and from one that takes no image', async () => {
    const taking = (dims: readonly number[]) => {
      const nodes = [node('ReduceMean', ['image'], ['mean']), node('Mul', ['mean', 'ones'], ['scores'])];
      const one = {
        name: 'ones',
        dims: BigInt64Array.of(1n, 3n),
        dataType: 1,
        floatData: Float32Array.of(1, 2, 3),
      };
      const outputs = [{ name: 'scores', dims: [1, 3] }];
      const inputs = [{ name: 'image', dims }];
      return write(
        `rank${dims.length}-${dims[0]}.onnx`,
        model({ inputs, nodes, outputs, initializers: [one] }),
      );
    };
    const { description } = await engine.rpc.call('checkBackbone', { backbone: taking([3, 8, 8]) });
    assert.deepEqual([description.input.height, description.labelSpace.labels.length], [8, 3]);
    const row = taking([192]);
    await assert.rejects(
      engine.rpc.call('checkBackbone', { backbone: row }),
      refusing('needs-description', /does not say: layout/),
    );
    const other = taking([7]);
    const refused = refusing('unsupported-model', /not a batch of images/);
    await assert.rejects(engine.rpc.call('checkPromptable', { backbone: other }), refused);
    await assert.rejects(engine.rpc.call('checkBackbone', { backbone: other }), refused);
  });

  test('is told apart from one of an operator set that is too new', async () => {
    const proto = decodeModel(meanColour());
    proto.opsetImport = [{ domain: '', version: 99 }];
    const file = write('new.onnx', encodeModel(proto));
    await assert.rejects(
      engine.rpc.call('inspectBackbone', { backbone: file }),
      refusing('unsupported-model', /^new\.onnx uses ONNX opset 99\. The newest supported is \d+\.$/),
    );
  });
});
