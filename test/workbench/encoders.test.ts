import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { drip, TestHub } from '../unit/core/downloads/testHub.ts';
import { tinyClip } from '../unit/engine/encoders/tinyEncoders.ts';
import { LONG, Session, sessionOfSuite } from './session.ts';

const MODEL = 'onnx/text_model.onnx';

/** The row that tells the size and starts the download. */
function offerOf({ page }: Workbench): Locator {
  return page.locator('.quick-input-list .monaco-list-row').filter({ hasText: /^Download \d+ kB/ });
}

describe('text encoders in VS Code', () => {
  let hub: TestHub;
  let models: string;
  before(async () => {
    models = await mkdtemp(path.join(tmpdir(), 'semap-models-'));
    hub = await new TestHub('Xenova/clip-vit-base-patch32', tinyClip()).start();
  }, LONG);
  const session = sessionOfSuite(() =>
    Session.start({ 'semap.hubMirror': hub.endpoint, 'semap.modelFolder': models }),
  );
  // What is installed is not downloaded again.
  afterEach(() => rm(models, { recursive: true, force: true }));
  after(async () => hub.stop());

  test(
    'Install Text Encoder shows the size first, names a failure with buttons, and installs when tried again',
    LONG,
    async () => {
      const workbench = await session().open(await session().files({ 'a.txt': { text: '' } }));
      await workbench.runCommand('SeMap: Manage Text Encoders');
      await workbench.pick('Install Text Encoder');
      await workbench.pick('CLIP ViT-B/32 text tower');
      const offer = offerOf(workbench);
      await offer.waitFor();
      assert.equal(hub.downloads(MODEL).length, 0);

      hub.overrides.set(`cdn:/${MODEL}`, (_, response) => response.writeHead(404).end());
      await offer.click();
      const failure = workbench
        .errors()
        .filter({ hasText: /Cannot find onnx\/text_model\.onnx .*\(HTTP 404\)/ });
      await failure.waitFor();
      for (const button of ['Install from Folder...', 'Set Mirror...']) {
        await failure.getByText(button).waitFor();
      }
      hub.overrides.clear();
      await failure.getByText('Try Again').click();
      await offer.click();
      await workbench.notification(/is installed/).waitFor();
      assert.ok(hub.downloads(MODEL).length >= 2);

      await workbench.runCommand('SeMap: Manage Text Encoders');
      await workbench.pick('Xenova--clip-vit-base-patch32--fp32');
      await workbench.pick('Load and run it');
      await workbench.notification(/Xenova--clip-vit-base-patch32--fp32 runs/).waitFor();
    },
  );

  test('Cancel keeps what has arrived, and installing again continues there', LONG, async () => {
    const content = hub.content(MODEL);
    hub.overrides.set(`cdn:/${MODEL}`, drip(content));
    const workbench = await session().open(await session().files({ 'a.txt': { text: '' } }));
    await workbench.runCommand('SeMap: Manage Text Encoders');
    await workbench.pick('Install Text Encoder');
    await workbench.pick('CLIP ViT-B/32 text tower');
    await offerOf(workbench).click();
    const progress = workbench.notification(/Installing Xenova\/clip-vit-base-patch32/);
    // The model comes last: what the small files weigh is there already.
    const small = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].reduce(
      (sum, file) => sum + hub.content(file).length,
      0,
    );
    const shown = progress.getByText(/\d+ kB of /);
    while (1000 * Number.parseFloat((await shown.textContent()) ?? '') < small + 500)
      await workbench.page.waitForTimeout(50);
    await progress.hover();
    await progress.getByText('Cancel').click();
    await workbench.notification(/Download of .* stopped/).waitFor();
    hub.overrides.clear();
    hub.log.length = 0;
    await workbench.runCommand('SeMap: Manage Text Encoders');
    await workbench.pick('Install Text Encoder');
    await workbench.pick('CLIP ViT-B/32 text tower');
    await offerOf(workbench).click();
    await workbench.notification(/is installed/).waitFor();
    assert.match(hub.downloads(MODEL)[0], /bytes=[1-9]\d*-/);
  });
});
