import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { imagenet1k } from '../../../../src/core/labels/labelSpaces.ts';
import { WordNet } from '../../../../src/core/labels/wordnet.ts';

const root = join(import.meta.dirname, '../../../..');
const table = join(root, 'dist/models/wordnet.bin');

/** Why tests that need the built WordNet table are skipped; false when it is there. */
export const noTable = existsSync(table) ? false : 'no dist/models/wordnet.bin: run npm run build';

/** The text of the list of ImageNet's wnids. */
export const wnids = readFileSync(join(root, 'models/label-spaces/imagenet-1k.txt'), 'utf8');

let wordnet: WordNet | undefined;

/** The built table, read once. */
export function builtWordNet(): WordNet {
  wordnet ??= new WordNet(brotliDecompressSync(readFileSync(table)));
  return wordnet;
}

let space: ReturnType<typeof imagenet1k> | undefined;

/** ImageNet-1k, made once. */
export function imagenet() {
  space ??= imagenet1k(wnids, builtWordNet());
  return space;
}
