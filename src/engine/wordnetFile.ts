import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { SemapError } from '../core/errors.ts';
import { WordNet } from '../core/labels/wordnet.ts';
import { phrase } from '../core/text/text.ts';

/** @throws {SemapError} internal, when the table is not there or damaged */
export async function readWordnet(file: string): Promise<WordNet> {
  try {
    return new WordNet(await promisify(brotliDecompress)(await readFile(file)));
  } catch (error) {
    throw new SemapError('internal', phrase('Cannot read the WordNet table {0}.', file), {
      hint: phrase('Reinstall SeMap. In a checkout, run `npm run build`.'),
      cause: error,
    });
  }
}
