import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { FileRenameEvent, Memento, TextDocument } from 'vscode';
import { testFolder } from '../../folders.ts';
import '../withFakeVscode.ts';

const vscode = await import('vscode');
const { documentClosed, filesRenamed } = vscode as unknown as {
  documentClosed: { fire(document: TextDocument): void };
  filesRenamed: { fire(renamed: FileRenameEvent): void };
};
const { ActiveAlignment } = await import('../../../../src/host/alignments/activeAlignment.ts');

test('an unsaved alignment that is thrown away is shown no longer', async () => {
  const memory = { get: () => undefined, update: async () => {} } as unknown as Memento;
  const active = new ActiveAlignment(memory);
  const uri = vscode.Uri.from({ scheme: 'untitled', path: 'pets.semap.json' });
  const document = await vscode.workspace.openTextDocument(uri);
  // As VS Code leaves it: emptied first, which cannot be read, and closed then.
  assert.ok((await active.show(uri))?.problem);
  (vscode.workspace.textDocuments as TextDocument[]).pop();
  const changed = new Promise((resolve) => active.onDidChange(resolve));
  documentClosed.fire(document);
  assert.equal(await changed, undefined);
  assert.equal(active.current, undefined);
  active.dispose();
});

test('an alignment is shown on under its new name, also where its folder was renamed or its end was told before', async (t) => {
  const files = testFolder();
  const memory = { get: () => undefined, update: async () => {} } as unknown as Memento;
  const active = new ActiveAlignment(memory);
  t.after(() => active.dispose());
  const uri = (...names: string[]) => vscode.Uri.file(path.join(files, ...names));
  const rename = (from: string, to: string) => {
    renameSync(path.join(files, from), path.join(files, to));
    return { oldUri: uri(from), newUri: uri(to) };
  };
  const shown = async (renamed: FileRenameEvent['files'][number]) => {
    const changed = new Promise((resolve) => active.onDidChange(resolve));
    filesRenamed.fire({ files: [renamed] });
    await changed;
    return active.current?.uri.fsPath;
  };
  mkdirSync(path.join(files, 'a'));
  writeFileSync(path.join(files, 'a', 'pets.semap.json'), '{}');
  assert.ok(await active.show(uri('a', 'pets.semap.json')));
  assert.equal(
    await shown(rename('a/pets.semap.json', 'a/cats.semap.json')),
    uri('a', 'cats.semap.json').fsPath,
  );
  assert.equal(await shown(rename('a', 'b')), uri('b', 'cats.semap.json').fsPath);
  const renamed = rename('b/cats.semap.json', 'b/dogs.semap.json');
  assert.equal(await active.show(uri('b', 'cats.semap.json')), undefined);
  assert.equal(await shown(renamed), uri('b', 'dogs.semap.json').fsPath);
  // What is no alignment under its new name is gone, and what is called alike is another one.
  filesRenamed.fire({
    files: [rename('b/dogs.semap.json', 'b/dogs.json'), { oldUri: uri('b/dogs'), newUri: uri('c') }],
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(active.current?.uri.fsPath, uri('b', 'dogs.semap.json').fsPath);
});
