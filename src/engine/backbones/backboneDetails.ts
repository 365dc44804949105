import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { toSemapError } from '../../core/errors.ts';
import { listed, phrase } from '../../core/text/text.ts';
import type { BackboneDetails } from '../../protocol/backbones.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { readFeatures } from '../features/features.ts';
import { askPromptable } from '../gradients/gradientThread.ts';
import type { Backbones } from './backbones.ts';
import { installRecord } from './installRecord.ts';
import { licenceOf } from './licences.ts';

type Found = Pick<BackboneDetails, 'parameters' | 'promptable' | 'whyNotPromptable'>;

/** Grows when details are found in another way. */
const VERSION = 3;
const MOST_BLOCKERS = 4;

/** Finds out what a description does not say: parameters, gradients, licence, origin. */
export class DetailReader {
  readonly #backbones: Backbones;
  readonly #cacheFolder: string;

  constructor(backbones: Backbones, cacheFolder: string) {
    this.#backbones = backbones;
    this.#cacheFolder = cacheFolder;
  }

  async read(
    ref: string,
    signal: AbortSignal,
  ): Promise<Omit<BackboneDetails, 'devices'> & { sha256: string }> {
    const file = await this.#backbones.find(ref);
    const { sha256, known, stated, notes } = await this.#backbones.inspect(file);
    const at = path.join(this.#cacheFolder, 'details', `${sha256}.json`);
    const remembered = (await readChecked(at)) as { version: number; found: Found } | undefined;
    let found = remembered?.version === VERSION ? remembered.found : undefined;
    if (!found) {
      const backbone = await this.#backbones.describe(file).catch(() => undefined);
      found = {
        parameters: await this.#parameters(backbone),
        ...(await promptability(file, backbone, signal)),
      };
      // Of one that is not described its first input is taken for an image.
      if (backbone) await writeChecked(at, { version: VERSION, found });
    }
    const record = await installRecord(file);
    const source = record?.source === 'folder' ? undefined : record?.source;
    const licence = await licenceOf(file, known.license);
    return {
      ...found,
      sha256,
      licence,
      stated: stated.map(({ from }) => from),
      notes,
      source,
      installed: record !== undefined,
    };
  }

  async #parameters(backbone: BackboneDescription | undefined): Promise<number | null> {
    return backbone ? (await readFeatures(this.#cacheFolder, backbone)).parameters : null;
  }
}

async function promptability(
  file: string,
  backbone: BackboneDescription | undefined,
  signal: AbortSignal,
): Promise<Omit<Found, 'parameters'>> {
  try {
    const { promptable, blockers } = await askPromptable(backbone ?? { path: file }, signal);
    if (promptable) return { promptable };
    const operators = [...new Set(blockers.map(({ op }) => op))];
    return {
      promptable,
      whyNotPromptable: phrase('no gradient through {0}', listed(operators, MOST_BLOCKERS)),
    };
  } catch (error) {
    const { reason, text } = toSemapError(error);
    if (reason === 'cancelled') throw error;
    return { promptable: null, whyNotPromptable: text };
  }
}
