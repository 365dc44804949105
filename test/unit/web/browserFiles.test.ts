import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ModelFileOutline } from '../../../src/protocol/backbones.ts';
import { testFolder } from '../folders.ts';
import { stage } from '../host/withFakeVscode.ts';

const { BrowserEngine } = await import('../../../src/web/browserEngine.ts');
const { findAlignments, readFile, uriOf } = await import('../../../src/web/workspaceFiles.ts');

describe('Files that a browser shows', () => {
  const root = testFolder();

  it('are found by their paths in the folder that is open', async () => {
    stage.folders = ['/elsewhere', root];
    assert.equal(uriOf(join(root, 'a/b.png')).path, join(root, 'a/b.png'));
    await assert.rejects(readFile(uriOf(join(root, 'none.png')), 9), {
      reason: 'not-found',
      message: 'none.png is not in the folder that is open.',
    });
    await writeFile(join(root, 'large.bin'), 'ten bytes.');
    await assert.rejects(readFile(uriOf(join(root, 'large.bin')), 9), { reason: 'unreadable-file' });
  });

  it('are listed without the search of VS Code: documents, but those of runs and of other programs', async () => {
    stage.folders = [root];
    for (const name of ['.semap/runs/a', 'node_modules/b', 'below/deep', 'top.semap.json.d'])
      await mkdir(join(root, name), { recursive: true });
    for (const name of ['.semap/runs/a/alignment', 'node_modules/b/c', 'below/deep/d', 'e'])
      await writeFile(join(root, `${name}.semap.json`), '{}');
    const found = await findAlignments();
    assert.deepEqual(
      found.map(({ path }) => path),
      [join(root, 'e.semap.json'), join(root, 'below/deep/d.semap.json')],
    );
  });

  it('are models too, as far as they say it themselves', async () => {
    stage.folders = [root];
    const file = join(root, 'starter.onnx');
    await copyFile('models/starter.onnx', file);
    const told: ModelFileOutline[] = [];
    const report = await new BrowserEngine().call(
      'reportModel',
      { file },
      { onProgress: (outline) => told.push(outline) },
    );
    assert.deepEqual(told, [report.outline]);
    assert.equal(report.outline.operators.find(({ op }) => op === 'Conv')?.count, 36);
    assert.deepEqual(report.outline.problems, []);
    assert.match(report.sha256, /^[0-9a-f]{64}$/);
    assert.equal(report.problem?.reason, 'no-engine');
    await writeFile(file, 'no model');
    await assert.rejects(new BrowserEngine().call('reportModel', { file }), { reason: 'not-onnx' });
    await assert.rejects(new BrowserEngine().call('listBackbones' as never, {} as never), {
      reason: 'no-engine',
    });
  });
});
