import path from 'node:path';
import { KNOWN_BACKBONES } from '../../core/backbones/catalogue.ts';
import { toSemapError } from '../../core/errors.ts';
import { listed, phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import type { BackboneDetails } from '../../protocol/backbones.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { readFeatures } from '../features/features.ts';
import { askGradientWorker } from '../gradients/gradientThread.ts';
import type { Backbones } from './backbones.ts';
import { installRecord, rootOf } from './installRecord.ts';
import { modelClues } from './modelClues.ts';

type Found = Pick<BackboneDetails, 'parameters' | 'promptable' | 'whyNotPromptable'>;

/** Grows when details are found in another way. */
const VERSION = 2;
/** Its head says the licence. */
const LONGEST_README = 200_000;
const LARGEST_README = 16 << 20;
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
    const { sha256 } = await this.#backbones.inspect(file);
    const at = path.join(this.#cacheFolder, 'details', `${sha256}.json`);
    const known = (await readChecked(at)) as { version: number; found: Found } | undefined;
    let found = known?.version === VERSION ? known.found : undefined;
    if (!found) {
      found = { parameters: await this.#parameters(file), ...(await promptability(file, signal)) };
      await writeChecked(at, { version: VERSION, found });
    }
    const record = await installRecord(file);
    const source = record?.source === 'folder' ? undefined : record?.source;
    const licence = await licenceOf(this.#cacheFolder, file, sha256);
    return {
      ...found,
      sha256,
      licence,
      source,
      installed: record !== undefined,
    };
  }

  async #parameters(file: string): Promise<number | null> {
    try {
      return (await readFeatures(this.#cacheFolder, await this.#backbones.describe(file))).parameters;
    } catch {
      return null;
    }
  }
}

/** The licence of a backbone, as its README, the file itself or the catalogue says; undefined where nothing does. */
export async function licenceOf(
  cacheFolder: string,
  file: string,
  sha256: string,
): Promise<string | undefined> {
  const folder = rootOf(file);
  const limit = LARGEST_README;
  const readme = await readRegularFile(path.join(folder, 'README.md'), { limit }).catch(() => '');
  const front = /^---\r?\n([\s\S]*?)\r?\n---/.exec(String(readme).slice(0, LONGEST_README))?.[1];
  const written = /^licen[cs]e:\s*["']?([\w.+ -]{1,60})/im.exec(front ?? '')?.[1]?.trim();
  if (written) return written;
  const metadata = (await modelClues(cacheFolder, file, sha256))?.metadata ?? {};
  const inside = metadata['license'] ?? metadata['licence'];
  if (inside) return inside.slice(0, 100);
  const record = await installRecord(file);
  const repo = record?.source === 'folder' ? undefined : record?.source?.split('@')[0];
  return KNOWN_BACKBONES.find((one) => one.repo === repo)?.licence;
}

async function promptability(file: string, signal: AbortSignal): Promise<Omit<Found, 'parameters'>> {
  try {
    const { promptable, blockers } = await askGradientWorker('check', { path: file }, signal);
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
