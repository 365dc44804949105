import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What runs backbones: onnxruntime with one platform's binary, or its WebAssembly. */
const COMMON = ['node_modules/onnxruntime-common/package.json'];
const NATIVE: readonly string[] = [
  ...COMMON,
  'node_modules/onnxruntime-common/dist/cjs/package.json',
  'node_modules/onnxruntime-common/dist/cjs/*.js',
  'node_modules/onnxruntime-node/package.json',
  'node_modules/onnxruntime-node/dist/*.js',
];
const WEB = 'node_modules/onnxruntime-web';
const WASM: readonly string[] = [
  ...COMMON,
  'node_modules/onnxruntime-common/dist/esm/package.json',
  'node_modules/onnxruntime-common/dist/esm/*.js',
  `${WEB}/package.json`,
  `${WEB}/dist/ort.node.min.mjs`,
  `${WEB}/dist/ort-wasm-simd-threaded.mjs`,
  `${WEB}/dist/ort-wasm-simd-threaded.wasm`,
];

/** A folder in the package from which Node finds what `node_modules` holds here; vsce leaves that one out. */
const RUNTIME = 'dist/node_modules';

/**
 * The files of a package: where they lie in the repository, and where in the package.
 * @param binaries folder with a platform's binaries below that of onnxruntime-node; undefined for WebAssembly
 * @throws Error where a part matches nothing
 */
export async function packedFiles(
  root: string,
  binaries: string | undefined,
): Promise<readonly (readonly [from: string, to: string])[]> {
  const runtime = binaries ? [...NATIVE, `node_modules/onnxruntime-node/bin/napi-v6/${binaries}/**`] : WASM;
  const files: (readonly [string, string])[] = [];
  for (const part of [...(await allowed(root)), ...runtime]) {
    const found = (await matching(root, part)).filter((file) => !isDuplicate(file));
    if (found.length === 0) throw new Error(`Nothing to pack matches ${part}.`);
    for (const file of found) files.push([file, file.replace(/^node_modules(?=\/)/, RUNTIME)]);
  }
  return files;
}

/** What `.vscodeignore` allows, whatever the platform. */
async function allowed(root: string): Promise<readonly string[]> {
  const lines = (await readFile(path.join(root, '.vscodeignore'), 'utf8')).split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** @param part a file, `folder/*.ending` for files of a folder, or `folder/**` for all that is below it */
async function matching(root: string, part: string): Promise<readonly string[]> {
  const [, folder, ending] = /^(.*)\/\*(\*|\.\w+)$/.exec(part) ?? [];
  if (folder === undefined) return [part];
  const deep = ending === '*';
  const entries = await readdir(path.join(root, folder), { recursive: deep, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && (deep || entry.name.endsWith(ending)))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** On macOS the library lies there twice; the binding loads `libonnxruntime.1.dylib`. */
function isDuplicate(file: string): boolean {
  return /\/libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(file);
}
