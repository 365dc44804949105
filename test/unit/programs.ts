import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const from = (file: string) => path.join(root, file);

/** The command as it was built. */
export const builtCommand: readonly string[] = [from('dist/cli.mjs')];

/** Whether `dist` was built of the sources that are there now: what is built starts in a fifth of the time. */
function isBuiltOfThese(): boolean {
  try {
    const changed = (file: string) => statSync(from(file)).mtimeMs;
    const inputs: readonly string[] = JSON.parse(readFileSync(from('dist/inputs.json'), 'utf8'));
    const built = Math.min(changed('dist/engine.mjs'), changed('dist/cli.mjs'));
    return inputs.every((file) => !file.startsWith('src/') || changed(file) < built);
  } catch {
    return false;
  }
}

const isBuilt = isBuiltOfThese();

/** How Node runs a source. */
export const sourceLoader: readonly string[] = ['--import', import.meta.resolve('tsx')];

/** How tests fork the engine: as it was built, or from its sources where they have changed since. */
export const engineFiles = isBuilt
  ? { enginePath: from('dist/engine.mjs'), execArgv: [] }
  : { enginePath: from('src/engine/main.ts'), execArgv: sourceLoader };

/** What Node is given to run `semap`, built or from its sources like {@link engineFiles}. */
export const semapFiles: readonly string[] = isBuilt
  ? builtCommand
  : [...sourceLoader, from('src/cli/main.ts')];
