import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import type { LearnHeadParams } from '../../../../src/protocol/learning.ts';
import { testFolder } from '../../folders.ts';
import { stage } from '../withFakeVscode.ts';
import { fakeEngine, finishedRun } from './fakeRun.ts';

const { keepClassifier } = await import('../../../../src/host/results/keepClassifier.ts');

describe('Keep as Classifier', { skip: process.platform === 'win32' }, () => {
  const root = testFolder();
  before(async () => {
    await mkdir(root, { recursive: true });
    stage.folders = [root];
  });
  after(() => {
    stage.folders = [];
    stage.answer = undefined;
    stage.trusted = true;
  });

  const learned = { images: 4, found: 9, validation: { images: 12, accuracy: 0.75 }, learned: '0a' };
  const keeping = async (balanced: boolean) => {
    const asked: LearnHeadParams[] = [];
    const opened: string[] = [];
    const engine = fakeEngine({
      classify: () => ({ cancelled: false }),
      learnHead: (params: LearnHeadParams) => {
        asked.push(params);
        return { head: { kind: params.kind, sha256: 'ab', learned }, bytes: Uint8Array.of(1, 2) };
      },
    });
    const active = { open: async (uri: { fsPath: string }) => void opened.push(uri.fsPath) };
    const done = keepClassifier({ engine, active } as never, await finishedRun(), balanced);
    return { asked, opened, done };
  };

  it('saves what was learned beside other alignments, and opens it', async () => {
    stage.answer = 'Folder and Labels';
    const { asked, opened, done } = await keeping(true);
    await done;
    assert.deepEqual([asked[0].kind, asked[0].balanced, asked[0].folders], ['mixture', true, ['/photos']]);
    const [file] = opened;
    assert.equal(file, join(root, 'photos-mixture.semap.json'));
    const document = parseAlignment(await readFile(file, 'utf8'));
    assert.deepEqual(document.head, {
      kind: 'mixture',
      file: 'photos-mixture.head.safetensors',
      sha256: 'ab',
      learned,
    });
    assert.deepEqual(document.folders, ['/photos']);
    assert.deepEqual([...(await readFile(join(root, 'photos-mixture.head.safetensors')))], [1, 2]);
  });

  it('is refused before it is learned where nothing can be saved', async () => {
    stage.trusted = false;
    const { asked, done } = await keeping(false);
    await assert.rejects(done, { reason: 'untrusted' });
    assert.deepEqual(asked, []);
  });
});
