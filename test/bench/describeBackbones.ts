import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { startBuilt } from './builtEngine.ts';

const root = path.join(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

/** Backbones of the test data by their names, the starter of the build, or files, as the built engine describes them. */
export async function describeBackbones(names: readonly string[]): Promise<BackboneDescription[]> {
  const cacheFolder = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));
  const engine = await startBuilt(path.join(root, 'dist'), cacheFolder);
  try {
    const folderOf = (name: string) =>
      name === 'starter' ? path.join(root, 'dist/models') : path.join(data, 'backbones');
    const files = names.map((name) =>
      name.endsWith('.onnx') ? path.resolve(name) : path.join(folderOf(name), `${name}.onnx`),
    );
    return await Promise.all(files.map((backbone) => engine.rpc.call('describeBackbone', { backbone })));
  } finally {
    await engine.stop();
    await rm(cacheFolder, { recursive: true, force: true });
  }
}
