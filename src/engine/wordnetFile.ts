import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { SemapError } from '../core/errors.ts';
import { WordNet } from '../core/labels/wordnet.ts';

/** @throws {SemapError} internal, when the table is not there or damaged */
export async function readWordnet(file: string): Promise<WordNet> {
  try {
    return new WordNet(await promisify(brotliDecompress)(await readFile(file)));
  } catch (error) {
    throw new SemapError('internal', `The WordNet table ${file} cannot be read.`, {
      hint: 'Install SeMap again; in a checkout, run "npm run build".',
      cause: error,
    });
  }
}
