import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';
import { packageExtension } from './package.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { ensureChrome } from './vscode/browser.ts';
import { installVsCodeServer } from './vscode/install.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Test files that share a process: a start of Node and of the compiler takes as long as most of them. */
const GROUP = 12;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Everything that must hold, cheapest first: types, lint, dead exports, unit tests, values from other people's code, other
 * programs that take what SeMap makes, and the flows in a real VS Code. Later stages run even where an earlier one fails.
 * @returns whether nothing failed
 */
export async function runChecks(): Promise<boolean> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const stage = async (name: string, work: () => Promise<Counts>): Promise<void> => {
    console.log(`\n== ${name}`);
    const started = Date.now();
    const counts = await work().catch((error: unknown): Counts => {
      console.error(error instanceof Error ? error.message : error);
      return { passed: 0, failed: 1, skipped: 0 };
    });
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
    console.log(`${name}: ${describe(counts)} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };

  await stage('types', () => command(['node_modules/typescript/bin/tsc', '-p', '.']));
  await stage('lint', () => command(['node_modules/@biomejs/biome/bin/biome', 'check', '.']));
  await stage('dead code', () => command(['node_modules/knip/bin/knip.js']));
  await stage('build', async () => {
    await build();
    await makeSampleWorkspace();
    return { passed: 1, failed: 0, skipped: 0 };
  });
  await stage('package', async () => {
    process.env['SEMAP_VSIX'] = await packageExtension();
    return { passed: 1, failed: 0, skipped: 0 };
  });
  const cores = os.availableParallelism();
  // One more than there are cores: a third of the time a unit test waits for what it started.
  await stage('unit tests', async () => tests(await grouped('test/unit', ['core', 'webview']), cores + 1));
  await stage('reference tests', async () => tests(await filesOf('test/reference'), cores));
  // Those wait for the other programs most of the time.
  await stage('tests with other programs', async () => tests(await filesOf('test/outside'), cores + 2));
  await stage('tests in VS Code', async () => {
    ensureChrome();
    await installVsCodeServer();
    // One after the other: beside another VS Code, clicks get lost.
    return tests(await filesOf('test/workbench'), 1);
  });

  console.log(`\n${describe(total)}`);
  return total.failed === 0;
}

function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** A program that passes as a whole or fails as a whole. */
async function command(args: readonly string[]): Promise<Counts> {
  const { code } = await run(args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** All `*.test.ts` below a folder. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = existsSync(path.join(root, folder))
    ? await readdir(path.join(root, folder), { recursive: true })
    : [];
  const files = entries.filter((file) => file.endsWith('.test.ts')).map((file) => path.join(folder, file));
  if (files.length === 0) throw new Error(`${folder} has no tests.`);
  return files.sort();
}

/** The tests below a folder; those of `pure` sub-folders, which touch nothing outside, several files in one process. */
async function grouped(folder: string, pure: readonly string[]): Promise<string[]> {
  const files = await filesOf(folder);
  const prefixes = pure.map((name) => path.join(folder, name) + path.sep);
  const isPure = (file: string) => prefixes.some((prefix) => file.startsWith(prefix));
  const together = files.filter(isPure);
  const made = path.join(root, 'out', 'groups');
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  const groups: string[] = [];
  for (let from = 0; from < together.length; from += GROUP) {
    const group = path.join(made, `${groups.length}.test.ts`);
    const imports = together
      .slice(from, from + GROUP)
      .map((file) => `import ${JSON.stringify(path.join(root, file))};\n`);
    await writeFile(group, imports.join(''));
    groups.push(group);
  }
  return [...files.filter((file) => !isPure(file)), ...groups];
}

/** Test files under Node's test runner, so many at a time. */
async function tests(files: readonly string[], concurrency: number): Promise<Counts> {
  const { code, output } = await run([
    '--import',
    'tsx',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
    ...files,
  ]);
  const count = (name: string): number =>
    Number(new RegExp(`^(?:#|ℹ) ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  return {
    passed: count('pass'),
    // A runner that died reports nothing: that is a failure too.
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: count('skipped') + count('todo'),
  };
}

/** Runs Node, shows what it writes, and keeps the end of it. */
function run(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      process.stdout.write(chunk);
    });
    child.stderr.pipe(process.stderr);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
