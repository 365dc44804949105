import * as ort from 'onnxruntime-node';
import { Sketch } from '../../../../src/core/classifiers/sketch.ts';
import type { GraphInput } from '../../../../src/core/onnx/graph.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { codeOf, type DataType } from '../../../../src/core/onnx/tensor.ts';
import { graphToModel } from '../../../../src/core/onnx/writeGraph.ts';

/** A sketch by itself, ready to run: `draw` gets it and returns its output. */
export async function sketched(
  inputs: readonly GraphInput[],
  output: DataType,
  draw: (s: Sketch) => string,
  opset = 18,
): Promise<(feeds: Record<string, ort.Tensor>) => Promise<ort.Tensor>> {
  const s = new Sketch(opset);
  s.name(draw(s), 'out');
  const model = graphToModel({
    inputs,
    outputs: ['out'],
    nodes: s.nodes,
    constants: s.constants,
    types: new Map(),
    irVersion: 8,
    opsets: new Map([['', opset]]),
  });
  model.graph!.output = [{ name: 'out', type: { tensorType: { elemType: codeOf(output) } } }];
  const session = await open(encodeModel(model));
  return async (feeds) => (await session.run(feeds)).out;
}

export function open(bytes: Uint8Array): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
}

/** Row-major floats. */
export function tensor(values: Float32Array, ...dims: number[]): ort.Tensor {
  return new ort.Tensor('float32', values, dims);
}
