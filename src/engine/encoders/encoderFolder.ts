import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { INSTALL_RECORD, type InstallRecord, isStagingName } from '../../core/downloads/installPlace.ts';
import { type EncoderVariant, findVariants, POOLING_FILE } from '../../core/encoders/variants.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { fileState, hashOfFile } from '../../files/fileState.ts';
import { openRegularFile, readRegularFile } from '../../files/regularFile.ts';
import { readJson } from '../cacheFiles.ts';

/** How a sentence encoder makes one vector of its tokens' vectors. */
export type Pooling = 'mean' | 'cls' | 'max';

/** A text encoder on disk, looked at but not loaded. */
export interface EncoderFolder {
  /** Absolute. */
  readonly folder: string;
  /** Name of the folder. */
  readonly name: string;
  /** `text-tower`: of an image-text model such as CLIP. `sentence`: such as MiniLM. */
  readonly kind: 'text-tower' | 'sentence';
  /** `model_type` of config.json: `clip`, `siglip`, `bert`, ... */
  readonly modelType: string;
  readonly variant: EncoderVariant;
  readonly pooling: Pooling;
  /** Side of the images a whole image-text model insists on being given as well. */
  readonly imageSize: number;
}

/** The largest tokenizers have some 40 MB. */
const LARGEST_JSON = 256 << 20;

const IMAGE_TEXT = /clip|siglip|align|blip|groupvit|owlvit|owlv2/;

/**
 * Looks at a folder in the layout of Transformers.js and says which encoder it holds: the first dtype in the order of
 * `findVariants` where there are several.
 * @throws {SemapError} not-found, lfs-pointer, download-damaged, unsupported-model
 */
export async function inspectEncoder(folder: string): Promise<EncoderFolder> {
  const absolute = path.resolve(folder);
  const files = await listFiles(absolute);
  const variant = findVariants(files, absolute)[0];
  for (const { path: file } of variant.files) await refuseImpostor(path.join(absolute, file), file);
  const config = await readObject(path.join(absolute, 'config.json'));
  await readObject(path.join(absolute, 'tokenizer.json'));
  await readObject(path.join(absolute, 'tokenizer_config.json'));
  const modelType = typeof config['model_type'] === 'string' ? config['model_type'] : '';
  if (modelType === '') {
    throw new SemapError('unsupported-model', phrase('config.json in {0} has no model_type.', absolute), {
      hint: phrase('Choose an encoder in the layout of Transformers.js.'),
    });
  }
  const vision = config['vision_config'] as { image_size?: unknown } | undefined;
  return {
    folder: absolute,
    name: path.basename(absolute),
    kind: variant.model === 'text_model' || IMAGE_TEXT.test(modelType) ? 'text-tower' : 'sentence',
    modelType,
    variant,
    pooling: await readPooling(absolute, variant),
    imageSize: typeof vision?.image_size === 'number' ? vision.image_size : 224,
  };
}

/** The folders in `roots` that look like installed encoders, by name; missing roots are no error. */
export async function findEncoderFolders(roots: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (const root of roots) {
    let entries: string[];
    try {
      entries = await readdir(root);
    } catch {
      continue;
    }
    for (const name of entries.sort()) {
      if (isStagingName(name) || name.startsWith('.')) continue;
      const folder = path.join(root, name);
      if (await exists(path.join(folder, 'config.json'))) folders.push(folder);
    }
  }
  return folders;
}

/**
 * SHA-256 over all that decides an embedding: the model, the tokenizer and the pooling. Files that an installation
 * verified and nobody touched since are not read again.
 */
export async function hashEncoder({ folder, variant }: EncoderFolder): Promise<string> {
  const record = await readRecord(folder);
  const hash = createHash('sha256');
  for (const { path: file, size } of variant.files) {
    const full = path.join(folder, file);
    const known = record?.files.find((entry) => entry.path === file);
    // Both times: whoever copies a file over another may keep the first, and some file systems have no second.
    const { bytes, modified, changed } = await fileState(full);
    const untouched =
      known?.size === size &&
      bytes === size &&
      Math.max(modified, changed) <= Date.parse(record!.installed) + 1000;
    hash.update(`${file}\0${untouched ? known!.sha256 : (await hashOfFile(full)).toString('hex')}\n`);
  }
  return hash.digest('hex');
}

async function listFiles(folder: string): Promise<{ path: string; size: number }[]> {
  const files: { path: string; size: number }[] = [];
  for (const below of ['', 'onnx', path.dirname(POOLING_FILE)]) {
    let entries: string[];
    try {
      entries = await readdir(path.join(folder, below));
    } catch (error) {
      if (below !== '') continue;
      throw new SemapError('not-found', phrase('Folder not found: {0}', folder), {
        hint: phrase('Choose the folder that contains config.json and tokenizer.json.'),
        cause: error,
      });
    }
    for (const name of entries) {
      const info = await stat(path.join(folder, below, name)).catch(() => undefined);
      if (info?.isFile()) files.push({ path: below === '' ? name : `${below}/${name}`, size: info.size });
    }
  }
  return files;
}

/** An LFS pointer or a web page under a model's name, which onnxruntime would call "Protobuf parsing failed". */
async function refuseImpostor(file: string, name: string): Promise<void> {
  const { handle } = await openRegularFile(file);
  let start: string;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    start = buffer.toString('latin1', 0, bytesRead).trimStart();
  } finally {
    await handle.close();
  }
  if (start.startsWith('version https://git-lfs')) {
    throw new SemapError('lfs-pointer', phrase('{0} is a Git LFS pointer, not the file itself.', name), {
      hint: phrase('Run `git lfs pull` in the repository, then try again.'),
    });
  }
  if (/^(<!doctype html|<html)/i.test(start)) {
    throw new SemapError('download-damaged', phrase('{0} is a web page, not an encoder file.', name), {
      hint: phrase('Download it again, or install the encoder again.'),
    });
  }
  if (start === '') {
    throw new SemapError('download-damaged', phrase('{0} is empty.', name), {
      hint: phrase('Install the encoder again.'),
    });
  }
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(String(await readRegularFile(file, { limit: LARGEST_JSON })));
  } catch (error) {
    throw new SemapError('download-damaged', phrase('{0} is not valid JSON.', file), {
      hint: phrase('Install the encoder again.'),
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SemapError('download-damaged', phrase('{0} does not contain a JSON object.', file), {
      hint: phrase('Install the encoder again.'),
    });
  }
  return value as Record<string, unknown>;
}

/** sentence-transformers' own description where it is there, the mean elsewhere. */
async function readPooling(folder: string, variant: EncoderVariant): Promise<Pooling> {
  if (!variant.files.some((file) => file.path === POOLING_FILE)) return 'mean';
  const config = await readObject(path.join(folder, POOLING_FILE));
  if (config['pooling_mode_mean_tokens'] === true) return 'mean';
  if (config['pooling_mode_cls_token'] === true) return 'cls';
  if (config['pooling_mode_max_tokens'] === true) return 'max';
  throw new SemapError('unsupported-model', phrase('The pooling of {0} is not supported.', folder), {
    hint: phrase('Mean, CLS and max pooling are supported.'),
  });
}

async function readRecord(folder: string): Promise<InstallRecord | undefined> {
  return (await readJson(path.join(folder, INSTALL_RECORD))) as InstallRecord | undefined;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
