import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { readMetadata } from '../../../../src/engine/backbones/modelMetadata.ts';
import { model, zeros } from '../classifierModel.ts';
import { scratch } from '../engineHarness.ts';

describe('Key and value pairs of an ONNX file', () => {
  const files = scratch();
  const graph = model({ nodes: [] });

  test('are read over the weights, in whatever order the file has them', async () => {
    const pairs = encodeModel({
      metadataProps: [{ key: 'license', value: 'MIT – ✓' }, { key: 'empty' }, {}],
    });
    const weights = encodeModel({ graph: { initializer: [zeros('w', [64, 64])] } });
    for (const [name, parts] of [
      ['first', [pairs, weights]],
      ['last', [graph, weights, pairs]],
    ] as const) {
      const file = files.write(`${name}.onnx`, Buffer.concat(parts));
      assert.deepEqual(await readMetadata(file), { license: 'MIT – ✓' });
    }
  });

  test('are none in files that are damaged, cut, or nothing of the kind', async () => {
    const pairs = encodeModel({ metadataProps: [{ key: 'license', value: 'MIT' }] });
    const lies = Uint8Array.from([0x72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]);
    for (const [name, bytes] of [
      ['cut', pairs.subarray(0, 8)],
      ['lies', lies],
      ['empty', new Uint8Array()],
      ['noise', new Uint8Array(4096).fill(0xff)],
    ] as const)
      assert.deepEqual(await readMetadata(files.write(`${name}.onnx`, bytes)), {}, name);
    await assert.rejects(readMetadata(files.path('none.onnx')), { reason: 'not-found' });
  });
});
