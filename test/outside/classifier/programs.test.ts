import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp, { type Color } from 'sharp';
import { launchBrowser } from '../../../scripts/vscode/browser.ts';
import type { ClassifierTarget } from '../../../src/core/classifiers/classifierOptions.ts';
import { writeSnippets } from '../../../src/files/deployFiles.ts';
import { readRegularFile } from '../../../src/files/regularFile.ts';
import { testFolder } from '../../unit/folders.ts';
import { DEBIAN_PYTHON, lacking, lackingChrome } from '../programs.ts';
import { differences, type Exported, exportAndClassify, nothingToExport } from './exported.ts';

const run = promisify(execFile);
const modules = path.resolve(import.meta.dirname, '../../../node_modules');

/** The confidence of a decoder that rounds otherwise than ours. */
const CLOSE = 0.01;

function mustAgree(found: ReturnType<typeof differences>, images: number): void {
  assert.equal(found.images, images);
  assert.equal(found.otherLabels, 0);
  assert.ok(found.largest < CLOSE, `confidences differ by ${found.largest}`);
}

/** Every so many of the images. */
function some({ images }: Exported, every: number): readonly string[] {
  return images.filter((_, i) => i % every === 0);
}

describe('an exported classifier', { skip: nothingToExport }, () => {
  let exported: Exported;
  before(async () => {
    exported = await exportAndClassify(['onnxruntime', 'other']);
  });
  const filesOf = (target: ClassifierTarget) => exported.files.get(target)!;

  for (const target of ['onnxruntime', 'other'] as const)
    it(`answers in Node as SeMap does, for ${target}`, async () => {
      const { programs } = filesOf(target);
      // As npm puts them there.
      mkdirSync(path.join(programs, 'node_modules'));
      for (const name of ['onnxruntime-node', 'sharp'])
        symlinkSync(path.join(modules, name), path.join(programs, 'node_modules', name), 'junction');
      const images = some(exported, 4);
      const { stdout } = await run(process.execPath, [path.join(programs, 'classify.mjs'), ...images]);
      mustAgree(differences(exported, stdout.trim().split('\n')), images.length);
    });

  for (const target of ['onnxruntime', 'other'] as const)
    it(`answers in a browser as SeMap does, for ${target}`, { skip: lackingChrome() }, async () => {
      const { programs } = filesOf(target);
      const images = some(exported, 15);
      const lines = await inBrowser(programs, images);
      mustAgree(
        differences(exported, lines, (image) => path.basename(image)),
        images.length,
      );
    });

  const python = pythonWith('onnxruntime', 'PIL', 'numpy');
  const noPython = python ? false : 'no Python with onnxruntime, Pillow and NumPy (set SEMAP_TEST_PYTHON)';
  it('answers in Python as SeMap does', { skip: noPython }, async () => {
    const images = some(exported, 4);
    const program = path.join(filesOf('onnxruntime').programs, 'classify.py');
    const { stdout } = await run(python!, [program, ...images]);
    mustAgree(differences(exported, stdout.trim().split('\n')), images.length);
  });

  const noChecker = lacking({ programs: [], packages: ['python3-onnx'], python: ['onnx'] });
  it('is valid for the checker of ONNX, in the form for other programs', { skip: noChecker }, async () => {
    const check = 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)';
    await run(DEBIAN_PYTHON, ['-c', check, filesOf('other').model]);
  });
});

/** A Python that has modules. */
function pythonWith(...names: readonly string[]): string | undefined {
  const known = [process.env['SEMAP_TEST_PYTHON'], 'python3', DEBIAN_PYTHON].filter(
    (one) => one !== undefined,
  );
  return known.find(
    (program) => spawnSync(program, ['-c', `import ${names.join(', ')}`], { stdio: 'ignore' }).status === 0,
  );
}

/** What the page says of files that a person chooses. */
async function inBrowser(programs: string, images: readonly string[]): Promise<readonly string[]> {
  const runtime = path.join(programs, 'onnxruntime-web');
  symlinkSync(path.dirname(fileURLToPath(import.meta.resolve('onnxruntime-web'))), runtime, 'junction');
  const root = path.dirname(programs);
  const types: Readonly<Record<string, string>> = {
    '.html': 'text/html',
    '.mjs': 'text/javascript',
    '.wasm': 'application/wasm',
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://127.0.0.1');
    const file = path.join(root, decodeURIComponent(pathname));
    response.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream');
    readRegularFile(file, { limit: 1 << 28 }).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/${path.basename(programs)}/classify.html`, {
      waitUntil: 'networkidle',
    });
    await page.setInputFiles('input', [...images]);
    await page
      .locator('li')
      .nth(images.length - 1)
      .filter({ hasText: /\S/ })
      .waitFor({ timeout: 60_000 });
    assert.deepEqual(problems, []);
    return await page.locator('li').allTextContents();
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

describe('the program for Python', () => {
  const lacks = lacking({
    programs: [],
    packages: ['python3-pil', 'python3-numpy'],
    python: ['PIL', 'numpy'],
  });

  it('reads images upright, in RGB and on white', { skip: lacks }, async () => {
    const folder = testFolder();
    const at = (name: string) => path.join(folder, name);
    const classifier = {
      name: 'colors',
      labels: ['red', 'green', 'blue'],
      input: 'images',
      probabilities: 'probabilities',
      label: 'label',
    };
    await writeSnippets(folder, classifier, at('it\'s \u{1f98a} "1".onnx'));
    // Stands in for onnxruntime: the color of the picture's first corner.
    writeFileSync(
      at('onnxruntime.py'),
      `import numpy
class InferenceSession:
    def __init__(self, path, providers):
        assert path.endswith('it\\'s \\U0001f98a "1".onnx'), path
    def run(self, names, inputs):
        assert names == ["probabilities", "label"], names
        images = inputs["images"]
        assert images.dtype == numpy.uint8 and images.ndim == 4 and images.shape[3] == 3, images.shape
        corner = images[0, 0, 0] / 255
        return [corner[None], numpy.array([-1 if corner.min() > 0.4 else corner.argmax()])]
`,
    );
    const image = (background: Color, channels: 3 | 4 = 3) =>
      sharp({ create: { width: 40, height: 30, channels, background } });
    const blue = await image('blue').extract({ left: 0, top: 0, width: 20, height: 30 }).png().toBuffer();
    await image('green')
      .composite([{ input: blue, left: 0, top: 0 }])
      .withMetadata({ orientation: 3 })
      .png()
      .toFile(at('turned.png'));
    await image({ r: 255, g: 0, b: 0, alpha: 0.9 }, 4).png().toFile(at('red.png'));
    await image({ r: 0, g: 255, b: 0, alpha: 0.2 }, 4).png().toFile(at('clear.png'));
    await image('white').toColourspace('b-w').png().toFile(at('grey.png'));
    const names = ['turned.png', 'red.png', 'clear.png', 'grey.png'];
    const { stdout } = await run(DEBIAN_PYTHON, [at('classify.py'), ...names.map(at)]);
    const said = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { label: string | null; confidence: number });
    assert.deepEqual(
      said.map(({ label }) => label),
      ['green', 'red', null, null],
    );
    assert.deepEqual(
      said.slice(1).map(({ confidence }) => confidence),
      [1, 1, 1],
    );
  });
});
