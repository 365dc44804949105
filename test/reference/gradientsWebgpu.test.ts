import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildGradientGraph, gradientName } from '../../src/core/onnx/gradientGraph.ts';
import { formulationFor } from '../../src/core/onnx/gradients/rule.ts';
import { makeNode } from '../../src/core/onnx/graph.ts';
import { INPUT_NAME } from '../../src/core/onnx/passes/input.ts';
import { crossEntropy } from '../../src/core/onnx/scores.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import { writeGraph } from '../../src/core/onnx/writeGraph.ts';
import { say } from '../../src/core/text/text.ts';
import { GradientSession, sessionOptions } from '../../src/engine/gradients/gradientSession.ts';
import { OrtRunner } from '../../src/engine/gradients/ortRunner.ts';
import { disagreement, sampleFeeds } from '../../src/engine/gradients/selfCheck.ts';
import { tryStep } from '../../src/engine/inference/startProbe.ts';
import { readModel } from '../../src/engine/models/modelFile.ts';
import { loadOrt, type Ort } from '../../src/engine/models/onnxruntime.ts';
import { meanColour } from '../unit/engine/classifierModel.ts';
import { describedColours } from '../unit/engine/colours.ts';
import { testFolder } from '../unit/folders.ts';

const DATA =
  process.env['SEMAP_TEST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const GRADIENTS = path.join(DATA, 'reference', 'gradients');
/** A Vulkan driver that needs no GPU: it comes with Debian's chromium. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Between them: strided convolutions, max pooling, attention. */
const NETWORKS = ['resnet-basic', 'squeezenet', 'vit'];

let ort: Ort;

/** Why gradients cannot be tried on WebGPU here; undefined when they can. */
async function obstacle(): Promise<string | undefined> {
  if (!existsSync(GRADIENTS)) return `no test data at ${GRADIENTS}`;
  if (process.env['VK_ICD_FILENAMES'] === undefined && existsSync(SWIFTSHADER)) {
    process.env['VK_ICD_FILENAMES'] = SWIFTSHADER;
  }
  ort = await loadOrt();
  if (!ort.listSupportedBackends().some(({ name }) => name === 'webgpu'))
    return 'this onnxruntime has no WebGPU';
  const graph = writeGraph({
    inputs: [{ name: 'a', type: 'float32', dims: [1] }],
    outputs: ['b'],
    nodes: [makeNode('Mul', ['a', 'two'], ['b'])],
    constants: new Map([['two', makeTensor('float32', [1], [2])]]),
    types: new Map(),
    irVersion: 8,
    opsets: new Map([['', 18]]),
  });
  try {
    const session = await ort.InferenceSession.create(
      graph,
      sessionOptions({ provider: 'webgpu', threads: 1 }),
    );
    await session.release();
    return undefined;
  } catch (error) {
    return `no Vulkan, Metal or Direct3D driver: ${(error as Error).message.split('\n')[0]}`;
  }
}

describe('gradients on WebGPU are those of the CPU', () => {
  let skipped: string | undefined;
  before(async () => {
    skipped = await obstacle();
    if (skipped !== undefined) console.log(`Gradients on WebGPU are not tested: ${skipped}`);
  });

  for (const name of existsSync(GRADIENTS) ? readdirSync(GRADIENTS) : []) {
    if (!NETWORKS.includes(name)) continue;
    it(name, async (test) => {
      if (skipped !== undefined) return test.skip(skipped);
      const model = await readModel(path.join(GRADIENTS, name, 'model.onnx'));
      const outputs = ['loss', 'logits', gradientName(INPUT_NAME)];
      const results: Record<string, Float32Array>[] = [];
      for (const provider of ['webgpu', 'cpu']) {
        const graph = await buildGradientGraph(model, {
          dims: [2, 3, 64, 64],
          runner: new OrtRunner(ort),
          formulation: formulationFor(provider),
          sources: [INPUT_NAME],
          after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
        });
        const session = await GradientSession.open(
          ort,
          { ...graph, model: graph.bytes },
          { provider, threads: 1 },
        );
        results.push(await session.run(sampleFeeds(graph.inputs), outputs));
        await session.release();
      }
      const off = disagreement(results[0], results[1]);
      assert.ok(off < 1e-4, `off by ${off}`);
    });
  }

  it('as `semap check` finds in a process of its own', async (test) => {
    if (skipped !== undefined) return test.skip(skipped);
    const file = path.join(testFolder(), 'colours.onnx');
    await writeFile(file, meanColour());
    const reply = await tryStep({ provider: 'webgpu', backbone: describedColours(file), threads: 1 });
    assert.ok(reply.kind === 'ran', reply.kind === 'failed' ? say(reply.message) : '');
    assert.ok(reply.difference < 1e-4, `off by ${reply.difference}`);
  });
});
