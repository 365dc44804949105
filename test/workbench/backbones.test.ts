import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../../scripts/vscode/workbench.ts';
import { encodePng } from '../../src/engine/training/promptPictures.ts';
import { drip, TestHub } from '../unit/core/downloads/testHub.ts';
import { meanColour, model, node } from '../unit/engine/classifierModel.ts';
import { LONG, Session, sessionOfSuite, windowOfSuite } from './session.ts';

const MODEL = 'onnx/model.onnx';
const COLOURS = ['red', 'green', 'blue', 'cyan', 'magenta', 'yellow'];

/** Six outputs, the means of the channels and the means less 1: of a red image the first is the strongest. */
function colours(): Uint8Array {
  const signs = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1];
  return model({
    nodes: [
      node('GlobalAveragePool', ['image'], ['pooled']),
      node('Flatten', ['pooled'], ['flat']),
      node('MatMul', ['flat', 'w'], ['scores']),
    ],
    outputs: [{ name: 'scores', dims: ['N', 6] }],
    initializers: [
      {
        name: 'w',
        dims: BigInt64Array.from([3n, 6n]),
        dataType: 1,
        floatData: Float32Array.from(signs, (sign) => 10 * sign),
      },
    ],
  });
}

function red(): Uint8Array {
  return encodePng(
    Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
    64,
    64,
  );
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A row of the Backbones view. */
function treeRow({ page }: Workbench, name: string): Locator {
  return page
    .locator('.pane', { has: page.locator('.pane-header', { hasText: /^Backbones/ }) })
    .locator('.monaco-list-row')
    .filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) });
}

/** Chooses from the menu of a row. */
async function menu(workbench: Workbench, row: Locator, item: string): Promise<void> {
  await row.click({ button: 'right' });
  const entry = workbench.page
    .locator('.context-view .monaco-menu .action-item')
    .filter({ hasText: new RegExp(`^${item}`) });
  await entry.waitFor();
  // A menu that has just opened ignores the mouse for a moment.
  await workbench.page.waitForTimeout(200);
  await entry.click();
}

describe('backbones in VS Code', () => {
  let hub: TestHub;
  let scratch: string;
  before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'semap-backbones-'));
    await writeFile(path.join(scratch, 'cut-off.onnx'), colours().subarray(0, 100));
    hub = await new TestHub('Xenova/resnet-18', {
      'config.json': json({ id2label: { 0: 'cat', 1: 'dog', 2: 'bird' } }),
      'preprocessor_config.json': json({
        do_rescale: true,
        rescale_factor: 1 / 255,
        do_normalize: false,
        size: { height: 8, width: 8 },
      }),
      [MODEL]: meanColour({ effort: 1 }),
    }).start();
  }, LONG);
  const session = sessionOfSuite(() => Session.start({ 'semap.hubMirror': hub.endpoint }));
  const window = windowOfSuite(session, async () => {
    const folder = await session().files({
      'labels.txt': { text: COLOURS.join('\n') },
      '.vscode/settings.json': {
        text: JSON.stringify({ 'semap.backbones': [path.join(scratch, 'cut-off.onnx')] }),
      },
    });
    await writeFile(path.join(folder, 'colours.onnx'), colours());
    await writeFile(path.join(folder, 'red.png'), red());
    return folder;
  });
  after(async () => {
    await hub.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  test(
    'Add Backbone asks what the file does not say, shows what it sees, and lists it beside a damaged one',
    LONG,
    async () => {
      const { workbench, folder } = await window();
      const { page } = workbench;
      const title = page.locator('.quick-input-titlebar');
      const rows = page.locator('.quick-input-list .monaco-list-row');

      await workbench.explorerMenu('colours.onnx', 'Add Backbone');
      // A list beside the model that is as long as its outputs is proposed.
      await rows.filter({ hasText: 'labels.txt' }).click();

      await rows.filter({ hasText: /0 to 1.*p \/ 255/ }).click();
      await rows.filter({ hasText: /RGB.*likely/i }).click();
      await rows.filter({ hasText: 'red.png' }).click();
      // Five of the six, the strongest first.
      await rows.filter({ hasText: /red\s*100\.0%Predictions/ }).waitFor();
      assert.equal(
        await rows.filter({ hasText: /^\s*(red|green|blue|cyan|magenta|yellow)\s*[\d.]+%/ }).count(),
        5,
      );
      assert.match(await title.innerText(), /Describe Backbone colours/);
      await rows.filter({ hasText: 'Looks Right: Save the Description' }).click();
      await workbench.notification(/Added colours \(6 source labels/).waitFor();

      await workbench.runCommand('SeMap: Focus on Backbones View');
      await treeRow(workbench, 'colours').filter({ hasText: '6 source labels' }).waitFor();
      await treeRow(workbench, 'cut-off')
        .filter({ hasText: /not|damaged|no valid/ })
        .waitFor();
      await treeRow(workbench, 'starter').waitFor();

      await menu(workbench, treeRow(workbench, 'colours'), 'Remove');
      const dialog = page.locator('.monaco-dialog-box');
      await dialog.getByText(/The file is not deleted/).waitFor();
      await dialog.getByText('Remove from List').click();
      await treeRow(workbench, 'colours').waitFor({ state: 'detached' });
      assert.ok(existsSync(path.join(folder, 'colours.onnx')));
    },
  );

  test('a model file opens in a viewer, which follows it and loads it only when asked', LONG, async () => {
    const { workbench, folder } = await window();
    const file = path.join(folder, 'looked-at.onnx');
    await writeFile(file, meanColour({ effort: 2 }));
    await workbench.runCommand('View: Show Explorer');
    await workbench.openFromExplorer('looked-at.onnx');
    const viewer = await workbench.webview('[data-testid="model-page"] [data-testid="model-check"]');
    const what = viewer.locator('[data-testid="model-what"]');
    assert.equal(
      await what.innerText(),
      'An image classifier: it takes color images of 8 x 8 px and gives the scores of 3 classes.',
    );
    const facts = viewer.locator('[data-testid="model-classifier"]');
    assert.match(await facts.innerText(), /Visual prompts\s+Not checked yet\./);
    await viewer.locator('[data-testid="model-problems"]', { hasText: 'the labels' }).waitFor();
    await viewer.locator('[data-testid="model-check"]').click();
    await facts.filter({ hasText: /Visual prompts\s*Can be trained/ }).waitFor();
    await writeFile(file, meanColour().subarray(0, 100));
    await viewer.locator('[data-testid="model-problem"]', { hasText: 'damaged or incomplete' }).waitFor();
  });

  test(
    'Download Backbone can be cancelled and taken up again, and names a failure with a button to try again',
    LONG,
    async () => {
      const { workbench } = await window();
      const { page } = workbench;
      const rows = page.locator('.quick-input-list .monaco-list-row');
      const download = rows.filter({ hasText: /^Download [\d.]+ kB/ });
      await workbench.runCommand('SeMap: Download Backbone');
      await rows.filter({ hasText: /MobileNetV4 conv small.*73\.8% on ImageNet-1k/ }).waitFor();
      await workbench.pick('ResNet-18');
      await download.waitFor();
      assert.equal(hub.downloads(MODEL).length, 0);

      hub.overrides.set(`cdn:/${MODEL}`, drip(hub.content(MODEL)));
      await download.click();
      const progress = workbench.notification(/Installing/);
      await progress.hover();
      await progress.getByText('Cancel').click();
      await workbench.notification(/Download of .* stopped/).waitFor();

      hub.overrides.set(`cdn:/${MODEL}`, (_, response) => response.writeHead(404).end());
      await workbench.runCommand('SeMap: Download Backbone');
      await workbench.pick('ResNet-18');
      await download.click();
      const failure = workbench.errors().filter({ hasText: /Cannot find onnx\/model\.onnx .*\(HTTP 404\)/ });
      await failure.waitFor();
      hub.overrides.clear();
      await failure.getByText('Try Again').click();
      await download.click();
      await workbench.notification(/Added Xenova--resnet-18--fp32 \(3 source labels/).waitFor();

      await workbench.runCommand('SeMap: Focus on Backbones View');
      const row = treeRow(workbench, 'Xenova--resnet-18--fp32');
      await menu(workbench, row, 'Set Active Backbone');
      await row.filter({ hasText: /active · 3 source labels/ }).waitFor();

      await workbench.runCommand('SeMap: Check Engine');
      const line = (text: RegExp) => page.locator('.view-line').filter({ hasText: text });
      await line(/The.engine.works/).waitFor();
      await line(/Devices.tested.with.Xenova--resnet-18--fp32/).waitFor();
      await line(/webgpu:.*(works|does.not.work)/).waitFor();

      await menu(workbench, row, 'Remove');
      const dialog = page.locator('.monaco-dialog-box');
      await dialog.getByText(/This deletes/).waitFor();
      await dialog.getByText('Delete', { exact: true }).click();
      await row.waitFor({ state: 'detached' });
      await treeRow(workbench, 'starter').filter({ hasText: 'active' }).waitFor();
    },
  );
});
