import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { withHead } from '../../../../src/core/alignments/alignment.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { testFolder } from '../../folders.ts';
import { stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { changeAlignment, textOf, writeAlignment, writeClassifier } = await import(
  '../../../../src/host/alignments/alignmentFiles.ts'
);
const { readEntry } = await import('../../../../src/host/alignments/activeAlignment.ts');

const document = alignmentOf(1000, [target('cat', source(281, 1, 1, 'tabby'))]);

describe('an alignment in a workspace', { skip: process.platform === 'win32' }, () => {
  const folder = testFolder();
  let root: string;
  const at = (...parts: string[]) => join(folder, ...parts);
  before(async () => {
    root = at('workspace');
    await mkdir(root);
    stage.folders = [root];
  });
  afterEach(() => {
    stage.trusted = true;
    stage.answer = undefined;
    stage.messages = [];
  });
  after(async () => {
    stage.folders = [];
  });
  const write = (name: string) => writeAlignment(document, vscode.Uri.file(root), name);

  it('is written whole under its name, and beside one that is there', async () => {
    const uri = await write('pets');
    assert.equal(uri?.fsPath, join(root, 'pets.semap.json'));
    stage.answer = 'Keep Both';
    assert.equal((await write('pets'))?.fsPath, join(root, 'pets-2.semap.json'));
    assert.equal(await readFile(join(root, 'pets-2.semap.json'), 'utf8'), serialiseAlignment(document));
  });

  it('names folders and backbone of the workspace relative to it, and none of them in Restricted Mode', async () => {
    const folders = [join(root, 'photos', 'pets'), at('elsewhere')];
    const backbone = { ...document.backbone, path: join(root, 'nets', 'net.onnx') };
    const uri = (await writeAlignment({ ...document, backbone, folders }, vscode.Uri.file(root), 'near'))!;
    const written = (await readEntry(uri))!;
    assert.deepEqual(written.document?.folders, ['photos/pets', at('elsewhere')]);
    assert.equal(written.document?.backbone.path, 'nets/net.onnx');
    assert.deepEqual(written.forEngine?.folders, folders);
    stage.trusted = false;
    assert.equal((await readEntry(uri))?.forEngine?.folders, undefined);
  });

  it('says so where VS Code does not take a change', async (context) => {
    const uri = (await write('refused'))!;
    context.mock.method(vscode.workspace, 'applyEdit', async () => false);
    const renamed = changeAlignment(uri, (now) => ({ ...now, targets: [target('dog', source(1))] }), true);
    await assert.rejects(renamed, /Cannot change refused\.semap\.json: VS Code rejected the edit\./);
  });

  it('is written through no link, also through one that leads to nothing yet', async () => {
    await symlink(at('new.json'), join(root, 'linked.semap.json'));
    stage.answer = 'Replace';
    const uri = await write('linked');
    assert.equal(uri?.scheme, 'untitled');
    assert.match(stage.messages.at(-1)!.message, /Cannot write linked\.semap\.json .* is a symbolic link/);
    assert.deepEqual(await readdir(folder), ['workspace']);
  });

  it('is left unsaved in a workspace that is not trusted, with the way to trust it', async () => {
    stage.trusted = false;
    const names = await readdir(root);
    const uri = await write('restricted');
    assert.equal(uri?.scheme, 'untitled');
    assert.deepEqual(await readdir(root), names);
    const { message, items } = stage.messages.at(-1)!;
    assert.match(message, /This workspace is not trusted. Trust the workspace to save alignments in it./);
    assert.deepEqual(items, ['Manage Workspace Trust']);
  });

  it('with a head is saved beside it under a name that neither has, and finds it again', async () => {
    const learned = { images: 1, validation: { images: 0, accuracy: null }, learned: '' };
    const headed = withHead(document, { kind: 'linear-probe', file: '/run/x', sha256: 'ab', learned });
    const keep = () =>
      writeClassifier(headed, Uint8Array.of(7), vscode.Uri.file(join(root, 'photos')), 'probe');
    assert.equal((await keep()).fsPath, join(root, 'probe.semap.json'));
    await writeFile(join(root, 'probe-2.head.safetensors'), '');
    const uri = await keep();
    assert.equal(uri.fsPath, join(root, 'probe-3.semap.json'), 'no head of another is overwritten');
    const entry = (await readEntry(uri))!;
    assert.equal(entry.document?.head?.file, 'probe-3.head.safetensors');
    assert.equal(entry.forEngine?.head?.file, join(root, 'probe-3.head.safetensors'));
    assert.deepEqual([...(await readFile(entry.forEngine!.head!.file))], [7]);
    stage.trusted = false;
    assert.equal((await readEntry(uri))?.forEngine?.head?.file, 'probe-3.head.safetensors');
    await assert.rejects(keep(), { reason: 'untrusted' });
  });

  it('is read where it is a file, and nothing else of its name is', { timeout: 60_000 }, async () => {
    await symlink('/dev/zero', join(root, 'zero.semap.json'));
    execFileSync('mkfifo', [join(root, 'pipe.semap.json')]);
    await mkdir(join(root, 'folder.semap.json'));
    for (const name of ['zero', 'pipe', 'folder', 'none'])
      assert.equal(await textOf(vscode.Uri.file(join(root, `${name}.semap.json`))), undefined, name);
    await writeFile(at('elsewhere.json'), serialiseAlignment(document));
    await symlink(at('elsewhere.json'), join(root, 'own.semap.json'));
    const own = vscode.Uri.file(join(root, 'own.semap.json'));
    assert.equal(await textOf(own), serialiseAlignment(document));
    stage.trusted = false;
    assert.equal(await textOf(own), undefined, 'a link, before the workspace is trusted');
  });

  it('has no path that is used before the workspace is trusted', async () => {
    const uri = vscode.Uri.file(join(root, 'paths.semap.json'));
    const paths = { ...document, prompt: '/dev/zero', backbone: { ...document.backbone, path: '/dev/zero' } };
    await writeFile(uri.fsPath, serialiseAlignment(paths));
    stage.trusted = false;
    const { forEngine } = (await readEntry(uri))!;
    assert.deepEqual([forEngine?.prompt, forEngine?.backbone.path], ['zero', undefined]);
    stage.trusted = true;
    // Trusted: a prompt that is none is for the engine to tell, a backbone has to be a file.
    const trusted = (await readEntry(uri))!.forEngine;
    assert.deepEqual([trusted?.prompt, trusted?.backbone.path], ['/dev/zero', undefined]);
  });
});
