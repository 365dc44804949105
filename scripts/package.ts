import { copyFile, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';
import { build } from './build.ts';
import { writeNotices } from './notices.ts';
import { packedFiles } from './packageFiles.ts';
import { packedPage } from './packedPage.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { writeTexts } from './texts.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Packages: where onnxruntime-node has its binaries for that platform of VS Code, and the most the package may weigh, in
 * MB. `universal` is for all others, and for VS Code in a browser: it runs backbones as WebAssembly.
 */
export const PACKAGES: Readonly<
  Record<string, { readonly binaries: string | undefined; readonly budget: number }>
> = {
  'linux-x64': { binaries: 'linux/x64', budget: 38 },
  'linux-arm64': { binaries: 'linux/arm64', budget: 35 },
  // Those of Windows have DirectML and a compiler of shaders beside onnxruntime.
  'win32-x64': { binaries: 'win32/x64', budget: 52 },
  'win32-arm64': { binaries: 'win32/arm64', budget: 53 },
  'darwin-arm64': { binaries: 'darwin/arm64', budget: 33 },
  universal: { binaries: undefined, budget: 23 },
};

/** The package for this machine. */
export const thisPackage =
  `${process.platform}-${process.arch}` in PACKAGES ? `${process.platform}-${process.arch}` : 'universal';

/**
 * Packs what was built for one platform into `semap-<platform>-<version>.vsix` (`semap-<version>.vsix` for all others),
 * with that platform's native files only.
 * @returns the file
 * @throws Error for a name without a package, and when the package is over its size budget
 */
export async function packageExtension(name: string = thisPackage): Promise<string> {
  const kind = PACKAGES[name];
  if (!kind) throw new Error(`No package for ${name}; there are ${Object.keys(PACKAGES).join(', ')}.`);
  const notices = await writeNotices();
  if (notices.changed) console.log('THIRD_PARTY_NOTICES.txt changed: commit it.');
  const texts = await writeTexts();
  if (texts.changed) console.log('l10n/bundle.l10n.json changed: commit it.');

  const stage = path.join(root, 'dist', 'package', name);
  await rm(stage, { recursive: true, force: true });
  const files = await packedFiles(root, kind.binaries);
  for (const [from, to] of files) await place(path.join(root, from), path.join(stage, to));
  const { repository } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  if (!repository) for (const page of ['README.md', 'CHANGELOG.md']) await rewrite(path.join(stage, page));
  // vsce goes through a folder that holds what is packed: among all of the repository it takes many times as long.
  await writeFile(path.join(stage, '.vscodeignore'), '.vscodeignore\n');

  const target = name === 'universal' ? undefined : name;
  const file = await packageFile(name);
  await createVSIX({
    cwd: stage,
    ...(target && { target }),
    packagePath: file,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: repository !== undefined,
  });
  await rm(stage, { recursive: true, force: true });
  const megabytes = (await stat(file)).size / 1e6;
  console.log(`${path.basename(file)}: ${megabytes.toFixed(1)} MB of ${kind.budget} MB allowed.`);
  if (megabytes > kind.budget) throw new Error(`${path.basename(file)} is over its size budget.`);
  return file;
}

/** The same, but a package that is there already and newer than all that it is made of is not made again. */
export async function packageOnce(name: string): Promise<string> {
  const file = await packageFile(name);
  const made = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const files = await packedFiles(root, PACKAGES[name].binaries);
  const times = await Promise.all(files.map(async ([from]) => (await stat(path.join(root, from))).mtimeMs));
  return made > Math.max(...times) ? file : packageExtension(name);
}

async function packageFile(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return path.join(root, name === 'universal' ? `semap-${version}.vsix` : `semap-${name}-${version}.vsix`);
}

/** In the stage alone: it is a link to the file of the repository. */
async function rewrite(page: string): Promise<void> {
  const packed = packedPage(await readFile(page, 'utf8'));
  await rm(page);
  await writeFile(page, packed);
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Nothing of an older build gets into a package.
  await rm(path.join(root, 'dist'), { recursive: true, force: true });
  await build();
  await makeSampleWorkspace();
  const names = process.argv.length > 2 ? process.argv.slice(2) : [thisPackage];
  for (const name of names.includes('all') ? Object.keys(PACKAGES) : names) await packageExtension(name);
}
