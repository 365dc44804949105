import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encoderKind } from '../../../../src/core/encoders/variants.ts';
import { downloadEnvironment } from '../../../../src/files/downloadEnvironment.ts';
import { ModelDownloads } from '../../../../src/host/downloads/modelDownloads.ts';
import { TestHub } from '../../core/downloads/testHub.ts';
import { tinyClip } from '../../engine/encoders/tinyEncoders.ts';
import { testFolder } from '../../folders.ts';

const scratch = testFolder();
let hub: TestHub;
before(async () => {
  hub = await new TestHub('Xenova/clip-vit-base-patch32', tinyClip()).start();
});
after(async () => hub.stop());

describe('downloads of the extension host', () => {
  it("use the fetch that VS Code puts in the place of Node's, even later than the start", async () => {
    const environment = downloadEnvironment();
    const downloads = new ModelDownloads(
      encoderKind,
      { root: () => scratch, mirror: () => hub.endpoint },
      environment,
    );
    const nodes = globalThis.fetch;
    const asked: string[] = [];
    globalThis.fetch = (input, init) => {
      asked.push(String(input));
      return nodes(input, init);
    };
    try {
      await downloads.plan({ kind: 'hub', name: 'clip' }, new AbortController().signal);
    } finally {
      globalThis.fetch = nodes;
    }
    assert.ok(asked.length >= 2);
    assert.ok(asked.every((url) => url.startsWith(hub.endpoint)));
  });

  it('take mirror and folder from the settings of the moment, and leave nothing after a discard', async () => {
    let root = path.join(scratch, 'first');
    let mirror = 'http://127.0.0.1:1';
    const downloads = new ModelDownloads(
      encoderKind,
      { root: () => root, mirror: () => mirror },
      downloadEnvironment(),
    );
    const { signal } = new AbortController();
    mirror = hub.endpoint;
    const plan = await downloads.plan({ kind: 'hub', name: 'clip' }, signal);
    root = path.join(scratch, 'second');
    const controller = new AbortController();
    const stopped = downloads.install(plan, plan.proposed, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(stopped, { reason: 'cancelled' });
    assert.deepEqual(await readdir(root), ['Xenova--clip-vit-base-patch32--fp32.download']);
    await downloads.discard(plan, plan.proposed);
    assert.deepEqual(await readdir(root), []);
    const { folder } = await downloads.install(plan, plan.proposed, { signal, onProgress: () => {} });
    assert.equal(path.dirname(folder), root);
  });
});
