import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Memento, TextDocument } from 'vscode';
import '../withFakeVscode.ts';

const vscode = await import('vscode');
const { documentClosed } = vscode as unknown as { documentClosed: { fire(document: TextDocument): void } };
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
