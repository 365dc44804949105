import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { say } from '../../../../src/core/text/text.ts';
import { readModel } from '../../../../src/engine/models/modelFile.ts';
import type { ModelFileOutline } from '../../../../src/protocol/backbones.ts';
import { floats, meanColour, model, node, zeros } from '../classifierModel.ts';
import { colourSidecar } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

describe('What can be said of a model file', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  const report = (file: string) => engine.rpc.call('reportModel', { file });
  const described = (name: string, bytes = meanColour()) => {
    files.write(`${name}.backbone.json`, JSON.stringify(colourSidecar));
    return files.write(`${name}.onnx`, bytes);
  };

  test('is said without loading it: nothing of it is remembered as seen', async () => {
    const file = described('plain/net');
    const told: ModelFileOutline[] = [];
    const { outline, inspection, labels, input, origins, details } = await engine.rpc.call(
      'reportModel',
      { file },
      { onProgress: (one) => told.push(one) },
    );
    assert.deepEqual(told, [outline]);
    assert.deepEqual(inspection?.missing, []);
    // Only a run shows what the scores are.
    assert.deepEqual([inspection?.sourceCount, inspection?.output], [undefined, undefined]);
    assert.deepEqual(labels?.first, ['cat', 'dog', 'bird']);
    assert.deepEqual([input?.height, input?.preprocessing.channels], [8, 'rgb']);
    const said = origins.map(({ from, parts }) => [say(from), ...parts]);
    assert.deepEqual(said, [['net.backbone.json', 'labels', 'scaling', 'channels', 'size']]);
    assert.equal(details, undefined);
    const seen = existsSync(files.path('cache/backbones')) ? readdirSync(files.path('cache/backbones')) : [];
    assert.deepEqual(seen, []);
  });

  test('is more once it was loaded: what scores it gives, and whether prompts can be trained', async () => {
    const file = described('loaded/net', meanColour({ softmax: true }));
    assert.equal((await report(file)).details, undefined);
    await engine.rpc.call('backboneDetails', { backbone: file });
    const { inspection, details } = await report(file);
    assert.deepEqual([inspection?.sourceCount, inspection?.output], [3, 'probabilities']);
    assert.deepEqual([details?.promptable, details?.parameters, details?.blockers], [true, 0, undefined]);
  });

  test('names the nodes that no gradient goes through', async () => {
    const bytes = model({ nodes: [node('Det', ['image'], ['scores'])] });
    const file = described('blocked/net', bytes);
    const { blockers, promptable } = await engine.rpc.call('backboneDetails', { backbone: file });
    assert.equal(promptable, false);
    assert.deepEqual(
      blockers?.map(({ op, node: name }) => [op, name]),
      [['Det', 'scores']],
    );
  });

  test('guesses what nobody says, with reasons, and takes none of it', async () => {
    const file = files.write('bare/net.onnx', meanColour({ size: 224 }));
    const { inspection, labels, input, origins } = await report(file);
    assert.ok(inspection?.missing.includes('labels') && inspection.missing.includes('image_mean'));
    assert.deepEqual([labels, input, origins], [undefined, undefined, []]);
    assert.ok(inspection?.reasons.scaling);
  });

  test('finds labels that the graph itself has', async () => {
    const strings = ['ant', 'bee', 'cow'].map((name) => new TextEncoder().encode(name));
    const zip = node('ZipMap', ['scores'], ['map'], [{ name: 'classlabels_strings', type: 8, strings }]);
    const bytes = model({
      nodes: [
        node('GlobalAveragePool', ['image'], ['pooled']),
        node('Flatten', ['pooled'], ['scores']),
        { ...zip, domain: 'ai.onnx.ml' },
      ],
      outputs: [{ name: 'map' }],
    });
    const { labels, origins } = await report(files.write('zip/net.onnx', bytes));
    assert.deepEqual(labels?.first, ['ant', 'bee', 'cow']);
    assert.deepEqual(
      origins.map(({ from, parts }) => [say(from), ...parts]),
      [['the graph', 'labels']],
    );
  });

  test('is its outline, and why it is no classifier', async () => {
    const bytes = model({
      nodes: [node('Sigmoid', ['image'], ['mask'])],
      outputs: [{ name: 'mask', dims: ['N', 3, 8, 8] }],
    });
    const { outline, problem, inspection } = await report(files.write('mask/net.onnx', bytes));
    assert.deepEqual([outline.nodes, problem?.reason, inspection], [1, 'unsupported-model', undefined]);
  });

  test('names a file of weights that is missing', async () => {
    const weight = {
      ...zeros('fc', [3, 3]),
      rawData: undefined,
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'net.onnx.data' }],
    };
    const bytes = model({
      nodes: [node('ReduceMean', ['image'], ['means']), node('Gemm', ['means', 'fc'], ['scores'])],
      initializers: [weight],
    });
    const file = files.write('far/net.onnx', bytes);
    const [problem] = (await report(file)).outline.problems;
    assert.equal(say(problem!.message), "The model's weights are in net.onnx.data, which is missing.");
    files.write('far/net.onnx.data', new Uint8Array(36));
    const { problems, weightFiles } = (await report(file)).outline;
    assert.deepEqual([problems, weightFiles], [[], [{ name: 'net.onnx.data', bytes: 36 }]]);
    if (process.platform === 'win32') return;
    // A link may lead to any file of the computer: it is none of the model's, however large.
    files.write('secrets/of others', new Uint8Array(36));
    rmSync(files.path('far/net.onnx.data'));
    symlinkSync(files.path('secrets/of others'), files.path('far/net.onnx.data'));
    const linked = (await report(file)).outline;
    assert.deepEqual(linked.weightFiles, [{ name: 'net.onnx.data', bytes: null }]);
    await assert.rejects(readModel(file), {
      reason: 'not-found',
      message: /net\.onnx\.data, which is missing/,
    });
  });

  test('is what else a file is, where it is no model', async () => {
    const even = Buffer.concat(
      Array.from({ length: 256 }, (_, i) => createHash('sha256').update(`${i}`).digest()),
    );
    const cut = model({
      nodes: [node('Gemm', ['image', 'w'], ['scores'])],
      initializers: [floats('w', [1], [1])],
    });
    for (const [name, content, reason, words] of [
      ['lfs', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'lfs-pointer', /Git LFS pointer/],
      ['empty', '', 'not-onnx', /empty \(0 bytes\)/],
      ['even', even, 'not-onnx', /encrypted or compressed/],
      ['vault', 'Salted__abcdefgh', 'not-onnx', /an encrypted file/],
      ['cut', cut.subarray(0, 40), 'not-onnx', /Cannot read this ONNX file: .* at byte/],
      ['nothing', Uint8Array.from([0x08, 0x08]), 'not-onnx', /no ONNX graph/],
    ] as const)
      await assert.rejects(
        report(files.write(`other/${name}.onnx`, content)),
        (error: { reason: string; message: string }) => error.reason === reason && words.test(error.message),
        name,
      );
    await assert.rejects(report(files.path('other/none.onnx')), { reason: 'not-found' });
  });
});
