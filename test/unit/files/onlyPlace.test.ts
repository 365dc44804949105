import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const source = path.resolve(import.meta.dirname, '../../../src');

/** Node's calls that read or write whole files, follow links, and wait for pipes. */
const RAW =
  /\b(readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|copyFile|cp)\b/;

/** Files that SeMap brings, that only SeMap makes, what the system says of processes and devices, and the text of a program for others. */
const ALLOWED = [
  'cli/main.ts',
  'core/classifiers/deploy/nodeSnippet.ts',
  'engine/engine.ts',
  'engine/images/wasmCodec.ts',
  'engine/images/workNote.ts',
  'engine/inference/graphicsNames.ts',
  'engine/threads/watchdog.ts',
];

test('files of people and of others are read and written in one place', () => {
  const raw = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('files/'))
    .filter((name) => {
      const text = readFileSync(path.join(source, name), 'utf8');
      const imports = text.matchAll(/import (?!type)([^;]*?) from 'node:fs(?:\/promises)?';/g);
      return [...imports].some(([, names]) => RAW.test(names ?? ''));
    });
  assert.deepEqual(raw.toSorted(), ALLOWED, 'use src/files instead');
});
