import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { PACKAGES, packageOnce } from '../../../scripts/package.ts';
import { testFolder } from '../../unit/folders.ts';
import { neededVersions } from './elf.ts';
import { zipEntries } from './zip.ts';

const execute = promisify(execFile);
type Entries = ReturnType<typeof zipEntries>;

/** What VS Code's server needs at least (code.visualstudio.com/docs/remote/linux): Debian 10, RHEL 8, Ubuntu 20.04. */
const OLDEST: Readonly<Record<string, string>> = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };

const NATIVE = /\.(?:node|dll|dylib)$|\.so(?:\.\d+)*$/;

/** The native files of a package, without the folder of the platform. */
const BINARIES: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
  'linux-arm64': ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
  'win32-x64': ['DirectML.dll', 'dxcompiler.dll', 'dxil.dll', 'onnxruntime.dll', 'onnxruntime_binding.node'],
  'win32-arm64': [
    'DirectML.dll',
    'dxcompiler.dll',
    'dxil.dll',
    'onnxruntime.dll',
    'onnxruntime_binding.node',
  ],
  'darwin-arm64': ['libonnxruntime.1.dylib', 'onnxruntime_binding.node'],
  universal: [],
};

describe('The packages', () => {
  const made = new Map<string, { readonly file: string; readonly entries: Entries }>();
  before(async () => {
    for (const name of Object.keys(PACKAGES)) {
      const file = await packageOnce(name);
      made.set(name, { file, entries: zipEntries(file) });
    }
  });

  const text = (entries: Entries, name: string) => {
    const entry = entries.get(`extension/${name}`);
    assert.ok(entry, `${name} is packed`);
    return entry.read().toString('utf8');
  };

  for (const [name, { budget }] of Object.entries(PACKAGES)) {
    test(`of ${name} has that platform's native files and no others, and fits`, () => {
      const { file, entries } = made.get(name)!;
      assert.ok(statSync(file).size < budget * 1e6);
      const native = [...entries.keys()].filter((entry) => NATIVE.test(entry)).sort();
      const folder = `extension/dist/node_modules/onnxruntime-node/bin/napi-v6/${name.replace('-', '/')}/`;
      assert.deepEqual(
        native,
        BINARIES[name].map((one) => folder + one),
      );
      const wasm = entries.has(
        'extension/dist/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
      );
      assert.equal(wasm, name === 'universal');
      const manifest = entries.get('extension.vsixmanifest')!.read().toString('utf8');
      const target = /TargetPlatform="([^"]*)"/.exec(manifest)?.[1];
      assert.equal(target, name === 'universal' ? undefined : name);
    });

    test(`of ${name} has what it names, and nothing of how it was made`, () => {
      const { entries } = made.get(name)!;
      const names = [...entries.keys()].map((entry) => entry.replace('extension/', ''));
      const strange = names.filter(
        (one) =>
          /\.(?:ts|mts|map|tsbuildinfo|vsix|log)$/.test(one) ||
          /(?:^|\/)(?:src|test|scripts|docs|out|\.git|\.vscode|\.semap)(?:\/|$)/.test(one),
      );
      assert.deepEqual(strange, []);
      const manifest = JSON.parse(text(entries, 'package.json'));
      const needed: string[] = [manifest.main, manifest.browser, manifest.bin.semap, manifest.icon];
      for (const place of needed) text(entries, path.posix.normalize(place));
      for (const one of ['LICENSE.txt', 'THIRD_PARTY_NOTICES.txt', 'readme.md', 'changelog.md'])
        text(entries, one);
      for (const language of ['', '.ja', '.zh-cn']) {
        assert.ok(Object.keys(JSON.parse(text(entries, `l10n/bundle.l10n${language}.json`))).length > 1000);
        assert.ok(JSON.parse(text(entries, `package.nls${language}.json`))['command.classify']);
      }
      // VS Code and the Marketplace show no picture and follow no link that is not https.
      for (const page of ['readme.md', 'changelog.md']) {
        const targets = [...text(entries, page).matchAll(/\]\(([^)]+)\)|<img[^>]*src="([^"]+)"/g)];
        const dead = targets.map(([, one, other]) => one ?? other).filter((to) => !/^(?:https:|#)/.test(to));
        assert.deepEqual(dead, [], page);
      }
      for (const step of manifest.contributes.walkthroughs.flatMap(
        ({ steps }: { steps: { media: { image?: Record<string, string> } }[] }) => steps,
      ))
        for (const image of Object.values(step.media.image ?? {})) text(entries, String(image));
    });
  }

  test('of Linux need no newer libraries than the oldest server of VS Code has', () => {
    for (const name of ['linux-x64', 'linux-arm64']) {
      const { entries } = made.get(name)!;
      const native = [...entries.values()].filter((entry) => NATIVE.test(entry.name));
      for (const entry of native) {
        const versions = neededVersions(entry.read());
        assert.ok(versions.some((one) => one.startsWith('GLIBC_')));
        const newer = versions.filter((one) => {
          const [library, version] = one.split('_');
          const oldest = OLDEST[library];
          return oldest !== undefined && oldest.localeCompare(version, 'en', { numeric: true }) < 0;
        });
        assert.deepEqual(newer, [], entry.name);
      }
    }
  });

  /** What a command says, from a package that is unpacked where no other `node_modules` can be found. */
  async function ran(name: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const folder = path.join(unpacked, name);
    if (!started.has(name)) {
      for (const entry of made.get(name)!.entries.values()) {
        const place = path.join(folder, entry.name);
        mkdirSync(path.dirname(place), { recursive: true });
        writeFileSync(place, entry.read());
      }
      started.add(name);
    }
    const { SEMAP_BUNDLES: _, ...env } = process.env;
    return execute(process.execPath, [path.join(folder, 'extension/dist/cli.mjs'), ...args], {
      cwd: folder,
      env: { ...env, SEMAP_CACHE: path.join(folder, 'cache'), XDG_DATA_HOME: path.join(folder, 'data') },
    });
  }
  const unpacked = testFolder();
  const started = new Set<string>();
  const here = `${process.platform}-${process.arch}`;

  /** Twelve pictures of three labels. */
  function pictures(): string {
    const folder = path.join(unpacked, 'pictures');
    const counts = new Map<string, number>();
    for (const { name, read } of made.get('universal')!.entries.values()) {
      const [, label, file] = /\/icons\/([^/]+)\/([^/]+\.png)$/.exec(name) ?? [];
      const count = counts.get(label) ?? 0;
      if (label === undefined || count === 4 || (count === 0 && counts.size === 3)) continue;
      counts.set(label, count + 1);
      mkdirSync(path.join(folder, label), { recursive: true });
      writeFileSync(path.join(folder, label, file), read());
    }
    assert.equal(counts.size, 3);
    return folder;
  }

  test('of this machine starts, and one without a platform gives the same answers as WebAssembly', async (context) => {
    if (!(here in PACKAGES)) return context.skip('there is no package of its own for this machine');
    const classify = ['classify', pictures(), '--json', '--no-settle'];
    const native = await ran(here, [...classify, '--device', 'cpu']);
    const wasm = await ran('universal', classify);
    assert.match(
      wasm.stderr,
      /There is no binary of onnxruntime for .* here\. SeMap runs backbones as WebAssembly/,
    );
    const [theirs, ours] = [native, wasm].map(({ stdout }) => JSON.parse(stdout));
    assert.deepEqual([theirs.device.provider, ours.device.provider], ['cpu', 'wasm']);
    assert.deepEqual(ours.perClass, theirs.perClass);
    assert.equal(ours.predictions.length, 12);
    for (const [i, one] of ours.predictions.entries()) {
      assert.equal(one.label, theirs.predictions[i].label);
      assert.ok(Math.abs(one.confidence - theirs.predictions[i].confidence) < 1e-4);
    }
  });
});
