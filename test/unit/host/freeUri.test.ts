import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Uri } from 'vscode';
import './withFakeVscode.ts';

const { freeUri } = await import('../../../src/host/writtenFiles.ts');

const uri = (fsPath: string) => ({ scheme: 'file', fsPath }) as Uri;

it('a free name is the first that nothing has, nor what lies beside it', async () => {
  const taken = import.meta.filename;
  const names = [[uri(taken)], [uri(`${taken}-2`), uri(taken)], [uri(`${taken}-3`)]] as const;
  assert.equal((await freeUri((number) => [...names[number - 1]] as [Uri])).fsPath, `${taken}-3`);
});

it('where every name may be taken, the last one that was tried is given, so that writing it says why', async () => {
  let tried = 0;
  await freeUri((number) => {
    tried = number;
    return [uri(import.meta.filename)];
  });
  assert.equal(tried, 100);
});
