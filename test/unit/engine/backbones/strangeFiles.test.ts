import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { backboneKind } from '../../../../src/core/backbones/backboneFiles.ts';
import { planModel } from '../../../../src/core/downloads/modelInstall.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { DetailReader } from '../../../../src/engine/backbones/backboneDetails.ts';
import { Backbones } from '../../../../src/engine/backbones/backbones.ts';
import { LabelSpaces } from '../../../../src/engine/backbones/labelSpaces.ts';
import { ModelHashes } from '../../../../src/engine/backbones/modelHashes.ts';
import { TextSides } from '../../../../src/engine/backbones/textSides.ts';
import { promptedBackbone } from '../../../../src/engine/classify/promptedBackbone.ts';
import { inspectEncoder } from '../../../../src/engine/encoders/encoderFolder.ts';
import { Encoders } from '../../../../src/engine/encoders/encoders.ts';
import { readModel } from '../../../../src/engine/models/modelFile.ts';
import { downloadEnvironment } from '../../../../src/files/downloadEnvironment.ts';
import { meanColour } from '../classifierModel.ts';
import { colourSidecar } from '../colours.ts';
import { scratch } from '../engineHarness.ts';

/** Ways to have a file that never ends or never begins. */
const STRANGE: Record<string, (file: string) => void> = {
  'a pipe': (file) => execFileSync('mkfifo', [file]),
  'a link to a device': (file) => symlinkSync('/dev/zero', file),
  'a link to a pipe': (file) => {
    execFileSync('mkfifo', [`${file}-pipe`]);
    symlinkSync(`${file}-pipe`, file);
  },
  'a folder': (file) => mkdirSync(file),
};

describe('A file that is none, wherever one is read', {
  skip: process.platform === 'win32' && 'needs pipes and devices',
  timeout: 60_000,
}, () => {
  const files = scratch();
  let backbones: Backbones;
  before(() => {
    const wordnet = () => Promise.reject(new Error('not needed'));
    backbones = new Backbones({
      modelsFolder: files.path('none'),
      backboneFolders: [],
      cacheFolder: files.path('cache'),
      labelSpaces: new LabelSpaces(files.path('none'), wordnet),
      textSides: new TextSides(new Encoders({ roots: [], cacheFolder: files.path('cache'), threads: 1 })),
    });
  });
  /** A folder with a good model, and `name` in it made strange. */
  let made = 0;
  const withStrange = (how: string, name: string) => {
    const folder = files.path(`${how} ${name} ${++made}`.replaceAll(/\W+/g, '-'));
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, 'net.onnx'), meanColour());
    writeFileSync(path.join(folder, 'net.backbone.json'), JSON.stringify(colourSidecar));
    rmSync(path.join(folder, name), { force: true });
    STRANGE[how](path.join(folder, name));
    return path.join(folder, 'net.onnx');
  };

  for (const how of Object.keys(STRANGE)) {
    it(`is refused by name where it is ${how}`, async () => {
      const not = /is not a regular file/;
      await assert.rejects(backbones.inspect(withStrange(how, 'net.onnx')), (error: Error) =>
        how === 'a folder' ? /No ONNX file/.test(error.message) : not.test(error.message),
      );
      for (const name of ['net.onnx.data', 'net.onnx_data'])
        await assert.rejects(backbones.inspect(withStrange(how, name)), { reason: 'not-onnx', message: not });
      for (const name of ['net.backbone.json', 'preprocessor_config.json'])
        await assert.rejects(backbones.inspect(withStrange(how, name)), {
          reason: 'invalid-description',
          message: not,
        });
      // Files of other programs: passed over.
      for (const name of ['config.json', 'semap-install.json', 'README.md']) {
        const file = withStrange(how, name);
        const { known } = await backbones.inspect(file);
        assert.deepEqual(known.labels, colourSidecar.labels, name);
        if (name === 'README.md') {
          const details = new DetailReader(backbones, files.path('cache'));
          assert.equal((await details.read(file, new AbortController().signal)).licence, undefined);
        }
      }
    });

    it(`is refused where weights, labels, prompts and tokenizers are ${how}`, async () => {
      const bytes = modelWithWeightsIn('weights.bin');
      const file = withStrange(how, 'weights.bin');
      writeFileSync(file, bytes);
      await assert.rejects(new ModelHashes(files.path('cache')).sha256(file), { message: /weights\.bin is/ });
      await assert.rejects(readModel(file), { message: /weights\.bin(?: is|, which is missing)/ });

      const labels = withStrange(how, 'labels.txt');
      const spaces = new LabelSpaces(files.path('none'), (async () => ({})) as never);
      const list = path.join(path.dirname(labels), 'labels.txt');
      await assert.rejects(spaces.read(list, 'net'), { reason: 'invalid-labels', message: /regular file/ });

      const prompt = path.join(path.dirname(withStrange(how, 'p.safetensors')), 'p.safetensors');
      const backbone = { name: 'net', sha256: '', input: { width: 8, height: 8 } } as never;
      await assert.rejects(promptedBackbone(backbone, { prompt }), { reason: 'unreadable-file' });

      const source = path.dirname(withStrange(how, 'config.json'));
      const signal = new AbortController().signal;
      const { proposed } = await planModel(
        backboneKind,
        { kind: 'folder', folder: source },
        downloadEnvironment(),
        signal,
      );
      assert.ok(proposed.files.every((one) => one.path !== 'config.json'));

      const encoder = path.dirname(withStrange(how, 'tokenizer.json'));
      writeFileSync(path.join(encoder, 'config.json'), '{"model_type": "bert"}');
      mkdirSync(path.join(encoder, 'onnx'));
      writeFileSync(path.join(encoder, 'onnx', 'model.onnx'), meanColour());
      await assert.rejects(inspectEncoder(encoder), (error: Error) =>
        /tokenizer|encoder/.test(error.message),
      );
    });
  }

  it('has a limit: a prompt is no larger than one for its backbone can be', async () => {
    const prompt = files.write('huge.safetensors', '');
    truncateSync(prompt, 2 ** 40);
    const backbone = { name: 'net', sha256: '', input: { width: 8, height: 8 } } as never;
    await assert.rejects(promptedBackbone(backbone, { prompt }), {
      reason: 'unreadable-file',
      message: /too large/,
    });
  });

  it('is never looked for outside of the folder of its model', async () => {
    for (const location of ['../outside.bin', '/dev/zero', 'C:\\weights.bin']) {
      const file = files.write('escape/net.onnx', modelWithWeightsIn(location));
      await assert.rejects(new ModelHashes(files.path(`cache ${location.length}`)).sha256(file), {
        reason: 'not-onnx',
        message: /outside the model folder/,
      });
    }
  });
});

/** A model one of whose constants lies in another file. */
function modelWithWeightsIn(location: string): Uint8Array {
  const model = decodeModel(meanColour());
  const weights = {
    name: 'w',
    dataType: 1,
    dims: [1n],
    dataLocation: 1,
    externalData: [{ key: 'location', value: location }],
  };
  return encodeModel({ ...model, graph: { ...model.graph, initializer: [weights] } } as never);
}
