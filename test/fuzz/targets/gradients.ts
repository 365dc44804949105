import { decodeModel } from '../../../src/core/onnx/protobuf/decode.ts';
import { readGraph } from '../../../src/core/onnx/readGraph.ts';
import { OrtRunner } from '../../../src/engine/gradients/ortRunner.ts';
import { checkPromptable } from '../../../src/engine/gradients/promptable.ts';
import { loadOrt } from '../../../src/engine/models/onnxruntime.ts';
import { hostileModel } from '../seeds/models.ts';
import { type FuzzTarget, orRefusal } from '../target.ts';

let runner: Promise<OrtRunner> | undefined;

/** A graph gets its gradients (shapes, constants and types are settled by onnxruntime), or is refused. */
export const gradients: FuzzTarget = {
  name: 'gradients',
  megabytes: 700,
  make: hostileModel,
  async check(input) {
    runner ??= loadOrt().then((ort) => new OrtRunner(ort));
    const ort = await runner;
    await orRefusal(() => checkPromptable(readGraph(decodeModel(input)), ort));
  },
};
