import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fsPromises, {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import { makeFolders, mustBeFolder } from '../../../src/files/folders.ts';
import { refuseNetworkPath } from '../../../src/files/links.ts';
import { thisHost } from '../../../src/files/processes.ts';
import { readRegularFile } from '../../../src/files/regularFile.ts';
import { sweepTemporaries, temporaryFor, writeWhole } from '../../../src/files/wholeFile.ts';
import { testFolder } from '../folders.ts';

const folder = testFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);

const posix = process.platform === 'win32' ? { skip: 'needs POSIX files' } : {};

describe('readRegularFile', () => {
  test('reads a file whole, up to its limit', async () => {
    await writeFile(at('text'), 'x'.repeat(1000));
    assert.equal((await readRegularFile(at('text'), { limit: 1000 })).length, 1000);
    await assert.rejects(readRegularFile(at('text'), { limit: 999 }), {
      reason: 'unreadable-file',
      message: 'text is too large: the limit is 1 kB.',
    });
    await assert.rejects(readRegularFile(at('none'), { limit: 1 }), { reason: 'not-found' });
  });

  test('never waits for a pipe, and never reads a device or a folder', posix, async () => {
    execFileSync('mkfifo', [at('pipe')]);
    for (const file of [at('pipe'), '/dev/zero', folder]) {
      await assert.rejects(readRegularFile(file, { limit: 10 }), {
        reason: 'unreadable-file',
        message: `${path.basename(file)} is not a regular file.`,
      });
    }
  });

  test('stops at the limit where a size says nothing', { skip: process.platform !== 'linux' }, async () => {
    assert.equal((await stat('/proc/self/environ')).size, 0);
    await assert.rejects(readRegularFile('/proc/self/smaps', { limit: 100 }), { reason: 'unreadable-file' });
    const cmdline = await readRegularFile('/proc/self/cmdline', { limit: 1e6 });
    assert.ok(cmdline.toString().startsWith(process.argv0));
  });

  test('follows no link below a root, and leaves none', posix, async () => {
    await mkdir(at('root', 'inner'), { recursive: true });
    await writeFile(at('secret'), 'secret');
    await symlink(at('secret'), at('root', 'link'));
    await symlink(folder, at('root', 'way'));
    const root = at('root');
    for (const file of [at('root', 'link'), at('root', 'way', 'secret'), at('secret')]) {
      await assert.rejects(readRegularFile(file, { limit: 100, root }), { reason: 'unreadable-file' });
    }
    // The root itself may be reached by a link.
    await writeFile(at('root', 'inner', 'own'), 'own');
    await symlink(at('root'), at('shortcut'));
    const own = await readRegularFile(at('shortcut', 'inner', 'own'), { limit: 100, root: at('shortcut') });
    assert.equal(own.toString(), 'own');
  });
});

describe('refuseNetworkPath', () => {
  test('lets a document name no file of another computer, but those beside it there', () => {
    const folder = process.platform === 'win32' ? '\\\\nas\\photos' : '/photos';
    for (const named of ['\\\\server\\share\\p', '\\\\?\\UNC\\server\\share\\p'])
      assert.throws(() => refuseNetworkPath(named, folder), { reason: 'invalid-argument' });
    for (const named of ['p', 'a/p', '../p', path.resolve(folder, 'p')]) refuseNetworkPath(named, folder);
  });
});

describe('writeWhole', () => {
  test('replaces a file, keeps its mode, makes folders on request and leaves nothing beside it', async () => {
    await writeWhole(at('new', 'a', 'b'), 'first', { folders: true });
    await writeWhole(at('new', 'a', 'b'), ['sec', 'ond']);
    assert.equal(await readFile(at('new', 'a', 'b'), 'utf8'), 'second');
    assert.deepEqual(await readdir(at('new', 'a')), ['b']);
    await assert.rejects(writeWhole(at('absent', 'b'), ''), {
      reason: 'not-writable',
      message: /its folder does not exist/,
    });
    await assert.rejects(writeWhole(at('new'), ''), { reason: 'not-writable' });
  });

  test('keeps the rights of a file, whatever new files get', posix, async () => {
    await writeWhole(at('shared'), 'first');
    await chmod(at('shared'), 0o664);
    const mask = process.umask(0o077);
    await writeWhole(at('shared'), 'second').finally(() => process.umask(mask));
    assert.equal((await stat(at('shared'))).mode & 0o777, 0o664);
  });

  test('tries again on Windows, where others look into a new file', posix, async (t) => {
    await writeWhole(at('held'), 'first');
    const real = fsPromises.rename;
    let [held, code] = [3, 'EPERM'];
    const renames = t.mock.method(fsPromises, 'rename', (from: string, to: string) =>
      held-- > 0 ? Promise.reject(Object.assign(new Error(code), { code })) : real(from, to),
    );
    const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
    const on = (value: string) => Object.defineProperty(process, 'platform', { ...platform, value });
    syncBuiltinESMExports();
    try {
      on('win32');
      await writeWhole(at('held'), 'second');
      assert.equal(await readFile(at('held'), 'utf8'), 'second');
      assert.equal(renames.mock.callCount(), 4);
      // What will not pass is told at once, and so is everything elsewhere.
      [held, code] = [1, 'ENOSPC'];
      await assert.rejects(writeWhole(at('held'), 'third'), { reason: 'out-of-space' });
      on(platform.value);
      [held, code] = [1, 'EPERM'];
      await assert.rejects(writeWhole(at('held'), 'third'), { reason: 'not-writable' });
      assert.equal(renames.mock.callCount(), 6);
      assert.equal(await readFile(at('held'), 'utf8'), 'second');
    } finally {
      Object.defineProperty(process, 'platform', platform);
      renames.mock.restore();
      syncBuiltinESMExports();
    }
  });

  test('a failure in the middle costs neither the old file nor the disk', async () => {
    await writeFile(at('kept'), 'old');
    async function* broken() {
      yield 'half';
      throw new Error('no more');
    }
    await assert.rejects(writeWhole(at('kept'), broken()));
    assert.equal(await readFile(at('kept'), 'utf8'), 'old');
    const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
    assert.deepEqual(left, []);
  });

  test('a new file is not there before it is whole, and is of one of those who make it', async () => {
    const file = at('once', 'new.txt');
    const watched = function* () {
      yield 'a';
      assert.ok(!existsSync(file), 'whoever is killed now leaves an empty file');
      yield 'b';
    };
    await writeWhole(file, watched(), { isNew: true, folders: true });
    assert.equal(await readFile(file, 'utf8'), 'ab');
    await assert.rejects(writeWhole(file, 'c', { isNew: true }), { reason: 'already-exists' });
    const contested = at('once', 'contested.txt');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => writeWhole(contested, `${i}`.repeat(1e5), { isNew: true })),
    );
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(await readFile(contested, 'utf8'), `${won}`.repeat(1e5));
    assert.ok(
      outcomes.every(
        (one, i) => i === won || (one.status === 'rejected' && one.reason.reason === 'already-exists'),
      ),
    );
    assert.deepEqual((await readdir(at('once'))).toSorted(), ['contested.txt', 'new.txt']);
  });

  test('writes through no link below a root', posix, async () => {
    const root = at('workspace');
    await mkdir(at('elsewhere'), { recursive: true });
    await mkdir(root);
    await writeFile(at('victim'), 'untouched');
    await symlink(at('victim'), at('workspace', 'run.json'));
    await symlink(at('elsewhere'), at('workspace', '.semap'));
    await symlink(at('nowhere'), at('workspace', 'dangling'));
    for (const name of ['run.json', '.semap/run.json', '.semap/new/run.json', 'dangling']) {
      const options = { root, folders: true };
      await assert.rejects(writeWhole(at('workspace', name), 'x', options), {
        reason: 'unreadable-file',
        message: /symbolic link/,
      });
    }
    await assert.rejects(writeWhole(at('victim'), 'x', { root }), { reason: 'unreadable-file' });
    assert.equal(await readFile(at('victim'), 'utf8'), 'untouched');
    assert.deepEqual(await readdir(at('elsewhere')), []);
  });

  test('gives a file no name behind a link that came while it was written', posix, async () => {
    const root = at('raced');
    await mkdir(at('raced', 'runs'), { recursive: true });
    await mkdir(at('outside'));
    async function* replacing() {
      yield 'half';
      await rename(at('raced', 'runs'), at('raced', 'moved'));
      await symlink(at('outside'), at('raced', 'runs'));
      yield 'whole';
    }
    await assert.rejects(writeWhole(at('raced', 'runs', 'run.json'), replacing(), { root }), {
      reason: 'unreadable-file',
      message: /symbolic link/,
    });
    assert.deepEqual(await readdir(at('outside')), []);
  });

  test(
    'where the person named a link, the file behind it is replaced and the link stays',
    posix,
    async () => {
      await writeFile(at('target'), 'old');
      await symlink('target', at('named'));
      await writeWhole(at('named'), 'new');
      assert.equal(await readFile(at('target'), 'utf8'), 'new');
      await writeWhole('/dev/null', 'gone');
      assert.ok((await stat('/dev/null')).isCharacterDevice());
    },
  );

  test('writes into a pipe that is read, however slowly, and never waits for a reader', posix, async () => {
    execFileSync('mkfifo', [at('out')]);
    await assert.rejects(writeWhole(at('out'), 'x'), {
      reason: 'not-writable',
      message: /a pipe or a socket that nobody reads/,
    });
    const reader = spawn('/bin/sh', ['-c', 'exec < "$0"; echo open; sleep 0.2; wc -c', at('out')]);
    const read = new Promise<string>((resolve) => {
      let text = '';
      reader.stdout.on('data', (data) => {
        text += data;
      });
      reader.on('close', () => resolve(text));
    });
    const megabyte = 'x'.repeat(1 << 20);
    // The reader's opening waits for a writer.
    for (let tries = 0; tries < 500; tries++) {
      const failed = await writeWhole(at('out'), [megabyte, megabyte]).catch((error) => error);
      if (failed === undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.match(await read, /^open\s+2097152\s*$/);
  });

  test('says in words what the system says', posix, async () => {
    await symlink('circle', at('circle'));
    await assert.rejects(writeWhole(at('circle'), 'x'), { message: /symbolic links lead in a circle/ });
    await assert.rejects(readRegularFile(at('circle'), { limit: 1 }), { message: /in a circle/ });
    await assert.rejects(mustBeFolder(at('circle')), { message: /Cannot open .*: .* in a circle/ });
    await writeFile(at('plain'), '');
    await assert.rejects(writeWhole(at('plain', 'x'), 'x'), { message: /a part of its path is a file/ });
    await assert.rejects(writeWhole(at('n'.repeat(300)), 'x'), { message: /its name is too long/ });
  });

  test('says when the disk is full', { skip: process.platform !== 'linux' }, async () => {
    await assert.rejects(writeWhole('/dev/full', 'x'), { reason: 'out-of-space' });
  });

  test('what killed writes left is deleted, what others are writing is not', async () => {
    const where = at('left');
    await mkdir(where);
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const gone = `.semap-${thisHost}-${dead}-0123456789abcdef.tmp`;
    const others = [
      path.basename(temporaryFor(at('left', 'x'))),
      `.semap-00000000-${dead}-0123456789abcdef.tmp`,
      'own.tmp',
    ];
    for (const name of [gone, ...others]) await writeFile(path.join(where, name), '');
    await sweepTemporaries(where);
    assert.deepEqual((await readdir(where)).sort(), [...others].sort());
  });
});

describe('makeFolders', () => {
  test('makes what is missing, and minds nothing that is there', async () => {
    await Promise.all([makeFolders(at('a', 'b', 'c')), makeFolders(at('a', 'b', 'd'))]);
    await makeFolders(at('a', 'b', 'c'));
    assert.deepEqual((await readdir(at('a', 'b'))).sort(), ['c', 'd']);
    await writeFile(at('plain'), '');
    await assert.rejects(makeFolders(at('plain', 'x')), { code: 'ENOTDIR' });
  });

  test(
    'ends where no folder can be made',
    {
      skip: process.platform !== 'linux',
      timeout: 60_000,
    },
    async () => assert.rejects(makeFolders('/proc/nope/x'), { code: 'ENOENT' }),
  );
});

describe('mustBeFolder', () => {
  test('says what is there instead, and why a name may not be found', async () => {
    await mustBeFolder(folder);
    await assert.rejects(mustBeFolder(import.meta.filename), {
      reason: 'not-found',
      message: /is not a folder/,
    });
    await assert.rejects(mustBeFolder('/no/such/folder'), { hint: 'Choose a folder of images.' });
    await assert.rejects(mustBeFolder('/no/H\ufffdhner'), { hint: /not valid UTF-8, rename it/ });
    await assert.rejects(mustBeFolder('x'.repeat(5000)), { message: /Cannot open .*: its name is too long/ });
  });
});
