import path from 'node:path';
import { INSTALL_RECORD, type InstallRecord } from '../../core/downloads/installPlace.ts';
import { modelFolderName } from '../../core/downloads/modelInstall.ts';
import { readJson } from '../cacheFiles.ts';

/** The folder of a model as a whole: the one above `onnx/`. */
export function rootOf(file: string): string {
  const folder = path.dirname(file);
  return path.basename(folder) === 'onnx' ? path.dirname(folder) : folder;
}

/** The folder that a file of this name (without `.onnx`) is installed in, where nothing else has it. */
export function installedName(name: string): string {
  return modelFolderName(name, 'fp32', 'backbone').replace(/--fp32$/, '');
}

/** Where SeMap installed a model from; undefined for files that somebody else put there. */
export async function installRecord(file: string): Promise<InstallRecord | undefined> {
  const record = (await readJson(path.join(rootOf(file), INSTALL_RECORD))) as InstallRecord | undefined;
  const relative = path.relative(rootOf(file), file).replaceAll(path.sep, '/');
  return record?.files?.some((one) => one.path === relative) ? record : undefined;
}
