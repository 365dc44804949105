import assert from 'node:assert/strict';
import type { Graph } from '../../../src/core/onnx/graph.ts';
import { readClues } from '../../../src/core/onnx/modelClues.ts';
import { fixInput } from '../../../src/core/onnx/passes/input.ts';
import { propagateShapes } from '../../../src/core/onnx/passes/propagateShapes.ts';
import { removeDead } from '../../../src/core/onnx/passes/removeNodes.ts';
import { upgradeOpset } from '../../../src/core/onnx/passes/upgradeOpset.ts';
import { unknownOperators } from '../../../src/core/onnx/prepareGraph.ts';
import { decodeModel } from '../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../src/core/onnx/protobuf/encode.ts';
import { readGraph } from '../../../src/core/onnx/readGraph.ts';
import { hostileModel } from '../seeds/models.ts';
import { type FuzzTarget, orRefusal } from '../target.ts';

/** A model file is read into a graph that goes through the passes which need no onnxruntime, or is refused. */
export const models: FuzzTarget = {
  name: 'models',
  megabytes: 300,
  make: hostileModel,
  async check(input) {
    const model = await orRefusal(() => decodeModel(input));
    if (!model) return;
    const written = encodeModel(model);
    assert.deepEqual(encodeModel(decodeModel(written)), written, 'read and written again, it is another');
    const clues = await orRefusal(() => readClues(model));
    assert.ok(clues === undefined || typeof clues.producer === 'string');
    const graph = await orRefusal(() => readGraph(model));
    if (!graph) return;
    mustBeWhole(graph);
    await orRefusal(() => {
      const { dims = [] } = graph.inputs[0] ?? {};
      const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : 1));
      const upgraded = upgradeOpset(removeDead(fixInput(graph, sizes)));
      unknownOperators(upgraded);
      mustBeWhole(propagateShapes(upgraded));
    });
  },
};

/** Every value that a node reads is an input, a constant, or made by a node before it. */
function mustBeWhole({ inputs, constants, nodes, outputs }: Graph): void {
  const known = new Set([...inputs.map(({ name }) => name), ...constants.keys()]);
  for (const node of nodes) {
    for (const input of node.inputs) assert.ok(!input || known.has(input), `nothing makes ${input}`);
    for (const output of node.outputs) known.add(output);
  }
  for (const output of outputs) assert.ok(known.has(output), `nothing makes ${output}`);
}
