import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';
import { packageExtension } from './package.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { bundleTests } from './testBundles.ts';
import { ensureChrome } from './vscode/browser.ts';
import { installVsCodeServer } from './vscode/install.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Where files that run several test files are made. */
const made = path.join(root, 'out', 'groups');

/** Where tests are bundled. */
const bundles = path.join(root, 'out', 'tests');

/** Characters kept of the end of what a program writes: its failures, and how many they are. */
const KEPT = 20_000;

/** Test files that share a process: a start of Node and of the compiler takes as long as most of them. */
const GROUP = 12;

/** Unit tests, by folder or file, that measure no time: they may stand back behind all others. */
const COMPUTING = [
  'cli/kills',
  'engine/align',
  'engine/backbones',
  'engine/classifier',
  'engine/classify',
  'engine/encoders',
  'engine/find',
  'engine/gradients',
  'engine/rank',
  'engine/settle',
  'engine/training',
  'engine/trials',
  'files/kills',
  'files/plans/planKills',
];

/** Test files that run once more when something failed in them; where more did, it was no accident. */
const MOST_AGAIN = 10;

/** Tests in VS Code, by file, that start one of their own anyway: they take as long as those that share one. */
const APART: readonly string[] = [
  'backbones',
  'editor',
  'encoders',
  'flows',
  'inHost',
  'language',
  'proxy',
  'readOnly',
  'trust',
];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, as it was written, to be read again at the end of everything. */
  failures?: string;
}

/** Where a stage's output goes, and whether it gives way to everything else that runs. */
interface Place {
  readonly write: (text: string) => void;
  readonly givesWay: boolean;
}

const PASSED: Counts = { passed: 1, failed: 0, skipped: 0 };

/**
 * Everything that must hold, cheapest first: types, lint, dead exports, unit tests, values from other people's code, other
 * programs that take what SeMap makes, and the flows in a real VS Code. Later stages run even where an earlier one fails.
 * A VS Code that is driven leaves a core idle and takes longest: everything else runs beside it as soon as there is a
 * package to try, and gives way to it.
 * @returns whether nothing failed
 */
export async function runChecks(): Promise<boolean> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const failed: { readonly name: string; readonly failures: string }[] = [];
  const timed = async (
    name: string,
    place: Place,
    work: (place: Place) => Promise<Counts>,
  ): Promise<void> => {
    place.write(`\n== ${name}\n`);
    const started = Date.now();
    const counts = await work(place).catch((error: unknown): Counts => {
      const failures = `${error instanceof Error ? error.message : error}\n`;
      place.write(failures);
      return { passed: 0, failed: 1, skipped: 0, failures };
    });
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
    if (counts.failures) failed.push({ name, failures: counts.failures });
    place.write(`${name}: ${describe(counts)} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  };
  /** Runs beside others. What it writes is shown from the time on at which its end is waited for. */
  const stage = (
    name: string,
    work: (place: Place) => Promise<Counts>,
    givesWay = false,
  ): (() => Promise<void>) => {
    let held: string | undefined = '';
    const write = (text: string) => {
      if (held === undefined) process.stdout.write(text);
      else held += text;
    };
    const ended = timed(name, { write, givesWay }, work);
    return () => {
      process.stdout.write(held ?? '');
      held = undefined;
      return ended;
    };
  };

  const cores = os.availableParallelism();
  const looked = [
    stage('types', (place) => command(['node_modules/typescript/bin/tsc', '-p', '.'], place)),
    stage('lint', (place) => command(['node_modules/@biomejs/biome/bin/biome', 'check', '.'], place)),
    stage('dead code', (place) => command(['node_modules/knip/bin/knip.js'], place)),
  ];
  await stage('build', async () => {
    await build();
    // What tests start as threads then is what was built, and not compiled again for each of them.
    process.env['SEMAP_BUNDLES'] = path.join(root, 'dist');
    await makeSampleWorkspace();
    return PASSED;
  })();
  const { alone, host, pure, computing, outside } = await readyTests();
  for (const ended of looked) await ended();

  const packing = packageExtension();
  const packed = stage('package, and VS Code to try it in', async () => {
    process.env['SEMAP_VSIX'] = await packing;
    await installVsCodeServer();
    return PASSED;
  });
  // One more than there are cores: a third of the time a unit test waits for what it started.
  const units = stage('unit tests', (place) => tests([...alone, ...host], cores + 1, place), true);
  // Not more than two at a time: beside another VS Code, clicks get lost.
  const inVsCode = await filesOf('test/workbench');
  const isApart = (file: string) => APART.includes(path.basename(file, '.test.ts'));
  const driven = (name: string, files: readonly string[]) =>
    stage(name, async (place) => {
      await packed();
      ensureChrome();
      return tests(await grouped(files, path.join(made, name.replaceAll(' ', '-')), files.length), 1, place);
    });
  const shared = driven(
    'tests in VS Code',
    inVsCode.filter((file) => !isApart(file)),
  );
  const apart = driven('tests in a VS Code of their own', inVsCode.filter(isApart));
  await units();
  // Those wait for the other programs most of the time.
  const others = stage(
    'tests with other programs',
    async (place) => {
      // They look into the packages of all platforms: this one is not made twice.
      await packing.catch(() => {});
      return tests(outside, cores, place);
    },
    true,
  );
  const computed = stage(
    'tests that only compute',
    (place) => tests([...computing, ...pure], cores, place),
    true,
  );
  for (const ended of [shared, apart, others, computed]) await ended();

  const places = failed.flatMap(({ failures }) =>
    [...failures.matchAll(/^test at (test\/\S+\.test\.ts):/gm)].map(([, file]) => file!),
  );
  const files = [...new Set(places)];
  const second = files.length > 0 && files.length <= MOST_AGAIN ? await again(files) : undefined;
  // Again at the end: who reads the end of a long log sees what to look into.
  for (const { name, failures } of failed) console.log(`\n== what failed, ${name}\n${failures}`);
  if (second) {
    const passedNow = Math.max(0, places.length - second.failed);
    total.passed += passedNow;
    total.failed -= passedNow;
    console.log(`\n== once more: ${passedNow} of ${places.length} passed\n${second.failures ?? ''}`);
  }
  console.log(`\n${describe(total)}`);
  return total.failed === 0;
}

function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** A program that passes as a whole or fails as a whole. */
async function command(args: readonly string[], place: Place): Promise<Counts> {
  const { code, output } = await run(args, place);
  return code === 0 ? PASSED : { passed: 0, failed: 1, skipped: 0, failures: output };
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

/**
 * Tests without a VS Code, ready to run: those that touch nothing outside, those of the host, several files in a process
 * each, those that compute, those with other programs, and the others.
 */
async function readyTests(): Promise<
  Record<'pure' | 'host' | 'computing' | 'outside' | 'alone', readonly string[]>
> {
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  const files = await filesOf('test/unit');
  const below = (...places: readonly string[]) =>
    files.filter((file) =>
      places.some((place) => {
        const from = path.join('test/unit', place);
        return file.startsWith(from + path.sep) || file === `${from}.test.ts`;
      }),
    );
  const pure = below('core', 'webview');
  // Node hands them a VS Code while it loads them: they are not bundled.
  const host = below('host');
  const computing = [...(await filesOf('test/reference')), ...below(...COMPUTING)];
  const alone = files.filter((file) => ![pure, host, computing].some((some) => some.includes(file)));
  const parts = { pure, computing, alone, outside: await filesOf('test/outside') };
  const bundled = await bundleTests(Object.values(parts).flat(), bundles);
  const bundlesOf = (part: readonly string[]) => part.map((file) => bundled.get(file)!);
  return {
    pure: await grouped(bundlesOf(pure), path.join(made, 'pure')),
    host: await grouped(host, path.join(made, 'host')),
    computing: bundlesOf(computing),
    outside: bundlesOf(parts.outside),
    alone: bundlesOf(alone),
  };
}

/** Files that run several test files each, in their order. Those that are not bundled are compiled while they are loaded. */
async function grouped(files: readonly string[], name: string, size = GROUP): Promise<string[]> {
  const groups: string[] = [];
  for (let from = 0; from < files.length; from += size) {
    const group = `${name}${groups.length}.test.mjs`;
    const members = files.slice(from, from + size);
    // Next to each other, imports that wait would come in any order.
    const imports = members.map((file) => `await import(${JSON.stringify(path.resolve(root, file))});\n`);
    if (members.some((file) => file.endsWith('.ts')))
      imports.unshift("import { register } from 'tsx/esm/api';\nregister();\n");
    await writeFile(group, imports.join(''));
    groups.push(group);
  }
  return groups;
}

/** Test files under Node's test runner, so many at a time. */
async function tests(files: readonly string[], concurrency: number, place: Place): Promise<Counts> {
  const { code, output } = await run(
    ['--enable-source-maps', '--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, ...files],
    place,
  );
  const count = (name: string): number =>
    Number(new RegExp(`^(?:#|ℹ) ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  // A runner that died reports nothing: that is a failure too.
  const failed = count('fail') + count('cancelled') || (code === 0 ? 0 : 1);
  return {
    passed: count('pass'),
    failed,
    skipped: count('skipped') + count('todo'),
    ...(failed > 0 ? { failures: output.split('\n✖ failing tests:\n').at(-1)! } : {}),
  };
}

/**
 * Runs test files in which something failed once more, when nothing else runs: beside others, a click can get lost, or a
 * process can have to wait longer than a test does. What fails again has failed; what passes is told, since a test that
 * often needs a second try is one to mend.
 */
async function again(files: readonly string[]): Promise<Counts> {
  const place: Place = { write: (text) => void process.stdout.write(text), givesWay: false };
  place.write(`\n== once more: ${files.join(', ')}\n`);
  const inVsCode = files.filter((file) => file.startsWith('test/workbench/'));
  const others = files.filter((file) => !inVsCode.includes(file));
  const groups = [
    ...(await grouped(inVsCode, path.join(made, 'again-in-vs-code'), MOST_AGAIN)),
    ...(await grouped(others, path.join(made, 'again'), 1)),
  ];
  return tests(groups, 1, place);
}

/** Runs Node, writes what it writes, and keeps the end of it. */
function run(
  args: readonly string[],
  { write, givesWay }: Place,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const line = [
      ...(givesWay && process.platform !== 'win32' ? ['nice', '-n', '19'] : []),
      process.execPath,
    ];
    const child = spawn(line[0]!, [...line.slice(1), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT);
      write(chunk.toString());
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
