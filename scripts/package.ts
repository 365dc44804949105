import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';
import { build } from './build.ts';
import { writeNotices } from './notices.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { writeTexts } from './texts.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Platforms of VS Code for which onnxruntime-node has binaries: where they lie, and the most the package may weigh, in MB. */
const PLATFORMS: Readonly<Record<string, { readonly binaries: string; readonly budget: number }>> = {
  'linux-x64': { binaries: 'linux/x64', budget: 40 },
  'linux-arm64': { binaries: 'linux/arm64', budget: 40 },
  'win32-x64': { binaries: 'win32/x64', budget: 50 },
  'win32-arm64': { binaries: 'win32/arm64', budget: 50 },
  'darwin-arm64': { binaries: 'darwin/arm64', budget: 50 },
};

/** The platform of this machine in VS Code's words. */
export const thisPlatform = `${process.platform}-${process.arch}`;

/**
 * Packs the extension for one platform into `semap-<platform>-<version>.vsix`, with that platform's native files only.
 * @returns the file
 * @throws Error for a platform without onnxruntime binaries, and when the package is over its size budget
 */
export async function packageExtension(platform: string = thisPlatform): Promise<string> {
  const target = PLATFORMS[platform];
  if (!target)
    throw new Error(`No package for ${platform}; there is one for ${Object.keys(PLATFORMS).join(', ')}.`);
  const notices = await writeNotices();
  if (notices.changed) console.log('THIRD_PARTY_NOTICES.txt changed: commit it.');
  const texts = await writeTexts();
  if (texts.changed) console.log('l10n/bundle.l10n.json changed: commit it.');

  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const binaries = `node_modules/onnxruntime-node/bin/napi-v6/${target.binaries}`;
  const allowed = (await readdir(path.join(root, binaries))).filter((name) => !isDuplicate(name));
  const ignoreFile = path.join(root, 'dist', 'package', platform, '.vscodeignore');
  await mkdir(path.dirname(ignoreFile), { recursive: true });
  const base = await readFile(path.join(root, '.vscodeignore'), 'utf8');
  await writeFile(ignoreFile, base + allowed.map((name) => `!${binaries}/${name}\n`).join(''));

  const file = path.join(root, `semap-${platform}-${version}.vsix`);
  await createVSIX({
    cwd: root,
    target: platform,
    packagePath: file,
    ignoreFile,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const megabytes = (await stat(file)).size / 1e6;
  console.log(`${path.basename(file)}: ${megabytes.toFixed(1)} MB of ${target.budget} MB allowed.`);
  if (megabytes > target.budget) throw new Error(`${path.basename(file)} is over its size budget.`);
  return file;
}

/** On macOS the library lies there twice; the binding loads `libonnxruntime.1.dylib`. */
function isDuplicate(name: string): boolean {
  return /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Nothing of an older build gets into a package.
  await rm(path.join(root, 'dist'), { recursive: true, force: true });
  await build();
  await makeSampleWorkspace();
  const platforms = process.argv.length > 2 ? process.argv.slice(2) : [thisPlatform];
  for (const platform of platforms) await packageExtension(platform);
}
