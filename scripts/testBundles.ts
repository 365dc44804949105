import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Lets a bundled module believe that it is where its source is, for what it finds beside itself. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      if (!source.includes('import.meta.')) return { contents: source, loader: 'ts' };
      const places = {
        ownUrl: pathToFileURL(file).href,
        ownDirectory: path.dirname(file),
        ownFile: file,
      };
      const said = Object.entries(places).map(([name, place]) => `const ${name} = ${JSON.stringify(place)};`);
      // On the first line, so that those of the source keep their numbers.
      return { contents: said.join(' ') + source, loader: 'ts' };
    });
  },
};

/**
 * Bundles test files, each as an entry of its own beside shared chunks: a process that runs one then neither compiles nor
 * looks for the hundreds of modules that it imports.
 *
 * @param files relative to the repository
 * @param folder what was in it goes
 * @returns the bundle of each file
 */
export async function bundleTests(
  files: readonly string[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outbase: root,
    outdir: folder,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    sourcemap: true,
    logLevel: 'warning',
    define: {
      'import.meta.url': 'ownUrl',
      'import.meta.dirname': 'ownDirectory',
      'import.meta.filename': 'ownFile',
    },
    plugins: [ownPlaces],
  });
  return new Map(files.map((file) => [file, path.join(folder, file.replace(/\.ts$/, '.mjs'))]));
}
