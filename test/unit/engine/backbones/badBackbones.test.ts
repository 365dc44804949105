import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { DecodePool } from '../../../../src/engine/images/decodePool.ts';
import { InferencePool } from '../../../../src/engine/inference/inferencePool.ts';
import { Lane } from '../../../../src/engine/inference/lane.ts';
import { Turns } from '../../../../src/engine/threads/turns.ts';
import type { ClassifyProgress } from '../../../../src/protocol/classification.ts';
import { column } from '../../column.ts';
import { meanColour } from '../classifierModel.ts';
import {
  colourSidecar,
  colours,
  describedColours,
  identityAlignment,
  ppm,
  writeColourImages,
} from '../colours.ts';
import { engineOfSuite, noModels, scratch } from '../engineHarness.ts';

describe('A backbone that a person brings', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ backboneFolders: ['installed'] });

  const classify = (
    backbone: string,
    folder: string,
    onProgress: (progress: ClassifyProgress) => void = () => {},
  ) =>
    engine.rpc.call(
      'classify',
      {
        folders: [folder],
        backbone,
        sidecar: colourSidecar,
        alignment: identityAlignment(Object.keys(colours), 'net'),
      },
      { onProgress },
    );

  test('with gaps in id2label is used; what has no name is never mapped', async () => {
    files.write('gaps/model.onnx', meanColour());
    files.write('gaps/config.json', JSON.stringify({ id2label: { 0: 'cat', 2: 'bird' } }));
    const { preprocessing } = colourSidecar;
    const description = await engine.rpc.call('describeBackbone', {
      backbone: files.path('gaps'),
      sidecar: { preprocessing: preprocessing! },
    });
    assert.deepEqual(column(description.labelSpace.labels, 'name'), ['cat', 'unnamed 1', 'bird']);
    assert.deepEqual(description.labelSpace.background, [1]);
  });

  test('may lie in a folder that links to itself', async () => {
    const folder = files.path('installed');
    symlinkSync(folder, files.path('installed/loop'));
    files.write('installed/config.json', '{}');
    files.write('installed/loop.onnx', 'not a model at all, but long enough');
    const entries = await engine.rpc.call('listBackbones', {});
    assert.equal(entries.find(({ name }) => name === 'loop')?.problem?.reason, 'not-onnx');
    assert.ok(entries.some(({ name, problem }) => name === 'starter' && !problem));
  });

  test('and deletes while it is in use serves the run to its end', async () => {
    const file = files.write('deleted/net.onnx', meanColour());
    const images = writeColourImages(files, 'many', 40);
    let deleted = false;
    const result = await classify(file, images, ({ done }) => {
      if (done > 0 && !deleted) rmSync(file);
      deleted ||= done > 0;
    });
    assert.equal(result.images, 120);
    assert.equal(result.accuracy, 1);
    await assert.rejects(classify(file, images), { reason: 'not-found' });
  });

  test('and replaces by another model does not serve as the old one', async () => {
    const file = files.write('replaced/net.onnx', meanColour());
    const images = writeColourImages(files, 'few', 2);
    assert.equal((await classify(file, images)).accuracy, 1);
    const before = await engine.rpc.call('inspectBackbone', { backbone: file });
    writeFileSync(file, meanColour({ softmax: true }));
    const now = await engine.rpc.call('inspectBackbone', { backbone: file });
    assert.notEqual(now.sha256, before.sha256);
    assert.deepEqual([before.output, now.output], ['logits', 'probabilities']);
    assert.equal((await classify(file, images)).backbone.sha256, now.sha256);
  });
});

test('A backbone file that was replaced in a run is not loaded in the place of the old one', async () => {
  const files = scratch();
  const decode = new DecodePool({ workers: 1 });
  const file = files.write('net.onnx', meanColour());
  const backbone = describedColours(file);
  const device = { provider: 'gpu', gate: new Turns(), onFailure: () => {} };
  const pool = await InferencePool.open(
    backbone,
    { threads: 1, copies: 1 },
    decode,
    undefined,
    device,
    async (path, session, spec) => {
      const lane = await Lane.open(path, { ...session, provider: 'cpu' });
      await lane.prepare(spec);
      if (session.provider === 'cpu') return lane;
      const lost = () => Promise.reject(new SemapError('device-failed', verbatim('Device lost')));
      return { facts: lane.facts, ended: false, run: lost, close: () => lane.close() } as unknown as Lane;
    },
  );
  writeFileSync(file, meanColour({ softmax: true }));
  try {
    const image = files.write('a.ppm', ppm(colours.cat));
    await assert.rejects(pool.logits(image), /was replaced while it was in use/);
  } finally {
    await pool.close();
    await decode.dispose();
    files.dispose();
  }
});
