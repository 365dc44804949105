import path from 'node:path';
import {
  type BackboneSidecar,
  isEncoderFolder,
  mergeSidecars,
} from '../../core/backbones/backboneSidecar.ts';
import { parseBackboneSidecar } from '../../core/backbones/parseBackboneSidecar.ts';
import type { Label } from '../../core/labels/labelSpace.ts';
import { refuseNetworkPath } from '../../files/links.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { isBuiltInLabelSpace } from './labelSpaces.ts';
import { readSidecar } from './modelPapers.ts';

/** What a person says about models: in sidecars, and before, by the model's hash. */
export class SaidDescriptions {
  readonly #folder: string;

  constructor(cacheFolder: string) {
    this.#folder = path.join(cacheFolder, 'descriptions');
  }

  /** What was remembered, and over it the sidecar. @throws {SemapError} `invalid-description` */
  async of(file: string, sha256: string): Promise<BackboneSidecar> {
    const folder = path.dirname(file);
    const remembered = await this.#remembered(sha256);
    const sidecar = await readSidecar(file);
    for (const named of [sidecar?.labels, sidecar?.text?.encoder])
      if (typeof named === 'string') refuseNetworkPath(named, folder);
    return mergeSidecars(remembered ?? {}, absoluteLabels(sidecar, folder));
  }

  /** @param labels what a file of labels that the sidecar names holds: it may be moved, its content is what was confirmed */
  async remember(sha256: string, sidecar: BackboneSidecar, labels: readonly Label[]): Promise<void> {
    const kept =
      typeof sidecar.labels === 'string' && !isBuiltInLabelSpace(sidecar.labels)
        ? { ...sidecar, labels: labels.map((label) => label.wnid ?? label.name) }
        : sidecar;
    const before = await this.#remembered(sha256);
    await writeChecked(this.#file(sha256), mergeSidecars(before ?? {}, kept));
  }

  /** Remembers of one model what is remembered of another. */
  async rememberAlike(sha256: string, other: string): Promise<void> {
    const remembered = await this.#remembered(other);
    if (remembered) await writeChecked(this.#file(sha256), remembered);
  }

  /** Undefined where it is damaged, so that it is asked for again. */
  async #remembered(sha256: string): Promise<BackboneSidecar | undefined> {
    const file = this.#file(sha256);
    const value = await readChecked(file, { plain: true });
    if (value === undefined) return undefined;
    try {
      return parseBackboneSidecar(value, path.basename(file));
    } catch {
      return undefined;
    }
  }

  #file(sha256: string): string {
    return path.join(this.#folder, `${sha256}.json`);
  }
}

/** A file of labels and the folder of a text encoder are named relative to the sidecar. */
export function absoluteLabels(sidecar: BackboneSidecar | undefined, folder: string): BackboneSidecar {
  if (!sidecar) return {};
  const { labels, text } = sidecar;
  return {
    ...sidecar,
    ...(typeof labels === 'string' &&
      !isBuiltInLabelSpace(labels) && { labels: path.resolve(folder, labels) }),
    ...(text?.encoder !== undefined &&
      isEncoderFolder(text.encoder) && { text: { ...text, encoder: path.resolve(folder, text.encoder) } }),
  };
}
