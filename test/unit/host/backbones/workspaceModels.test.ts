import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import { testFolder } from '../../folders.ts';
import { openInput, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { askForBackbone } = await import('../../../../src/host/backbones/askForBackbone.ts');
const { workspaceModels } = await import('../../../../src/host/backbones/workspaceModels.ts');
const { CANCEL, StepUi } = await import('../../../../src/host/multiStep.ts');

describe('The models of a workspace', () => {
  const folder = testFolder();
  const at = (name: string) => join(folder, name);
  const contents: Record<string, string> = { own: 'aa', copy: 'aa', other: 'bb', twin: 'bb', large: 'cccc' };
  let hashed: string[] = [];
  const engine: Engine = {
    call: (async (_: string, { files }: { files: string[] }) => {
      hashed = files;
      return files.map((file) => contents[file.slice(folder.length + 1)]);
    }) as Engine['call'],
  };
  const found = async (listed: readonly string[]) =>
    (await workspaceModels(engine, listed.map(at))).map(({ fsPath }) => fsPath.slice(folder.length + 1));

  beforeEach(async () => {
    for (const [name, content] of Object.entries(contents)) await writeFile(at(name), content);
    stage.files = Object.keys(contents).map(at);
    stage.trusted = true;
    hashed = [];
  });

  it('are offered unless they are in the list, also under another name or twice', async () => {
    assert.deepEqual(await found(['own']), ['other', 'large']);
    assert.ok(!hashed.includes(at('large')), 'what no other has the size of is not read');
    stage.files = [at('large'), at('gone')];
    assert.deepEqual(await found(['own']), ['large']);
  });

  it('are no text encoders', async () => {
    await writeFile(at('text_model.onnx'), 'text');
    await writeFile(at('vision_model.onnx'), 'image');
    stage.files = [at('text_model.onnx'), at('vision_model.onnx')];
    assert.deepEqual(await found([]), ['vision_model.onnx']);
  });

  it('are not looked for where the workspace is not trusted', async () => {
    stage.trusted = false;
    assert.deepEqual(await found([]), []);
  });

  it('leaves out what the person excludes from the search', async () => {
    const { workspace } = vscode;
    const { getConfiguration, findFiles } = workspace;
    let without: unknown;
    Object.assign(workspace, {
      getConfiguration: () => ({ get: () => ({ '**/vendor': true, '**/kept': false }) }),
      findFiles: async (_: unknown, exclude: unknown) => {
        without = exclude;
        return [];
      },
    });
    await found([]);
    Object.assign(workspace, { getConfiguration, findFiles });
    assert.equal(without, '{**/node_modules,**/.*,**/vendor}');
  });

  it('follow the backbones where one is asked for, and are added when they are chosen', async () => {
    const entry = { name: 'starter', path: '/starter.onnx', embedded: true };
    const added: string[] = [];
    const library = {
      list: async () => [entry],
      active: async () => entry,
      addable: async () => [vscode.Uri.file('/ws/models/net.onnx')],
      add: async (path: string) => {
        added.push(path);
        return { name: 'net', path, embedded: false };
      },
    };
    const chosen = askForBackbone(library as never, new StepUi('Backbones'), 'Which?');
    let input = await openInput();
    while (!input.items?.some(({ label }) => label === '$(add) net')) input = await openInput();
    assert.deepEqual(
      input.activeItems?.map(({ label }) => label),
      ['starter'],
      'what has the focus keeps it',
    );
    input.choose('$(add) net');
    const answer = await chosen;
    assert.ok(typeof answer === 'object');
    assert.deepEqual([added, answer.name], [['/ws/models/net.onnx'], 'net']);

    const closed = askForBackbone(library as never, new StepUi('Backbones'), 'Which?');
    (await openInput()).hide();
    assert.equal(await closed, CANCEL);
  });
});
