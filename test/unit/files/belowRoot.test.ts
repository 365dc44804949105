import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { appendBelow, deleteBelow, isTaken, makeFolderBelow } from '../../../src/files/belowRoot.ts';

describe('below a folder that others filled', {
  skip: process.platform === 'win32' && 'needs POSIX files',
}, () => {
  let folder: string;
  let root: string;
  const at = (...parts: string[]) => path.join(folder, ...parts);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'semap-below-'));
    root = at('root');
    await mkdir(root);
    await mkdir(at('outside'));
    await writeFile(at('victim'), 'untouched');
    await writeFile(at('outside', 'victim'), 'untouched');
    await symlink(at('outside'), at('root', 'way'));
  });
  afterEach(async () => {
    assert.equal(await readFile(at('victim'), 'utf8'), 'untouched');
    assert.deepEqual(await readdir(at('outside')), ['victim']);
    assert.equal(await readFile(at('outside', 'victim'), 'utf8'), 'untouched');
    await rm(folder, { recursive: true, force: true });
  });

  it('a line is added to a file, and to no link, second name, pipe or folder', async () => {
    await appendBelow(root, at('root', 'own'), 'a\n');
    await appendBelow(root, at('root', 'own'), 'b\n');
    assert.equal(await readFile(at('root', 'own'), 'utf8'), 'a\nb\n');
    await symlink(at('victim'), at('root', 'link'));
    await symlink(at('nowhere'), at('root', 'dangling'));
    await link(at('victim'), at('root', 'second'));
    execFileSync('mkfifo', [at('root', 'pipe')]);
    for (const name of ['link', 'dangling', 'second', 'pipe', 'way', 'way/victim', 'way/new'])
      await assert.rejects(appendBelow(root, at('root', name), 'x'), { name: 'SemapError' }, name);
    assert.equal(await isTaken(at('nowhere')), false);
  });

  it('a folder is made through no link', async () => {
    await makeFolderBelow(root, at('root', 'a', 'b'));
    await makeFolderBelow(root, at('root', 'a', 'b'));
    await symlink(at('nowhere'), at('root', 'dangling'));
    for (const name of ['way', 'way/new', 'dangling', 'dangling/new'])
      await assert.rejects(makeFolderBelow(root, at('root', name)), { reason: 'unreadable-file' }, name);
    await assert.rejects(makeFolderBelow(root, at('elsewhere')), { reason: 'unreadable-file' });
  });

  it('what is deleted is there and not where a link leads', async () => {
    await mkdir(at('root', 'run'));
    await symlink(at('outside'), at('root', 'run', 'inside'));
    await deleteBelow(root, at('root', 'run'));
    assert.deepEqual(await readdir(root), ['way']);
    for (const name of ['way', 'way/victim'])
      await assert.rejects(deleteBelow(root, at('root', name)), { reason: 'unreadable-file' }, name);
    await deleteBelow(root, at('root', 'not there'));
  });

  it('a link that leads nowhere has a name all the same', async () => {
    await symlink(at('nowhere'), at('root', 'dangling'));
    assert.equal(await isTaken(at('root', 'dangling')), true);
    assert.equal(await isTaken(at('root', 'free')), false);
  });
});
