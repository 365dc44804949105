import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isBeside, TOKENIZER } from '../../core/backbones/backboneFiles.ts';
import { type BackboneSidecar, isEncoderFolder } from '../../core/backbones/backboneSidecar.ts';
import type { WantedFile } from '../../core/downloads/installPlace.ts';
import { isWithin } from '../../files/paths.ts';
import { rootOf } from './installRecord.ts';
import { isBuiltInLabelSpace } from './labelSpaces.ts';
import { isImageTower } from './textSides.ts';

/** What is said about a model is small: labels, settings, a licence, a page. */
const BESIDE = { largest: 32 << 20, isBeside: true };
/** The text encoder belongs to an image encoder as weights do. */
const PART = { largest: Number.POSITIVE_INFINITY, isBeside: false };

/**
 * The files of a model, relative to its folder.
 * @param parts graph and weights, absolute
 * @param sidecar its description
 */
export async function filesOfModel(
  file: string,
  parts: readonly string[],
  { labels, text }: Pick<BackboneSidecar, 'labels' | 'text'> = {},
): Promise<readonly WantedFile[]> {
  const folder = path.dirname(file);
  const files: WantedFile[] = [];
  for (const part of parts) {
    const { size } = await stat(part);
    files.push({ path: relative(folder, part), size });
  }
  const own = `${path.basename(file).replace(/\.onnx$/i, '')}.backbone.json`;
  const list =
    typeof labels === 'string' && !isBuiltInLabelSpace(labels) ? path.resolve(folder, labels) : undefined;
  const isNear = list === undefined || isWithin(list, folder);
  const isWhole = isNear && !(text?.encoder && isEncoderFolder(text.encoder));
  // Of a folder as Hugging Face has them, what is said is above `onnx/`.
  for (const from of new Set([folder, rootOf(file)])) {
    for (const name of await readdir(from).catch(() => [])) {
      if (!isBeside(name) && path.join(from, name) !== list) continue;
      // The descriptions of other models of the folder, and one whose labels or text encoder do not come along.
      if (name.endsWith('.backbone.json') && (name !== own || !isWhole)) continue;
      await add(path.join(from, name), name);
    }
  }
  if (isImageTower(file)) {
    // What reads labels comes along: without it, an image tower answers nothing.
    const root = rootOf(file);
    const towers: readonly string[] = await readdir(folder).catch(() => []);
    const suffix = /_model(_\w+)?\.onnx$/i.exec(file)?.[1] ?? '';
    const text = [`text_model${suffix}.onnx`, 'text_model.onnx'].find((name) => towers.includes(name));
    if (text !== undefined) {
      const weights = towers.filter((name) => name.startsWith(`${text}_data`) || name === `${text}.data`);
      for (const name of [text, ...weights]) await add(path.join(folder, name), name, PART);
      for (const name of TOKENIZER) await add(path.join(root, name), name);
    }
  }
  if (list !== undefined && isNear && path.dirname(list) !== folder) await add(list, relative(folder, list));
  return files;

  async function add(from: string, to: string, { largest, isBeside } = BESIDE): Promise<void> {
    const state = await stat(from).catch(() => undefined);
    if (!state?.isFile() || state.size > largest || files.some((one) => one.path === to)) return;
    files.push({ path: to, size: state.size, isBeside, from });
  }
}

function relative(folder: string, file: string): string {
  return path.relative(folder, file).replaceAll(path.sep, '/');
}
