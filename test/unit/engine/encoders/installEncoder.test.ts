import assert from 'node:assert/strict';
import { cp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { installModel, type ModelDtype, planModel } from '../../../../src/core/downloads/modelInstall.ts';
import { encoderKind } from '../../../../src/core/encoders/variants.ts';
import { TextEncoder } from '../../../../src/engine/encoders/textEncoder.ts';
import { failingFiles, testEnvironment } from '../../core/downloads/testEnvironment.ts';
import { TestHub } from '../../core/downloads/testHub.ts';
import { testFolder } from '../../folders.ts';
import { clipTokenizer, expectedClip, FEW_MERGES, tinyClip, writeEncoder } from './tinyEncoders.ts';

const REPO = 'Xenova/clip-vit-base-patch32';
const MODEL = 'onnx/text_model.onnx';

const scratch = testFolder();
let root: string;
let count = 0;
let hub: TestHub;
beforeEach(async () => {
  root = path.join(scratch, String(count++));
  const clip = tinyClip();
  hub = await new TestHub(REPO, { ...clip, 'onnx/text_model_quantized.onnx': clip[MODEL] }).start();
});
afterEach(() => hub.stop());

const quiet = () => ({ signal: new AbortController().signal, onProgress: () => {} });

function plan(name: string, dtype?: ModelDtype, mirror = `${hub.endpoint}/`) {
  const source = { kind: 'hub', name, mirror } as const;
  return planModel(encoderKind, source, testEnvironment(), new AbortController().signal, dtype);
}

async function assertWorks(folder: string): Promise<void> {
  const encoder = await TextEncoder.open(folder);
  try {
    const { vocabulary } = clipTokenizer(FEW_MERGES);
    const ids = encoder.tokenIds('a photo of a dog.');
    const values = await encoder.encode(['a photo of a dog.']);
    const expected = expectedClip(ids, vocabulary);
    for (const [d, value] of expected.entries()) assert.ok(Math.abs(values[d] - value) < 1e-3);
  } finally {
    await encoder.dispose();
  }
}

describe('a text encoder from a hub', () => {
  it('has its sizes known before, and works without the hub after', async () => {
    const found = await plan('clip');
    assert.deepEqual(
      found.variants.map(({ dtype, bytes }) => [dtype, bytes]),
      ['fp32', 'q8'].map((dtype) => [
        dtype,
        [MODEL, 'config.json', 'tokenizer.json', 'tokenizer_config.json'].reduce(
          (sum, file) => sum + hub.content(file).length,
          0,
        ),
      ]),
    );
    assert.equal(hub.downloads(MODEL).length, 0);
    const { folder } = await installModel(found, found.proposed, root, testEnvironment(), quiet());
    assert.equal(path.basename(folder), 'Xenova--clip-vit-base-patch32--fp32');
    await hub.stop();
    await assertWorks(folder);
    await hub.start();
  });

  it('is proposed in the precision asked for', async () => {
    assert.equal((await plan('clip-q8')).proposed.dtype, 'q8');
    assert.equal(
      (await plan(`${hub.endpoint}/${REPO}/tree/main`, 'q8')).proposed.modelPath,
      'onnx/text_model_quantized.onnx',
    );
    await assert.rejects(plan(REPO, 'q4'), {
      reason: 'not-found',
      message: /no q4 model. It has fp32 and q8/,
    });
  });

  it('is asked for by a name that is one', async () => {
    for (const name of ['', 'clip2', '../../etc', 'a/../b', 'https://example.org']) {
      await assert.rejects(plan(name), { reason: 'invalid-argument' });
    }
    await assert.rejects(plan('clip', undefined, 'ftp://x'), { reason: 'invalid-argument' });
  });
});

describe('a text encoder from a folder', () => {
  async function fromFolder(
    folder: string,
    environment = testEnvironment(),
    options = quiet(),
  ): Promise<string> {
    const found = await planModel(encoderKind, { kind: 'folder', folder }, environment, options.signal);
    return (await installModel(found, found.proposed, root, environment, options)).folder;
  }

  it('is copied and works', async () => {
    const folder = await fromFolder(await writeEncoder(path.join(scratch, 'my clip (copy)'), tinyClip()));
    assert.equal(path.basename(folder), 'my-clip-copy--fp32');
    await assertWorks(folder);
  });

  it('may be a snapshot of symbolic links', async () => {
    const blobs = await writeEncoder(path.join(scratch, 'blobs'), tinyClip());
    const snapshot = path.join(scratch, 'snapshot');
    await cp(blobs, snapshot, { recursive: true });
    await rm(path.join(snapshot, MODEL));
    await symlink(path.join(blobs, MODEL), path.join(snapshot, MODEL));
    await assertWorks(await fromFolder(snapshot));
  });

  it('is refused when it is none, or a clone without its LFS files', async () => {
    await assert.rejects(fromFolder(scratch), { reason: 'not-found' });
    const clone = await writeEncoder(path.join(scratch, 'clone'), tinyClip());
    await writeFile(
      path.join(clone, MODEL),
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    );
    await assert.rejects(fromFolder(clone), { reason: 'lfs-pointer' });
    const left = (await readdir(root)).filter((name) => !name.endsWith('.download'));
    assert.deepEqual(left, []);
  });

  it('leaves nothing half-done on a full disk or after a cancel', async () => {
    const folder = await writeEncoder(path.join(scratch, 'whole'), tinyClip());
    const full = testEnvironment({ files: failingFiles('ENOSPC', 2000) });
    await assert.rejects(fromFolder(folder, full), { reason: 'out-of-space' });
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    await assert.rejects(fromFolder(folder, testEnvironment(), options), { reason: 'cancelled' });
    const left = (await readdir(root)).filter((name) => !name.endsWith('.download'));
    assert.deepEqual(left, []);
    await assertWorks(await fromFolder(folder));
  });
});
