import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readable } from '../../../../src/core/encoders/templates.ts';
import { float16Value } from '../../../../src/core/float16.ts';
import type { LabelSpace } from '../../../../src/core/labels/labelSpace.ts';
import { Similarities } from '../../../../src/engine/align/similarities.ts';
import { Encoders } from '../../../../src/engine/encoders/encoders.ts';
import { builtWordNet, noTable } from '../../core/labels/table.ts';
import { testFolder } from '../../folders.ts';
import { lookupEncoder } from '../encoders/lookupEncoder.ts';
import { writeEncoder } from '../encoders/tinyEncoders.ts';

const DATA =
  process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../../shared/data');
const skip = noTable || (existsSync(path.join(DATA, 'embeddings')) ? false : `no ${DATA}/embeddings`);

/** A float16 matrix of NumPy's format. */
async function readHalves(name: string): Promise<{ rows: number; values: Float32Array }> {
  const bytes = await readFile(path.join(DATA, 'embeddings', name));
  const start = 10 + bytes.readUInt16LE(8);
  assert.match(bytes.toString('latin1', 10, start), /'<f2', 'fortran_order': False/);
  const halves = new Uint16Array(Uint8Array.from(bytes.subarray(start)).buffer);
  return { rows: halves.length / 512, values: Float32Array.from(halves, float16Value) };
}

async function readNames(file: string): Promise<string[]> {
  return JSON.parse(await readFile(path.join(DATA, file), 'utf8')) as string[];
}

describe("CLIP's own embeddings, through the code that loads and runs encoders", { skip }, () => {
  const scratch = testFolder();
  let encoders: Encoders;
  let similarities: Similarities;
  let sources: LabelSpace;
  let names: string[];
  let sourceRows: Float32Array;
  let targetRows: Float32Array;
  before(async () => {
    const sourceNames = await readNames('labels/imagenet_clip_classnames.json');
    names = await readNames('embeddings/targets_clip-vit-b32_a-x.names.json');
    sourceRows = (await readHalves('imagenet1k_clip-vit-b32_a-x.npy')).values;
    targetRows = (await readHalves('targets_clip-vit-b32_a-x.npy')).values;
    const texts = new Map<string, Float32Array>();
    const put = (name: string, rows: Float32Array, row: number) =>
      texts.set(`a ${readable(name)}`, rows.subarray(row * 512, (row + 1) * 512));
    names.forEach((name, row) => {
      put(name, targetRows, row);
    });
    sourceNames.forEach((name, row) => {
      put(name, sourceRows, row);
    });
    const rows = new Float32Array(texts.size * 512);
    [...texts.values()].forEach((row, i) => {
      rows.set(row, i * 512);
    });
    await writeEncoder(path.join(scratch, 'clip-vit-b32--fp32'), lookupEncoder([...texts.keys()], rows));
    encoders = new Encoders({ roots: [scratch], cacheFolder: path.join(scratch, 'cache'), threads: 1 });
    similarities = new Similarities(async () => builtWordNet(), encoders);
    sources = { name: 'clip', labels: sourceNames.map((name) => ({ name })), background: [] };
  });
  after(async () => encoders?.dispose());

  async function best(name: string, cosine: 'plain' | 'centred', count: number): Promise<string[]> {
    const targets = [{ name }];
    const choice = { name: 'clip', templates: ['a {}'], cosine } as const;
    const { comparison } = await similarities.compared(choice, targets, sources);
    const { values } = comparison;
    return [...values.keys()]
      .sort((a, b) => values[b] - values[a])
      .slice(0, count)
      .map((s) => sources.labels[s].name);
  }

  it('come out as cosines of the stored rows', async () => {
    const targets = [{ name: 'dog' }, { name: 'airplane' }];
    const choice = { name: 'clip', templates: ['a {}'], cosine: 'plain' } as const;
    const { comparison } = await similarities.compared(choice, targets, sources);
    const { values, columns } = comparison;
    const row = (rows: Float32Array, i: number) => rows.subarray(i * 512, (i + 1) * 512);
    for (const [t, { name }] of targets.entries()) {
      const a = row(targetRows, names.indexOf(name));
      for (const s of [0, 151, 404, 999]) {
        const b = row(sourceRows, s);
        const dot = a.reduce((sum, value, d) => sum + value * b[d], 0);
        const cosine = dot / (Math.hypot(...a) * Math.hypot(...b));
        assert.ok(Math.abs(values[t * columns + s] - cosine) < 1e-4);
      }
    }
  });

  it('put dogs near "dog" once centred; as they are, things that merely sound alike', async () => {
    const centred = await best('dog', 'centred', 5);
    const plain = await best('dog', 'plain', 5);
    const dogs = (found: string[]) =>
      found.filter(
        (name) => /pug|beagle|maltese|dog|retriever|terrier|corgi/i.test(name) && name !== 'hot dog',
      );
    assert.ok(dogs(centred).length >= 3, centred.join(', '));
    assert.ok(dogs(plain).length < dogs(centred).length, plain.join(', '));
  });
});
