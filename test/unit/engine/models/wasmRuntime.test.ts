import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { Tensor } from 'onnxruntime-node';
import { errorOf, problemOf } from '../../../../src/core/errors.ts';
import { moveDataOutside } from '../../../../src/core/onnx/externalData.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { rawGradient } from '../../../../src/engine/gradients/rawGradient.ts';
import { readModel, readModelProto } from '../../../../src/engine/models/modelFile.ts';
import {
  loadError,
  loadOrt,
  type Ort,
  openSession,
  ortMessage,
} from '../../../../src/engine/models/onnxruntime.ts';
import { loadWasmRuntime } from '../../../../src/engine/models/wasmRuntime.ts';
import { meanColour } from '../classifierModel.ts';
import { noModels, scratchOfTests } from '../engineHarness.ts';

const starter = path.resolve(import.meta.dirname, '../../../../models/starter.onnx');
const OPTIONS = { executionProviders: ['cpu'], intraOpNumThreads: 2, logSeverityLevel: 4 } as const;

describe('onnxruntime as WebAssembly', { skip: noModels }, () => {
  const files = scratchOfTests();
  let wasm: Ort;
  let native: Ort;
  before(async () => {
    [wasm, native] = await Promise.all([loadWasmRuntime(), loadOrt()]);
  });

  /** Scores of two made-up images. */
  async function scores(ort: Ort, file: string, append?: Uint8Array): Promise<Float32Array> {
    const session = await openSession(ort, file, OPTIONS, append);
    const [input] = session.inputMetadata;
    const side = (input as { shape: readonly (number | string)[] }).shape[3] as number;
    const pixels = Float32Array.from({ length: 2 * 3 * side * side }, (_, i) => Math.sin(i * 0.01));
    const feeds = { [input.name]: new ort.Tensor('float32', pixels, [2, 3, side, side]) };
    const results = await session.run(feeds);
    const [output] = Object.values(results) as Tensor[];
    const values = Float32Array.from(output.data as Float32Array);
    await session.release();
    return values;
  }

  const furthest = (a: Float32Array, b: Float32Array) =>
    a.reduce((most, one, i) => Math.max(most, Math.abs(one - b[i])), a.length === b.length ? 0 : 1);

  test('gives the scores of the native one', async () => {
    const [theirs, ours] = [await scores(native, starter), await scores(wasm, starter)];
    assert.equal(ours.length, 2000);
    assert.ok(furthest(ours, theirs) < 1e-4, `off by ${furthest(ours, theirs)}`);
  });

  test('reads weights that lie beside the model, whole or given as bytes, and says when they are gone', async () => {
    const model = await readModelProto(starter);
    const weights = moveDataOutside(model, 'parts.data');
    const file = files.write('apart.onnx', encodeModel(model));
    await assert.rejects(scores(wasm, file), /weights are in parts\.data, which is missing/);
    files.write('parts.data', weights);
    const whole = await scores(native, starter);
    assert.ok(furthest(await scores(wasm, file), whole) < 1e-4);
    assert.ok(furthest(await scores(wasm, file, new Uint8Array()), whole) < 1e-4);
  });

  test('is refused what is no model with the same reasons as by the native one', async () => {
    const noModel = files.write('text.onnx', 'no model at all');
    const gone = files.path('gone.onnx');
    for (const [file, reason] of [
      [noModel, 'not-onnx'],
      [gone, 'not-found'],
    ] as const) {
      const error: unknown = await openSession(wasm, file, OPTIONS, undefined).then(
        () => assert.fail('opened'),
        (thrown: unknown) => thrown,
      );
      const said = ortMessage(error);
      assert.doesNotMatch(said, /ERROR_CODE/);
      assert.equal(
        problemOf(error).reason === 'internal'
          ? loadError(said, file).reason
          : errorOf(problemOf(error)).reason,
        reason,
      );
    }
  });

  test('gives gradients, so that prompts can be trained', async () => {
    const file = files.write('net.onnx', meanColour({ size: 16, effort: 2 }));
    await copyFile(file, files.path('same.onnx'));
    const request = {
      dims: [2, 3, 16, 16],
      data: Float32Array.from({ length: 2 * 3 * 256 }, (_, i) => Math.sin(i)),
      targets: [0, 2],
    };
    const gradientBy = async (ort: Ort) => rawGradient(ort, await readModel(file), request, 1);
    const [theirs, ours] = [await gradientBy(native), await gradientBy(wasm)];
    assert.ok(Math.abs(ours.loss - theirs.loss) < 1e-5);
    assert.ok(furthest(ours.gradient, theirs.gradient) < 1e-6);
    assert.ok(ours.gradient.some((one) => Math.abs(one) > 1e-4));
  });
});
