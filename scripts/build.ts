import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, context, type Plugin } from 'esbuild';
import { WASM_ASSETS, WHOLE_CODECS } from '../src/engine/images/wasmCodec.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');

const inputsFile = path.join(dist, 'inputs.json');

const shared = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: true,
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
} satisfies BuildOptions;

const host: BuildOptions = {
  ...shared,
  entryPoints: { extension: 'src/extension.ts' },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
};

/** The extension in a browser: what it shares with the host finds a few of Node's functions in `src/web/node`. */
export const webBundle: BuildOptions = {
  ...shared,
  // Scripts of this package are modules unless they are called otherwise, and a browser's host takes no modules.
  entryPoints: { extension: 'src/web/extension.ts' },
  outdir: path.join(dist, 'web'),
  outExtension: { '.js': '.cjs' },
  platform: 'browser',
  target: 'chrome128',
  format: 'cjs',
  minify: true,
  external: ['vscode'],
  alias: {
    'node:crypto': path.join(root, 'src/web/node/crypto.ts'),
    'node:path': path.join(root, 'src/web/node/path.ts'),
    'node:timers/promises': path.join(root, 'src/web/node/timers.ts'),
  },
};

/**
 * Transformers.js gets the onnxruntime that the engine loaded, native or WebAssembly, and none of its own; and nothing for
 * its image library, which text encoders never call.
 */
const ownRuntime: Plugin = {
  name: 'own-runtime',
  setup(bundle) {
    bundle.onResolve({ filter: /^(sharp|onnxruntime-web.*)$/ }, ({ importer }) =>
      importer.includes('@huggingface')
        ? { path: path.join(root, 'scripts', 'unusedModule.cjs') }
        : undefined,
    );
    bundle.onLoad({ filter: /[/\\]transformers\.node\.mjs$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const contents = source.replace(
        'requireFromHere("onnxruntime-node")',
        'globalThis[Symbol.for("semap.onnxruntime")]',
      );
      if (contents === source) throw new Error(`${file} loads onnxruntime in another way than before.`);
      return { contents, loader: 'js' };
    });
  },
};

/** Programs that run in plain Node: the engine with its workers, and the command line. */
const programs: BuildOptions = {
  ...shared,
  entryPoints: {
    engine: 'src/engine/main.ts',
    watchdog: 'src/engine/threads/watchdog.ts',
    decodeWorker: 'src/engine/images/decodeWorker.ts',
    inferenceWorker: 'src/engine/inference/inferenceWorker.ts',
    providerProbe: 'src/engine/inference/providerProbe.ts',
    findWorker: 'src/engine/find/findWorker.ts',
    likenessWorker: 'src/engine/likeness/likenessWorker.ts',
    metricsWorker: 'src/engine/rank/metricsWorker.ts',
    settleWorker: 'src/engine/settle/settleWorker.ts',
    encoderWorker: 'src/engine/encoders/encoderWorker.ts',
    gradientWorker: 'src/engine/gradients/gradientWorker.ts',
    stepWorker: 'src/engine/gradients/stepWorker.ts',
    trainingWorker: 'src/engine/training/trainingWorker.ts',
    cli: 'src/cli/main.ts',
    mcp: 'src/mcp/serve.ts',
  },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['onnxruntime-node', 'onnxruntime-web'],
  plugins: [ownRuntime],
  // CommonJS packages in an ES module bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
};

/** Folders of `webview/` with a `main.ts`. */
export async function pages(): Promise<BuildOptions> {
  const all = (await readdir(path.join(root, 'webview'))).sort();
  const folders = all.filter((page) => existsSync(path.join(root, 'webview', page, 'main.ts')));
  const entries = folders.map((page): [string, string] => [page, `webview/${page}/main.ts`]);
  return {
    ...shared,
    entryPoints: Object.fromEntries(entries),
    outdir: path.join(dist, 'webview'),
    platform: 'browser',
    target: 'chrome128',
    format: 'esm',
    minify: true,
    loader: { '.ttf': 'copy', '.svg': 'dataurl' },
    assetNames: '[name]',
  };
}

/** The embedded backbone, its label spaces and the WordNet table, in one folder that the engine is given. */
async function models(): Promise<void> {
  const target = path.join(dist, 'models');
  const own = path.join(root, 'models');
  // What earlier builds had would be packed.
  for (const name of await readdir(target).catch(() => []))
    if (!name.startsWith('wordnet.bin') && !existsSync(path.join(own, name)))
      await rm(path.join(target, name), { recursive: true });
  await cp(own, target, { recursive: true, preserveTimestamps: true });
  const table = path.join(target, 'wordnet.bin');
  const labels = path.join(root, 'src', 'core', 'labels');
  const sources = (await readdir(labels)).map((name) => path.join(labels, name));
  sources.push(path.join(root, 'scripts', 'build-wordnet.ts'), path.join(root, 'package-lock.json'));
  const changed = await Promise.all(sources.map(async (file) => (await stat(file)).mtimeMs));
  if (!existsSync(table) || (await stat(table)).mtimeMs < Math.max(...changed)) {
    const { buildWordnet } = await import('./build-wordnet.ts');
    await buildWordnet(table);
  }
}

/** The image codecs' WebAssembly, beside the bundles that load it. */
async function codecs(): Promise<void> {
  const files = [
    ...WASM_ASSETS.map((asset): [string, string] => [path.basename(asset), asset]),
    ...Object.entries(WHOLE_CODECS),
  ];
  await Promise.all(files.map(([name, asset]) => copyFile(require.resolve(asset), path.join(dist, name))));
}

/** Builds everything into `dist/`; with `watch`, builds the code again whenever it changes. */
export async function build({ watch = false } = {}): Promise<void> {
  const started = Date.now();
  await mkdir(dist, { recursive: true });
  const contexts = await Promise.all([host, webBundle, programs, await pages()].map(context));
  const [results] = await Promise.all([
    Promise.all(contexts.map((each) => each.rebuild())),
    models(),
    codecs(),
  ]);
  // Older versions of VS Code add `.js` to the name in the manifest.
  const entry = path.join(dist, 'web', 'extension.cjs');
  await copyFile(entry, `${entry}.js`);
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
  await writeFile(inputsFile, JSON.stringify([...new Set(inputs)].sort()));
  console.log(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  await Promise.all(contexts.map((each) => (watch ? each.watch() : each.dispose())));
}

/** The source files that went into the last build, relative to the repository. */
export async function bundledFiles(): Promise<readonly string[]> {
  return JSON.parse(await readFile(inputsFile, 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await build({ watch: process.argv.includes('--watch') });
