import { toFloat32 } from './passes/toFloat32.ts';
import type { ModelProto } from './protobuf/schema.ts';
import { readGraph } from './readGraph.ts';
import { computesInHalf } from './roundedArithmetic.ts';
import { graphToModel } from './writeGraph.ts';

/**
 * A model that computes in single precision what another computes in half precision, operator for operator.
 * @param model with all its weights inside
 * @returns undefined where it does not compute in half precision
 * @throws {SemapError} `not-onnx`, `unsupported-model`
 */
export function float32Copy(model: ModelProto): ModelProto | undefined {
  const graph = readGraph(model);
  if (!computesInHalf(graph)) return undefined;
  const copy = graphToModel(toFloat32(graph));
  const { metadataProps, producerName, producerVersion, docString } = model;
  return { ...copy, producerName, producerVersion, docString, metadataProps };
}
