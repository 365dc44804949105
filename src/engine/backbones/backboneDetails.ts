import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { toSemapError } from '../../core/errors.ts';
import { listed, phrase } from '../../core/text/text.ts';
import type { BackboneDetails, BackboneInspection } from '../../protocol/backbones.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { readFeatures } from '../features/features.ts';
import { askPromptable } from '../gradients/gradientThread.ts';
import type { Backbones } from './backbones.ts';
import { installRecord } from './installRecord.ts';
import { licenceOf } from './licences.ts';

type Found = Pick<BackboneDetails, 'parameters' | 'promptable' | 'whyNotPromptable' | 'blockers'>;

/** Grows when details are found in another way. */
const VERSION = 4;
/** Operators that a sentence names, and nodes that are kept. */
const MOST_OPERATORS = 4;
const MOST_BLOCKERS = 50;

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
    const inspection = await this.#backbones.inspect(file);
    const { sha256 } = inspection;
    let found = await this.#earlier(sha256);
    if (!found) {
      const backbone = await this.#backbones.describe(file).catch(() => undefined);
      found = {
        parameters: await this.#parameters(backbone),
        ...(await promptability(file, backbone, signal)),
      };
      // Of one that is not described its first input is taken for an image.
      if (backbone) await writeChecked(this.#file(sha256), { version: VERSION, found });
    }
    return { ...(await this.#told(file, inspection, found)), sha256 };
  }

  /** What was found out before, without loading anything; undefined where that was nothing. */
  async recall(
    file: string,
    inspection: BackboneInspection,
  ): Promise<Omit<BackboneDetails, 'devices'> | undefined> {
    const found = await this.#earlier(inspection.sha256);
    return found && this.#told(file, inspection, found);
  }

  async #told(
    file: string,
    { known, stated, notes }: BackboneInspection,
    found: Found,
  ): Promise<Omit<BackboneDetails, 'devices'>> {
    const record = await installRecord(file);
    const source = record?.source === 'folder' ? undefined : record?.source;
    const licence = await licenceOf(file, known.license);
    return {
      ...found,
      licence,
      stated: stated.map(({ from }) => from),
      notes,
      source,
      installed: record !== undefined,
    };
  }

  async #earlier(sha256: string): Promise<Found | undefined> {
    const remembered = (await readChecked(this.#file(sha256))) as
      | { version: number; found: Found }
      | undefined;
    return remembered?.version === VERSION ? remembered.found : undefined;
  }

  #file(sha256: string): string {
    return path.join(this.#cacheFolder, 'details', `${sha256}.json`);
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
      whyNotPromptable:
        operators.length === 0
          ? phrase('small changes of the image do not change the scores')
          : phrase('no gradient through {0}', listed(operators, MOST_OPERATORS)),
      blockers: blockers.slice(0, MOST_BLOCKERS),
    };
  } catch (error) {
    const { reason, text } = toSemapError(error);
    if (reason === 'cancelled') throw error;
    return { promptable: null, whyNotPromptable: text };
  }
}
