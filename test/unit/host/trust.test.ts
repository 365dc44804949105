import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { eventually, stage } from './withFakeVscode.ts';

const vscode = await import('vscode');
const { restrictedWords, sayRestricted, trustRows } = await import('../../../src/host/trust.ts');
const { askModel } = await import('../../../src/host/downloads/askModel.ts');

describe('A workspace that is not trusted', () => {
  afterEach(() => {
    stage.trusted = true;
    stage.answer = undefined;
    stage.executed = [];
  });

  it('is told in views, lists and pages what is off, and a trusted one nothing', async () => {
    const view: { message?: string } = {};
    sayRestricted(view, 'Off.');
    assert.deepEqual([view.message, restrictedWords(), trustRows('Off.')], [undefined, undefined, []]);
    stage.trusted = false;
    sayRestricted(view, 'Off.');
    assert.equal(view.message, 'Off.');
    const rows = { onDidChange: new vscode.EventEmitter<void>().event, some: async () => false };
    sayRestricted(view, 'Off.', rows);
    await eventually(() => view.message === '' || undefined, 'empty view that shows its welcome');
    assert.match(restrictedWords() ?? '', /^Restricted Mode: SeMap does not train/);
    assert.deepEqual(trustRows('Off.')[0].detail, 'Off.');
  });

  it('leads from a question about downloads to where trust is given', async () => {
    stage.trusted = false;
    stage.answer = '$(shield) Manage Workspace Trust';
    const question = { title: 'T', placeholder: '', known: [], other: '', example: 'a/b', folder: '' };
    assert.equal(await askModel(question), undefined);
    assert.deepEqual(stage.executed, [['workbench.trust.manage']]);
  });
});
