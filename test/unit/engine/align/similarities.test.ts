import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { choiceOf } from '../../../../src/core/encoders/similarityChoice.ts';
import type { LabelSpace } from '../../../../src/core/labels/labelSpace.ts';
import { Similarities } from '../../../../src/engine/align/similarities.ts';
import { Encoders } from '../../../../src/engine/encoders/encoders.ts';
import { builtWordNet, noTable } from '../../core/labels/table.ts';
import { tinyClip, writeEncoder } from '../encoders/tinyEncoders.ts';

const TARGETS = [{ name: 'dog' }, { name: 'kitten' }];
const SOURCES: LabelSpace = {
  name: 'few',
  labels: [{ name: 'cat' }, { name: 'dog' }, { name: 'crane', wnid: 'n03126707' }],
  background: [],
};

let scratch: string;
let encoders: Encoders;
let similarities: Similarities;
before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'semap-similarities-'));
  await writeEncoder(path.join(scratch, 'tiny-clip--fp32'), tinyClip());
  encoders = new Encoders({ roots: [scratch], cacheFolder: path.join(scratch, 'cache'), threads: 1 });
  similarities = new Similarities(async () => builtWordNet(), encoders);
});
after(async () => {
  await encoders.dispose();
  await rm(scratch, { recursive: true, force: true });
});

describe('a similarity by a text encoder', { skip: noTable }, () => {
  it('gives every pair its cosine: the same text is at 1', async () => {
    const { similarity } = await similarities.choose({ name: 'clip', cosine: 'plain' }, TARGETS, SOURCES);
    const { rows, columns, values } = similarity.compare(TARGETS, SOURCES);
    assert.deepEqual([rows, columns], [2, 3]);
    assert.ok(Math.abs(values[1]! - 1) < 1e-5);
    assert.match(similarity.explain(TARGETS, SOURCES, 0, 1), /cosine of 1\.00: rank 1 of 3/);
  });

  it('records encoder, templates and cosine, from which the same similarity is made again', async () => {
    const choice = {
      name: 'clip',
      templates: ['a {}', 'the {}'],
      detail: 'synonyms',
      cosine: 'plain',
    } as const;
    const first = await similarities.choose(choice, TARGETS, SOURCES);
    assert.equal(first.encoder!.name, 'tiny-clip--fp32');
    assert.match(first.encoder!.sha256, /^[0-9a-f]{64}$/);
    const again = choiceOf({ similarity: first.similarity.name, encoder: first.encoder! });
    const second = await similarities.choose(again, TARGETS, SOURCES);
    assert.deepEqual(second.similarity.compare(TARGETS, SOURCES), first.similarity.compare(TARGETS, SOURCES));
  });

  it('combines with WordNet: its kinds and senses, a mean of both, both reasons', async () => {
    const { similarity, encoder } = await similarities.choose({ name: 'combined' }, TARGETS, SOURCES);
    assert.equal(encoder!.cosine, 'centred');
    const { values, descendants } = similarity.compare(TARGETS, SOURCES);
    const wordnet = (await similarities.wordnet()).compare(TARGETS, SOURCES);
    const { similarity: text } = await similarities.choose({ name: 'clip' }, TARGETS, SOURCES);
    const cosines = text.compare(TARGETS, SOURCES).values;
    values.forEach((value, i) => {
      const [low, high] = [wordnet.values[i]!, cosines[i]!].sort((a, b) => a - b);
      assert.ok(value > low! - 1e-6 && value < high! + 1e-6, `${low} ${value} ${high}`);
    });
    assert.deepEqual(descendants, wordnet.descendants);
    assert.match(similarity.explain(TARGETS, SOURCES, 0, 1), /text encoder/);
  });

  it('takes templates, details and hints into account', async () => {
    const base = { name: 'clip', cosine: 'plain' } as const;
    const valuesOf = async (choice: Parameters<Similarities['choose']>[0], targets = TARGETS) =>
      (await similarities.choose(choice, targets, SOURCES)).similarity.compare(targets, SOURCES).values;
    const plain = await valuesOf(base);
    assert.notDeepEqual(await valuesOf({ ...base, templates: ['a {}'] }), plain);
    const detailed = await valuesOf({ ...base, detail: 'gloss' });
    // Of the sources, only the third has a synset; of the targets, WordNet settles on one.
    assert.notEqual(detailed[2], plain[2]);
    assert.notEqual(detailed[1], plain[1]);
    const hinted = await valuesOf(base, [
      { name: 'dog', hint: 'hot dog' } as (typeof TARGETS)[0],
      TARGETS[1]!,
    ]);
    assert.notEqual(hinted[0], plain[0]);
    assert.equal(hinted[3], plain[3]);
  });

  it('tells two sources of one name apart by what they mean', async () => {
    const cranes: LabelSpace = {
      name: 'cranes',
      labels: [{ name: 'crane', wnid: 'n02012849' }, { name: 'crane', wnid: 'n03126707' }, { name: 'dog' }],
      background: [],
    };
    const { similarity } = await similarities.choose({ name: 'clip', cosine: 'plain' }, TARGETS, cranes);
    const { values } = similarity.compare(TARGETS, cranes);
    assert.notEqual(values[0], values[1]);
    assert.ok(Math.abs(values[2]! - 1) < 1e-5);
  });

  it('says which encoder is missing and how to get one', async () => {
    await assert.rejects(similarities.choose({ name: 'minilm' }, TARGETS, SOURCES), {
      reason: 'not-found',
      message: /no text encoder "minilm"; installed: tiny-clip--fp32/,
    });
  });
});

describe('a similarity without a text encoder', () => {
  it('needs none', async () => {
    const { similarity, encoder } = await similarities.choose({ name: 'strings' }, TARGETS, SOURCES);
    assert.equal(similarity.name, 'strings');
    assert.equal(encoder, undefined);
  });
});
