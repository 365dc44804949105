import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { KNOWN_BACKBONES } from '../../core/backbones/catalogue.ts';
import {
  isLicenceFile,
  licenceName,
  licenceOfCard,
  licenceOfMetadata,
  licenceOfText,
} from '../../core/backbones/licences.ts';
import { isUnsayingFolder } from '../../core/downloads/modelNames.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { readJson } from '../cacheFiles.ts';
import { installRecord, rootOf } from './installRecord.ts';
import { readMetadata } from './modelMetadata.ts';

/** Cards have pages below the licence, and texts of licences end somewhere. */
const LARGEST_TEXT = 16 << 20;

/**
 * The licence of a backbone as its description, its card, the file itself, a file beside it or the catalogue says; undefined
 * where nothing does.
 * @param said what a description says of it
 */
export async function licenceOf(file: string, said: string | undefined): Promise<string | undefined> {
  const folder = path.dirname(file);
  const root = rootOf(file);
  const above = isUnsayingFolder(path.basename(folder)) ? path.dirname(folder) : root;
  return (
    licenceName(said) ??
    licenceOfCard(await textOf(path.join(root, 'README.md'))) ??
    licenceOfMetadata(await readMetadata(file).catch(() => ({}))) ??
    (await licenceBeside(folder)) ??
    (above === folder ? undefined : await licenceBeside(above)) ??
    licenceName(
      ((await readJson(path.join(root, 'config.json'))) as { license?: unknown } | undefined)?.license,
    ) ??
    (await catalogued(file))
  );
}

async function licenceBeside(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.filter(isLicenceFile).toSorted((a, b) => a.length - b.length)[0];
  return name === undefined ? undefined : licenceOfText(await textOf(path.join(folder, name)));
}

async function textOf(file: string): Promise<string> {
  return String(await readRegularFile(file, { limit: LARGEST_TEXT }).catch(() => ''));
}

async function catalogued(file: string): Promise<string | undefined> {
  const record = await installRecord(file);
  const repo = record?.source === 'folder' ? undefined : record?.source?.split('@')[0];
  return KNOWN_BACKBONES.find((one) => one.repo === repo)?.licence;
}
