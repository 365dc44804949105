import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { finishInstalls } from '../../../../src/core/downloads/folderInstall.ts';
import { INSTALL_RECORD } from '../../../../src/core/downloads/installPlace.ts';
import { testFolder } from '../../folders.ts';
import { testEnvironment } from './testEnvironment.ts';

describe('installations that were killed in their last moment', () => {
  const root = testFolder();
  const folder = async (name: string, text: string, file = INSTALL_RECORD) => {
    await mkdir(path.join(root, name));
    await writeFile(path.join(root, name, file), text);
  };
  const record = (name: string) => readFile(path.join(root, name, INSTALL_RECORD), 'utf8');

  it('lose nothing: the former version goes where the new one is, and comes back where it is not', async () => {
    await folder('both', 'new');
    await folder('both.old', 'former');
    await writeFile(path.join(root, 'both.old', 'semap-replaced'), '');
    await folder('kept', 'new');
    await folder('kept.old', 'a copy that somebody made');
    await folder('gone.old', 'former');
    await folder('half.download', 'half');
    await folder('own.old', 'somebody else', 'notes.txt');
    await writeFile(path.join(root, 'file.old'), '');
    await folder('busy.old', 'former');
    await writeFile(path.join(root, 'busy.lock'), JSON.stringify({ owner: 'another', at: Date.now() }));
    await finishInstalls(root, testEnvironment());
    assert.deepEqual((await readdir(root)).toSorted(), [
      'both',
      'busy.lock',
      'busy.old',
      'file.old',
      'gone',
      'half.download',
      'kept',
      'kept.old',
      'own.old',
    ]);
    assert.deepEqual([await record('both'), await record('gone')], ['new', 'former']);
    await access(path.join(root, 'own.old', 'notes.txt'));
  });

  it('are no error where there is no folder', async () => {
    await finishInstalls(path.join(root, 'nowhere'), testEnvironment());
  });
});
