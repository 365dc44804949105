import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fsPromises, { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFolder, ownerOf, sweepLocks } from '../../../src/files/folderLock.ts';
import { startOf, thisHost } from '../../../src/files/processes.ts';
import {
  lockNewRun,
  lockRun,
  makeRunsFolder,
  mustBeEmpty,
  rootOfRun,
  runsFolder,
} from '../../../src/files/runFolders.ts';
import { temporaryFor } from '../../../src/files/wholeFile.ts';
import { column } from '../column.ts';
import { testFolder } from '../folders.ts';
import { ended, firstWords, programOf, start } from './child.ts';

const folder = testFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const lockName = (host: string, pid: number, began: string) =>
  `.semap-${host}-${pid}-${began}-0123456789abcdef.lock`;
const posix = process.platform === 'win32' ? { skip: 'needs POSIX files' } : {};

describe('a folder', () => {
  it('has one owner, who is named, until it is released', async () => {
    await mkdir(at('one'));
    const lock = await lockFolder(at('one'));
    assert.ok('release' in lock);
    const second = await lockFolder(at('one'));
    assert.ok(!('release' in second));
    assert.equal(second.pid, process.pid);
    assert.equal((await readdir(at('one'))).length, 1);
    await lock.release();
    assert.deepEqual(await readdir(at('one')), []);
    assert.equal(await ownerOf(at('one')), undefined);
  });

  it('is not had by one that cannot look who has it', async (t) => {
    await mkdir(at('unseen'));
    const refused = t.mock.method(fsPromises, 'readdir', async () => {
      throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    });
    syncBuiltinESMExports();
    try {
      await assert.rejects(lockFolder(at('unseen')), { reason: 'not-writable' });
    } finally {
      refused.mock.restore();
      syncBuiltinESMExports();
    }
    assert.deepEqual(await readdir(at('unseen')), []);
  });

  it('is free at once when its owner was killed', async () => {
    await mkdir(at('killed'));
    const program = programOf(
      folder,
      'hold',
      `import { lockFolder } from './files/folderLock.ts';
       const lock = await lockFolder(process.argv[2]);
       console.log('release' in lock ? 'mine' : 'taken');
       setInterval(() => {}, 1000);`,
    );
    const child = start(program, at('killed'));
    assert.equal((await firstWords(child)).trim(), 'mine');
    const busy = await lockFolder(at('killed'));
    assert.equal(!('release' in busy) && busy.pid, child.pid);
    const gone = ended(child);
    child.kill('SIGKILL');
    await gone;
    const lock = await lockRun(at('killed'));
    assert.equal((await readdir(at('killed'))).length, 1, 'the lock of the dead is deleted');
    await lock.release();
  });

  it('is not held by another process that got the id of a dead one', {
    skip: startOf(process.pid) === undefined && 'the system does not say when a process began',
  }, async () => {
    await mkdir(at('reused'));
    await writeFile(at('reused', lockName(thisHost, process.pid, '00000000')), '');
    assert.equal(await ownerOf(at('reused')), undefined);
    await sweepLocks(at('reused'));
    assert.deepEqual(await readdir(at('reused')), []);
  });

  it('is never taken from a process of another computer, and the file that says so is named', async () => {
    await mkdir(at('shared'));
    const name = lockName('00000000', 7, '0');
    await writeFile(at('shared', name), '');
    await assert.rejects(lockRun(at('shared')), { reason: 'busy', hint: new RegExp(name) });
    // A name that only looks like one says nothing.
    await mkdir(at('nonsense'));
    for (const odd of ['.semap-.lock', lockName(thisHost, 0, '0'), lockName(thisHost, 2 ** 40, '0')])
      await writeFile(at('nonsense', odd), '');
    assert.equal(await ownerOf(at('nonsense')), undefined);
  });

  it('is not taken from a process of another container that has the same name, until it was silent for long', {
    skip:
      spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status !== 0 &&
      'no namespace can be made',
  }, async () => {
    await mkdir(at('container'));
    const program = programOf(
      folder,
      'contained',
      `import { lockFolder } from './files/folderLock.ts';
       const lock = await lockFolder(process.argv[2]);
       console.log('release' in lock ? 'mine' : String(lock.pid));
       if ('release' in lock) setInterval(() => {}, 1000);`,
    );
    const inContainer = () =>
      spawn(
        'unshare',
        ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, program, at('container')],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
    const first = inContainer();
    assert.equal((await firstWords(first)).trim(), 'mine');
    await assert.rejects(lockRun(at('container')), {
      reason: 'busy',
      message: /another computer or in another container/,
    });
    const second = inContainer();
    assert.equal((await firstWords(second)).trim(), 'undefined', 'both are process 1');
    const gone = ended(first);
    first.kill('SIGKILL');
    await gone;
    const [name] = await readdir(at('container'));
    assert.ok(!('release' in (await lockFolder(at('container')))), 'nobody outside knows that it has ended');
    const silent = new Date(Date.now() - 11 * 60_000);
    await utimes(at('container', name), silent, silent);
    const lock = await lockRun(at('container'));
    assert.ok(!(await readdir(at('container'))).includes(name));
    await lock.release();
  });

  it('says again and again that its owner lives', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    await mkdir(at('beating'));
    const lock = await lockFolder(at('beating'));
    assert.ok('release' in lock);
    const file = at('beating', (await readdir(at('beating')))[0]);
    await sleep(20);
    await utimes(file, new Date(0), new Date(0));
    t.mock.timers.tick(31_000);
    for (let wait = 0; wait < 200 && (await stat(file)).mtimeMs === 0; wait++) await sleep(5);
    assert.ok(Date.now() - (await stat(file)).mtimeMs < 60_000);
    await lock.release();
  });

  it('never has two owners, however many want it at once', { timeout: 120_000 }, async () => {
    await mkdir(at('race'));
    const program = programOf(
      folder,
      'race',
      `import { lockFolder } from './files/folderLock.ts';
       import { openSync, closeSync, rmSync } from 'node:fs';
       import { setTimeout as sleep } from 'node:timers/promises';
       const [, , folder, mark] = process.argv;
       let held = 0;
       for (const end = Date.now() + 2500; Date.now() < end; ) {
         const lock = await lockFolder(folder);
         if (!('release' in lock)) continue;
         // Two owners would meet here.
         closeSync(openSync(mark, 'wx'));
         held++;
         await sleep(Math.random() * 4);
         rmSync(mark);
         await lock.release();
       }
       console.log(held);`,
    );
    const children = Array.from({ length: 5 }, () => start(program, at('race'), at('mark')));
    const results = await Promise.all(children.map(ended));
    assert.deepEqual(column(results, 'code'), [0, 0, 0, 0, 0]);
    assert.ok(results.reduce((sum, { out }) => sum + Number(out), 0) > 0);
    assert.deepEqual(await readdir(at('race')), []);
  });
});

describe('the folder of a run', () => {
  it('is known by where it lies: nothing below the workspace is reached by a link', () => {
    assert.equal(rootOfRun(path.join(runsFolder('/w'), 'x')), '/w');
    assert.equal(rootOfRun('/w/x'), '/w/x');
  });

  it('is new or empty when a run begins', async () => {
    const lock = await lockNewRun(at('new', 'run'));
    await lock.release();
    await writeFile(at('new', 'run', 'mine.txt'), 'a');
    await assert.rejects(lockNewRun(at('new', 'run')), {
      reason: 'invalid-argument',
      message: /the folder contains mine\.txt/,
    });
    assert.deepEqual(await readdir(at('new', 'run')), ['mine.txt']);
    await writeFile(at('new', 'run', 'run.json'), '{}');
    await assert.rejects(lockNewRun(at('new', 'run')), {
      message: /already contains a run/,
      hint: /--resume/,
    });
    await writeFile(at('file'), '');
    await assert.rejects(mustBeEmpty(at('file')), { message: /is a file/ });
  });

  it('counts as empty with what a killed process left in it, which goes', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await mkdir(at('left'));
    await writeFile(at('left', lockName(thisHost, pid, '0')), '');
    const temporary = path.basename(temporaryFor(at('left', 'x'))).replace(`-${process.pid}-`, `-${pid}-`);
    await writeFile(at('left', temporary), '');
    const lock = await lockNewRun(at('left'));
    assert.equal((await readdir(at('left'))).length, 1);
    await lock.release();
  });

  it('is not locked through a link below the workspace', posix, async () => {
    await mkdir(at('outside'));
    await mkdir(at('w', '.semap'), { recursive: true });
    await symlink(at('outside'), runsFolder(at('w')));
    for (const lock of [lockRun, lockNewRun])
      await assert.rejects(lock(path.join(runsFolder(at('w')), 'x')), { reason: 'unreadable-file' });
    assert.deepEqual(await readdir(at('outside')), []);
  });
});

describe('the folder of runs', () => {
  const gitignore = (root: string) => path.join(root, '.semap', '.gitignore');

  it('brings a .gitignore that keeps all of it out of Git, whoever makes it first', async () => {
    const root = at('versioned');
    await mkdir(root);
    const lock = await lockNewRun(path.join(runsFolder(root), 'one'));
    await lock.release();
    assert.match(await readFile(gitignore(root), 'utf8'), /^\*$/m);
    const git = spawnSync('git', ['-C', root, 'init', '--quiet']);
    if (git.error) return;
    await writeFile(path.join(runsFolder(root), 'one', 'run.json'), '{}');
    const status = () => String(spawnSync('git', ['-C', root, 'status', '--short', '-uall']).stdout);
    assert.equal(status(), '');
    // What the file itself says is how one is shared.
    spawnSync('git', ['-C', root, 'add', '--force', '.semap/runs/one']);
    assert.equal(status(), 'A  .semap/runs/one/run.json\n');
  });

  it('does not write it over, or again', async () => {
    const root = at('own');
    await makeRunsFolder(root);
    await writeFile(gitignore(root), 'mine');
    await makeRunsFolder(root);
    assert.equal(await readFile(gitignore(root), 'utf8'), 'mine');
    await rm(gitignore(root));
    await makeRunsFolder(root);
    await assert.rejects(readFile(gitignore(root)));
  });

  it('is none of a run that somebody puts elsewhere', async () => {
    const lock = await lockNewRun(at('elsewhere'));
    await lock.release();
    assert.deepEqual(await readdir(at('elsewhere')), []);
  });
});
