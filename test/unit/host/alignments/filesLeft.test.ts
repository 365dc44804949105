import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { testFolder } from '../../folders.ts';
import { eventually, stage } from '../withFakeVscode.ts';

const { filesGone, filesWillGo, Uri } = (await import('vscode')) as unknown as {
  readonly filesWillGo: { fire(event: unknown): void };
  readonly filesGone: { fire(event: unknown): void };
  readonly Uri: { file(path: string): unknown };
};
const { offerFilesLeft } = await import('../../../../src/host/alignments/filesLeft.ts');

const folder = testFolder();

/** A kept classifier: a document, and the head that it names. */
async function keep(name: string, head = `${name}.head.safetensors`): Promise<string> {
  const learned = { images: 1, labels: 1, measured: null } as never;
  const document = alignmentOf(2, [target('cat', source(0, 1, 1, 'tabby'))]);
  const file = path.join(folder, `${name}.semap.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(
    file,
    serialiseAlignment({
      ...document,
      version: 2,
      head: { kind: 'prototypes', file: head, sha256: '0'.repeat(64), learned },
    }),
  );
  await writeFile(path.join(folder, head), 'numbers');
  return file;
}

/** As a person does in the Explorer. */
async function deleteInExplorer(file: string): Promise<void> {
  const files = [Uri.file(file)];
  const waiting: Promise<unknown>[] = [];
  filesWillGo.fire({ files, waitUntil: (one: Promise<unknown>) => waiting.push(one) });
  await Promise.all(waiting);
  await rm(file);
  filesGone.fire({ files });
}

describe('The files beside an alignment that is deleted', () => {
  beforeEach(() => {
    stage.messages = [];
    stage.answer = undefined;
  });

  it('are offered for deletion, and deleted where there is no trash', async () => {
    const offering = offerFilesLeft();
    stage.answer = 'Delete';
    await deleteInExplorer(await keep('mine'));
    await eventually(() => !existsSync(path.join(folder, 'mine.head.safetensors')) || undefined, 'deletion');
    assert.match(stage.messages[0].message, /^mine\.head\.safetensors is still there/);
    offering.dispose();
  });

  it('stay without a word where another document names them, and where nobody wants them gone', async () => {
    const offering = offerFilesLeft();
    await keep('copy', 'shared.head.safetensors');
    await deleteInExplorer(await keep('first', 'shared.head.safetensors'));
    await deleteInExplorer(await keep('other'));
    await eventually(() => stage.messages[0], 'message');
    assert.equal(stage.messages.length, 1);
    assert.match(stage.messages[0].message, /^other\.head/);
    assert.ok(existsSync(path.join(folder, 'shared.head.safetensors')));
    assert.ok(existsSync(path.join(folder, 'other.head.safetensors')));
    offering.dispose();
  });
});
