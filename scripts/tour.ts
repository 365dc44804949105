import { execFile, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AlignmentDocument } from '../src/core/alignments/alignment.ts';
import type { MappingMethod } from '../src/core/mapping/methods.ts';
import type { ClassifyResult } from '../src/protocol/classification.ts';
import { build } from './build.ts';
import { makeSampleWorkspace, sampleImages, sampleWorkspace } from './sampleWorkspace.ts';
import { installVsCodeServer } from './vscode/install.ts';
import { VsCodeServer } from './vscode/server.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const BACKBONE = 'starter';
const METHODS: readonly MappingMethod[] = ['semap', 'semap-1', 'random'];
const SOURCES_SHOWN = 3;

interface TourOptions {
  readonly headless?: boolean | undefined;
  /** The display language of the VS Code from npm, such as `ja`. */
  readonly language?: string | undefined;
}

/** Builds SeMap, shows in the terminal what it does on the sample workspace, and opens VS Code there unless `headless`. */
export async function tour({ headless, language }: TourOptions): Promise<void> {
  await build();
  await makeSampleWorkspace();
  await printAlignment();
  await printAccuracies();
  if (!headless) await openVsCode(language);
}

async function printAlignment(): Promise<void> {
  const document = await semap<AlignmentDocument>('align', sampleImages);
  console.log(
    `\nAlignment of ${document.targets.length} target labels with the ${document.backbone.sourceCount} source labels of ${document.backbone.name}:\n`,
  );
  const rows = document.targets.map(({ label, sources }) => {
    const best = [...sources].sort((a, b) => b.similarity - a.similarity);
    const names = best.slice(0, SOURCES_SHOWN).map((source) => source.label);
    const more = best.length > SOURCES_SHOWN ? `, ${best.length - SOURCES_SHOWN} more` : '';
    return [label, names.join(', ') + more, best[0]?.similarity.toFixed(2) ?? ''];
  });
  printTable([['target label', 'source labels', 'similarity'], ...rows]);
}

/** What `--json` has of a classification. */
type Settled = ClassifyResult & { readonly plainAccuracy: number | null };

async function printAccuracies(): Promise<void> {
  const rows: string[][] = [];
  let images = 0;
  for (const method of METHODS) {
    const result = await semap<Settled>('classify', sampleImages, '--method', method);
    images = result.images;
    rows.push([
      method,
      percent(result.plainAccuracy),
      percent(result.accuracy),
      percent(result.balancedAccuracy),
      result.seconds.toFixed(1),
    ]);
  }
  console.log(
    `\nZero-shot accuracy on ${path.relative(root, sampleImages)} (${images} pictures), none of whose labels ${BACKBONE} was trained on:\n`,
  );
  printTable([['mapping', 'each image alone', 'settled together', 'balanced', 'seconds'], ...rows]);
  console.log('\nThe first run includes the backbone; the others score its cached outputs again.');
}

function percent(share: number | null): string {
  return share === null ? '' : `${(share * 100).toFixed(1)}%`;
}

/** What the command line answers with `--json`. */
async function semap<T>(...args: string[]): Promise<T> {
  const cli = path.join(root, 'dist', 'cli.mjs');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, ...args, '--backbone', BACKBONE, '--json'],
    { maxBuffer: 64 << 20 },
  );
  return JSON.parse(stdout);
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd());
}

/** The person's own VS Code where there is one and no language is asked for, else the one from npm, until Ctrl-C. */
async function openVsCode(language: string | undefined): Promise<void> {
  if (language === undefined && ownVsCodeOpens()) {
    console.log('\nOpening VS Code on the sample workspace with SeMap loaded.');
    return;
  }
  console.log('');
  const install = await installVsCodeServer();
  const server = await VsCodeServer.start({ install, sources: [root], language });
  console.log(
    `\nVS Code on the sample workspace with SeMap loaded:\n\n  ${server.open(sampleWorkspace)}\n\nCtrl-C stops it.`,
  );
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await server.stop();
}

/** Starts `code` with the extension; false where it is absent, has no display, or is the remote one, which cannot. */
function ownVsCodeOpens(): boolean {
  const display = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  if (!display || process.env['VSCODE_IPC_HOOK_CLI']) return false;
  const windows = process.platform === 'win32';
  const found = spawnSync('code', ['--version'], { stdio: 'ignore', shell: windows });
  if (found.status !== 0) return false;
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, sampleWorkspace];
  spawn('code', windows ? args.map((arg) => `"${arg}"`) : args, {
    stdio: 'ignore',
    detached: true,
    shell: windows,
  }).unref();
  return true;
}
