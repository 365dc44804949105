import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { DownloadEnvironment } from '../../../../src/core/downloads/environment.ts';
import { installFromHub, verifyInstalled } from '../../../../src/core/downloads/folderInstall.ts';
import { listRepository } from '../../../../src/core/downloads/hubListing.ts';
import type { WhenTaken } from '../../../../src/core/downloads/installPlace.ts';
import type { DownloadProgress } from '../../../../src/core/downloads/progress.ts';
import { candidateFiles, findVariants } from '../../../../src/core/encoders/variants.ts';
import { say } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';
import { testFolder } from '../../folders.ts';
import { failingFiles, TestClock, testEnvironment } from './testEnvironment.ts';
import { breakOff, page, serve, sha256, TestHub } from './testHub.ts';

const MODEL = 'onnx/text_model.onnx';
const REPO = 'somebody/tiny-clip';
const ETAG = '"cdn"';

function filesOf(seed: number, size = 300_000): Record<string, Uint8Array> {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return {
    'README.md': text('not needed'),
    'config.json': text({ model_type: 'clip', seed }),
    'tokenizer.json': text({ seed }),
    'tokenizer_config.json': text({}),
    [MODEL]: Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 17 + seed) & 255),
  };
}

const scratch = testFolder();
let root: string;
let count = 0;
let hub: TestHub;
beforeEach(async () => {
  root = path.join(scratch, String(count));
  hub = await new TestHub(REPO, filesOf(1)).start();
});
afterEach(async () => {
  count++;
  await hub.stop();
});

interface Options {
  whenTaken?: WhenTaken;
  environment?: DownloadEnvironment;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
}

/** Lists the repository and installs its text tower, as the person's request does. */
async function install({
  whenTaken,
  environment = testEnvironment(),
  signal = new AbortController().signal,
  onProgress = () => {},
}: Options = {}): Promise<string> {
  const wanted = { endpoint: hub.endpoint, repo: REPO, revision: 'main' };
  const { repository, files } = await listRepository(wanted, candidateFiles(), { ...environment, signal });
  const [variant] = findVariants(files, REPO);
  const request = { root, name: 'tiny', files: variant!.files, whenTaken };
  return (await installFromHub(request, repository, environment, { signal, onProgress })).folder;
}

const failsWith = (reason: string, message: RegExp, hint = /retry|mirror|install from a folder/i) => ({
  reason,
  message,
  hint,
});

/** Waits until so many bytes of the model have been kept, or the test is over. */
async function kept(bytes: number): Promise<void> {
  const mine = count;
  const part = path.join(root, 'tiny.download', `${MODEL}.part`);
  while (mine === count && ((await fs.stat(part).catch(() => undefined))?.size ?? 0) < bytes) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function isInstalled(): Promise<boolean> {
  return (await readdir(root).catch((): string[] => [])).includes('tiny');
}

async function assertInstalled(): Promise<void> {
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json', MODEL]) {
    assert.deepEqual(new Uint8Array(await readFile(path.join(root, 'tiny', file))), hub.content(file), file);
  }
  assert.deepEqual(await readdir(root), ['tiny']);
}

describe('installing from a hub', () => {
  it('brings the files that are needed, and no others, by way of the CDN', async () => {
    assert.equal(await install(), `${root}/tiny`);
    await assertInstalled();
    const asked = hub.log.some((line) => line.includes('README'));
    assert.equal(asked, false);
    assert.equal(hub.downloads(MODEL).length, 1);
  });

  it('leaves a record of what came from where, which a check compares', async () => {
    const environment = testEnvironment();
    const folder = await install({ environment });
    const record = JSON.parse(await readFile(path.join(folder, 'semap-install.json'), 'utf8'));
    assert.equal(record.source, `${REPO}@${hub.commit}`);
    assert.equal(record.files.at(-1).sha256, sha256(hub.content(MODEL)));
    const { signal } = new AbortController();
    assert.deepEqual(await verifyInstalled(folder, { ...environment, signal }), []);
    await writeFile(path.join(folder, 'config.json'), '{}');
    await rm(path.join(folder, 'tokenizer.json'));
    assert.deepEqual(
      (await verifyInstalled(folder, { ...environment, signal }))?.map((text) => say(text)),
      [
        `config.json has 2 bytes instead of ${hub.content('config.json').length.toLocaleString('en')}`,
        'tokenizer.json is missing',
      ],
    );
  });

  it('tells how far it is, from nothing to all', async () => {
    const seen: DownloadProgress[] = [];
    await install({ onProgress: (progress) => seen.push(progress) });
    const total = seen[0].bytesTotal;
    assert.equal(
      total,
      Object.entries(filesOf(1)).reduce(
        (sum, [name, { length }]) => sum + (name === 'README.md' ? 0 : length),
        0,
      ),
    );
    assert.deepEqual(
      column(seen, 'bytesDone'),
      column(seen, 'bytesDone').sort((a, b) => a - b),
    );
    assert.equal(seen.at(-1)!.stage, 'installing');
    assert.equal(seen.at(-1)!.bytesDone, total);
  });

  it('replaces what was installed only when all is there', async () => {
    await install();
    for (const [name, content] of Object.entries(filesOf(2))) hub.set(name, content);
    hub.overrides.set(`cdn:${MODEL}`, (_, response) => page(response));
    await assert.rejects(install({ whenTaken: 'replace' }));
    assert.deepEqual(new Uint8Array(await readFile(path.join(root, 'tiny', MODEL))), filesOf(1)[MODEL]);
    hub.overrides.clear();
    await install({ whenTaken: 'replace' });
    await assertInstalled();
  });

  it('asks before it replaces another revision, and before a byte of it is downloaded', async () => {
    await install();
    for (const [name, content] of Object.entries(filesOf(2))) hub.set(name, content);
    hub.overrides.set(`cdn:${MODEL}`, () => assert.fail('the model was asked for'));
    await assert.rejects(install(), failsWith('already-exists', /somebody\/tiny-clip@/, /keep both/));
  });
});

describe('a hub in trouble', () => {
  it('that is down is tried four times, then named with the ways out', async () => {
    await hub.stop();
    const environment = testEnvironment();
    await assert.rejects(
      install({ environment }),
      failsWith('network-failed', /Cannot connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/, /mirror.*folder/),
    );
    assert.deepEqual(environment.clock.pauses, [1000, 2000, 4000]);
    assert.equal(await isInstalled(), false);
    await hub.start();
  });

  it('that goes down half-way is named too, and the next attempt continues', async () => {
    hub.overrides.set(`cdn:${MODEL}`, (_, response) => response.destroy());
    await assert.rejects(install(), { reason: 'network-failed' });
    assert.equal(await isInstalled(), false);
    hub.overrides.clear();
    await install();
    await assertInstalled();
  });

  it('that has no such repository or file says 404', async () => {
    await assert.rejects(
      listRepository({ endpoint: hub.endpoint, repo: 'no/body', revision: 'main' }, candidateFiles(), {
        ...testEnvironment(),
        signal: new AbortController().signal,
      }),
      failsWith('not-found', /Cannot find no\/body .*\(HTTP 404\)/, /Check the name/),
    );
    hub.overrides.set(`cdn:${MODEL}`, (_, response) => response.writeHead(404).end());
    await assert.rejects(
      install(),
      failsWith('not-found', /Cannot find onnx\/text_model\.onnx .*\(HTTP 404\)/, /name/),
    );
  });

  it('that wants an account says so', async () => {
    hub.overrides.set(`/api/models/${REPO}/revision/main`, (_, response) => response.writeHead(401).end());
    await assert.rejects(install(), failsWith('network-failed', /HTTP 401.*account/));
  });

  it('that is overloaded for a moment is asked again', async () => {
    let refusals = 2;
    hub.overrides.set(`cdn:${MODEL}`, (request, response) => {
      if (refusals-- > 0) response.writeHead(refusals === 1 ? 503 : 429).end('busy');
      else serve(request, response, hub.content(MODEL), ETAG);
    });
    const environment = testEnvironment();
    await install({ environment });
    await assertInstalled();
    assert.deepEqual(environment.clock.pauses, [1000, 2000]);
  });

  it('that falls silent is given up on and asked for the rest', async () => {
    const environment = testEnvironment();
    const content = hub.content(MODEL);
    let first = true;
    hub.overrides.set(`cdn:${MODEL}`, (request, response) => {
      if (!first) return serve(request, response, content, ETAG);
      first = false;
      response.writeHead(200, { etag: ETAG, 'content-length': content.length });
      response.write(content.subarray(0, 100_000));
      void kept(100_000).then(() => {
        const timer = setInterval(() => {
          if (hub.downloads(MODEL).length > 1) clearInterval(timer);
          else environment.clock.elapse();
        }, 5);
      });
    });
    await install({ environment });
    await assertInstalled();
    assert.match(hub.downloads(MODEL)[1], /bytes=[1-9]\d*-/);
  });

  it('that lists its files page by page is read to the end', async () => {
    hub.pageSize = 2;
    await install();
    await assertInstalled();
  });

  it('that names files outside the folder is not followed there', async () => {
    const bad = [
      '../../evil',
      '/etc/passwd',
      'onnx/../../evil',
      'C:\\evil',
      'onnx/.hidden',
      'a\nb',
      'aux.json',
      '',
    ];
    hub.extraEntries = bad.map((name) => ({ type: 'file', path: name, size: 1, oid: '0'.repeat(40) }));
    const { files } = await listRepository({ endpoint: hub.endpoint, repo: REPO, revision: 'main' }, [], {
      ...testEnvironment(),
      signal: new AbortController().signal,
    });
    assert.deepEqual(files.map((file) => file.path).sort(), Object.keys(filesOf(1)).sort());
  });
});

describe('a mirror without the listing API', () => {
  for (const answer of ['404', 'a page'] as const) {
    it(`that answers ${answer} is asked for sizes and hashes file by file`, async () => {
      hub.hasApi = false;
      if (answer === 'a page') {
        hub.overrides.set(`/api/models/${REPO}/revision/main`, (_, response) => page(response));
      }
      const wanted = { endpoint: hub.endpoint, repo: REPO, revision: 'main' };
      const { signal } = new AbortController();
      const { files } = await listRepository(wanted, candidateFiles(), { ...testEnvironment(), signal });
      const model = files.find((file) => file.path === MODEL)!;
      assert.equal(model.size, hub.content(MODEL).length);
      assert.deepEqual(model.digest, { algorithm: 'sha256', hex: sha256(hub.content(MODEL)) });
      assert.equal(files.find((file) => file.path === 'config.json')!.digest!.algorithm, 'git-sha1');
      await install();
      await assertInstalled();
    });
  }
});

describe('what arrives instead of a model', () => {
  it('is refused when it is a web page, whatever it calls itself', async () => {
    for (const type of ['text/html; charset=utf-8', 'application/octet-stream']) {
      hub.overrides.set(`cdn:${MODEL}`, (_, response) => page(response, type));
      await assert.rejects(
        install(),
        failsWith(
          'download-damaged',
          /Cannot read onnx\/text_model\.onnx: .* answered with a web page/,
          /login.*mirror/,
        ),
      );
    }
    assert.equal(await isInstalled(), false);
    // Retrying a page is pointless: one request each.
    assert.equal(hub.downloads(MODEL).length, 2);
  });

  it('is refused when it is a Git LFS pointer', async () => {
    const pointer = new TextEncoder().encode(
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 300000\n',
    );
    hub.overrides.set(`cdn:${MODEL}`, (_, response) => response.writeHead(200).end(pointer));
    await assert.rejects(install(), failsWith('lfs-pointer', /Git LFS pointer/, /mirror/));
  });

  it('is refused when its SHA-256 differs, and thrown away', async () => {
    hub.lies.set(MODEL, '0'.repeat(64));
    await assert.rejects(install(), failsWith('download-damaged', /SHA-256 differs/));
    assert.equal(await isInstalled(), false);
    hub.lies.clear();
    await install();
    await assertInstalled();
  });

  it('is refused when a small file differs from its Git hash', async () => {
    const changed = Uint8Array.from(hub.content('tokenizer.json'), (byte, i) => (i === 3 ? byte ^ 1 : byte));
    hub.overrides.set('/tokenizer.json', (request, response) => serve(request, response, changed, ETAG));
    await assert.rejects(install(), failsWith('download-damaged', /tokenizer\.json .*Git hash differs/));
  });

  it('is refused when it is longer than announced', async () => {
    hub.overrides.set(`cdn:${MODEL}`, (_, response) =>
      response.writeHead(200).end(Buffer.concat([hub.content(MODEL), Buffer.alloc(10)])),
    );
    await assert.rejects(install(), failsWith('download-damaged', /longer than the announced 300,000 bytes/));
  });

  it('is refused when it stays shorter than announced', async () => {
    hub.overrides.set(`cdn:${MODEL}`, (request, response) =>
      serve(request, response, hub.content(MODEL).subarray(0, 1000), ETAG),
    );
    await assert.rejects(install(), { reason: 'download-damaged' });
    assert.equal(await isInstalled(), false);
  });

  it('is completed by ranges when the connection breaks off again and again', async () => {
    const content = hub.content(MODEL);
    hub.overrides.set(`cdn:${MODEL}`, breakOff(content, 50_000, ETAG, kept));
    await install();
    await assertInstalled();
    assert.deepEqual(
      hub.downloads(MODEL).map((line) => line.split(' ')[3] ?? ''),
      ['', 'bytes=50000-', 'bytes=100000-', 'bytes=150000-', 'bytes=200000-', 'bytes=250000-'],
    );
  });
});

describe('a cancelled download', () => {
  /** Sends half of the model, then waits: the person cancels meanwhile. */
  async function cancelHalfWay(): Promise<void> {
    const content = hub.content(MODEL);
    const controller = new AbortController();
    hub.overrides.set(`cdn:${MODEL}`, (_, response) => {
      response.writeHead(200, { etag: ETAG, 'content-length': content.length });
      response.write(content.subarray(0, 150_000));
      void kept(150_000).then(() => controller.abort());
    });
    await assert.rejects(install({ signal: controller.signal }), { reason: 'cancelled' });
    hub.overrides.clear();
    hub.overrides.set(`cdn:${MODEL}`, (request, response) => serve(request, response, content, ETAG));
    hub.log.length = 0;
  }

  it('installs nothing, and is resumed where it stopped', async () => {
    await cancelHalfWay();
    assert.equal(await isInstalled(), false);
    const seen: number[] = [];
    await install({ onProgress: ({ bytesDone }) => seen.push(bytesDone) });
    await assertInstalled();
    assert.deepEqual(hub.downloads(MODEL), [`GET cdn /${MODEL} bytes=150000-`]);
    const askedAgain = hub.log.some((line) => line.endsWith('/tokenizer.json'));
    assert.equal(askedAgain, false, 'complete files are not fetched again');
  });

  it('starts over when the file has changed on the hub', async () => {
    await cancelHalfWay();
    hub.set(MODEL, filesOf(5)[MODEL]);
    hub.overrides.clear();
    await install();
    await assertInstalled();
    assert.deepEqual(hub.downloads(MODEL), [`GET cdn /${MODEL}`]);
  });

  it('starts over when the server no longer knows the version, or knows no ranges', async () => {
    await cancelHalfWay();
    hub.overrides.set(`cdn:${MODEL}`, (request, response) =>
      serve(request, response, hub.content(MODEL), '"other"'),
    );
    await install();
    await assertInstalled();
    await rm(root, { recursive: true });
    await cancelHalfWay();
    hub.overrides.set(`cdn:${MODEL}`, (_, response) => response.writeHead(200).end(hub.content(MODEL)));
    await install();
    await assertInstalled();
  });

  it('starts over by itself when what was kept is damaged', async () => {
    await cancelHalfWay();
    const part = path.join(root, 'tiny.download', `${MODEL}.part`);
    const kept = await readFile(part);
    kept[1000] ^= 255;
    await writeFile(part, kept);
    await install();
    await assertInstalled();
    assert.deepEqual(hub.downloads(MODEL), [`GET cdn /${MODEL} bytes=150000-`, `GET cdn /${MODEL}`]);
  });

  it('starts over when what was kept is longer than the file', async () => {
    await cancelHalfWay();
    await writeFile(path.join(root, 'tiny.download', `${MODEL}.part`), new Uint8Array(400_000));
    await install();
    await assertInstalled();
  });

  it('needs no request when it is cancelled before it begins', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(install({ signal }), { reason: 'cancelled' });
    assert.deepEqual(hub.log, []);
  });
});

describe('a disk in trouble', () => {
  it('that is full while writing is named, and the space is given back', async () => {
    const environment = testEnvironment({ files: failingFiles('ENOSPC', 120_000) });
    await assert.rejects(
      install({ environment }),
      failsWith('out-of-space', /disk is full/, /Free some space/),
    );
    assert.equal(await isInstalled(), false);
    assert.deepEqual(await readdir(path.join(root, 'tiny.download', 'onnx')), []);
    await install();
    await assertInstalled();
  });

  it('that has too little room is named before a byte is moved', async () => {
    const statfs = async () => ({ bavail: 100, bsize: 4096 });
    const environment = testEnvironment({ files: { ...fs, statfs } });
    await assert.rejects(
      install({ environment }),
      failsWith('out-of-space', /needs 50\.3 MB of free space, but .* has only 410 kB/, /Free some space/),
    );
    assert.deepEqual(hub.downloads(MODEL), []);
    assert.deepEqual(await readdir(root), []);
  });

  it('that has no room for the lock is left without one', async () => {
    const writeFile = async (file: string) => {
      await fs.writeFile(file, '');
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    const environment = testEnvironment({ files: { ...fs, writeFile } as typeof fs });
    await assert.rejects(install({ environment }), failsWith('out-of-space', /disk is full/, /Free/));
    assert.deepEqual(await readdir(root), []);
  });

  it('that may not be written is named', async () => {
    const environment = testEnvironment({ files: failingFiles('EACCES', 0) });
    await assert.rejects(install({ environment }), failsWith('not-writable', /Cannot write/, /model folder/));
  });
});

describe('two downloads at once', () => {
  it('of one encoder: the second is told to wait, and the first goes on', async () => {
    const environment = testEnvironment();
    const first = install({ environment });
    let second: Promise<string> | undefined;
    const content = hub.content(MODEL);
    hub.overrides.set(`cdn:${MODEL}`, async (request, response) => {
      second ??= install({ environment: testEnvironment({ owner: 'another' }) });
      await second.catch(() => {});
      serve(request, response, content, ETAG);
    });
    await first;
    await assert.rejects(second!, failsWith('busy', /Another window or command is installing/, /Wait/));
    await assertInstalled();
  });

  it('do not wait for a window that died', async () => {
    await mkdir(root, { recursive: true });
    await writeFile(path.join(root, 'tiny.lock'), JSON.stringify({ owner: 'dead', at: Date.now() }));
    const clock = new TestClock();
    const environment = testEnvironment({ clock });
    await assert.rejects(install({ environment }), { reason: 'busy' });
    clock.offset = 61_000;
    await install({ environment });
    await assertInstalled();
  });

  it('do not wait for a lock that is damaged', async () => {
    await mkdir(root, { recursive: true });
    await writeFile(path.join(root, 'tiny.lock'), '');
    await install();
    await assertInstalled();
  });
});
