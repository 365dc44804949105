import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { build as bundle } from 'esbuild';
import { sampleWorkspace } from '../../scripts/sampleWorkspace.ts';
import type { SuiteResult } from './host/suite.ts';
import { manyImages } from './manyImages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const npmVsCode = path.join(root, 'scripts', 'vscode', 'executable.mjs');

test('the specs in the extension host hold', { timeout: 6 * 60_000 }, async (context) => {
  const scratch = await mkdtemp(path.join(tmpdir(), 'semap-host-'));
  context.after(() => rm(scratch, { recursive: true, force: true }));
  const workspace = path.join(scratch, 'workspace');
  await cp(sampleWorkspace, workspace, { recursive: true });
  await manyImages(workspace, 10);
  const suite = path.join(root, 'out', 'suite.cjs');
  await bundle({
    absWorkingDir: root,
    entryPoints: ['test/workbench/host/suite.ts'],
    outfile: suite,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });

  const resultFile = path.join(scratch, 'result.json');
  const run = (vscodeExecutablePath: string): Promise<unknown> =>
    runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath: suite,
      extensionTestsEnv: { SEMAP_TEST_RESULT: resultFile },
      launchArgs: [workspace, `--user-data-dir=${path.join(scratch, 'user')}`],
    }).catch((error: Error) => error);

  const desktop = await desktopVsCode();
  let ranIn = desktop ?? npmVsCode;
  let outcome = await run(ranIn);
  if (desktop && !existsSync(resultFile)) {
    console.log('The desktop VS Code did not run the tests; taking the one from npm.');
    ranIn = npmVsCode;
    outcome = await run(ranIn);
  }
  // The exit code alone proves nothing: a killed extension host gives 0.
  assert.ok(existsSync(resultFile), `the suite did not reach its end: ${outcome}`);
  const { passed, failures, figures }: SuiteResult = JSON.parse(await readFile(resultFile, 'utf8'));
  for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value.toFixed(1)}`);
  for (const title of passed) console.log(`holds: ${title}`);
  console.log(`in the extension host of ${ranIn === desktop ? 'a desktop VS Code' : 'the VS Code from npm'}`);
  assert.deepEqual(failures, []);
  assert.ok(passed.length > 0);
});

/** A desktop VS Code where one can be downloaded and shown, else undefined. */
async function desktopVsCode(): Promise<string | undefined> {
  const linux = process.platform === 'linux';
  if (linux && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return undefined;
  if (linux && spawnSync('ldconfig', ['-p']).stdout?.includes('libgtk-3') === false) return undefined;
  const reachable = await fetch('https://update.code.visualstudio.com/api/releases/stable', {
    signal: AbortSignal.timeout(3000),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  return reachable ? downloadAndUnzipVSCode() : undefined;
}
