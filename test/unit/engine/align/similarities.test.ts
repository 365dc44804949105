import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { choiceOf } from '../../../../src/core/encoders/similarityChoice.ts';
import type { LabelSpace } from '../../../../src/core/labels/labelSpace.ts';
import type { Comparison } from '../../../../src/core/similarity/similarity.ts';
import { say } from '../../../../src/core/text/text.ts';
import { Similarities } from '../../../../src/engine/align/similarities.ts';
import { Encoders } from '../../../../src/engine/encoders/encoders.ts';
import { builtWordNet, noTable } from '../../core/labels/table.ts';
import { testFolder } from '../../folders.ts';
import { tinyClip, writeEncoder } from '../encoders/tinyEncoders.ts';

const TARGETS = [{ name: 'dog' }, { name: 'kitten' }];
const SOURCES: LabelSpace = {
  name: 'few',
  labels: [{ name: 'cat' }, { name: 'dog' }, { name: 'crane', wnid: 'n03126707' }],
  background: [],
};

const scratch = testFolder();
let encoders: Encoders;
let similarities: Similarities;
before(async () => {
  await writeEncoder(path.join(scratch, 'tiny-clip--fp32'), tinyClip());
  encoders = new Encoders({ roots: [scratch], cacheFolder: path.join(scratch, 'cache'), threads: 1 });
  similarities = new Similarities(async () => builtWordNet(), encoders);
});
after(async () => encoders.dispose());

/** Why the first target label has its similarity to the second source label. */
const reasonsOf = (comparison: Comparison) =>
  comparison
    .explain(0, 1)
    .map((text) => say(text))
    .join();

describe('a similarity by a text encoder', { skip: noTable }, () => {
  it('gives every pair its cosine: the same text is at 1', async () => {
    const { comparison } = await similarities.compared({ name: 'clip', cosine: 'plain' }, TARGETS, SOURCES);
    const { rows, columns, values } = comparison;
    assert.deepEqual([rows, columns], [2, 3]);
    assert.ok(Math.abs(values[1] - 1) < 1e-5);
    assert.match(reasonsOf(comparison), /cosine of 1\.00: rank 1 of 3/);
  });

  it('records encoder, templates and cosine, by which the same comparison is found again', async () => {
    const choice = {
      name: 'clip',
      templates: ['a {}', 'the {}'],
      detail: 'synonyms',
      cosine: 'plain',
    } as const;
    const first = await similarities.compared(choice, TARGETS, SOURCES);
    assert.equal(first.encoder!.name, 'tiny-clip--fp32');
    assert.match(first.encoder!.sha256, /^[0-9a-f]{64}$/);
    const again = choiceOf({ similarity: first.comparison.name, encoder: first.encoder! });
    const second = await similarities.compared(again, [...TARGETS], SOURCES);
    assert.equal(second.comparison, first.comparison);
    const elsewhere = await similarities.compared(again, TARGETS, { ...SOURCES });
    assert.notEqual(elsewhere.comparison, first.comparison);
    assert.deepEqual(elsewhere.comparison.values, first.comparison.values);
  });

  it('combines with WordNet: its kinds and senses, a mean of both, both reasons', async () => {
    const { comparison, encoder } = await similarities.compared({ name: 'combined' }, TARGETS, SOURCES);
    assert.equal(encoder!.cosine, 'centred');
    const { values, meanings } = comparison;
    const wordnet = (await similarities.wordnet()).compare(TARGETS, SOURCES);
    const text = await similarities.compared({ name: 'clip' }, TARGETS, SOURCES);
    const cosines = text.comparison.values;
    values.forEach((value, i) => {
      const [low, high] = [wordnet.values[i], cosines[i]].sort((a, b) => a - b);
      assert.ok(value > low! - 1e-6 && value < high! + 1e-6, `${low} ${value} ${high}`);
    });
    assert.deepEqual(meanings, wordnet.meanings);
    assert.match(reasonsOf(comparison), /text encoder/);
  });

  it('takes templates, details and hints into account', async () => {
    const base = { name: 'clip', cosine: 'plain' } as const;
    const valuesOf = async (choice: Parameters<Similarities['compared']>[0], targets = TARGETS) =>
      (await similarities.compared(choice, targets, SOURCES)).comparison.values;
    const plain = await valuesOf(base);
    assert.notDeepEqual(await valuesOf({ ...base, templates: ['a {}'] }), plain);
    const detailed = await valuesOf({ ...base, detail: 'gloss' });
    // Of the sources, only the third has a synset; of the targets, WordNet settles on one.
    assert.notEqual(detailed[2], plain[2]);
    assert.notEqual(detailed[1], plain[1]);
    const hinted = await valuesOf(base, [
      { name: 'dog', hint: 'hot dog' } as (typeof TARGETS)[0],
      TARGETS[1],
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
    const { comparison } = await similarities.compared({ name: 'clip', cosine: 'plain' }, TARGETS, cranes);
    const { values } = comparison;
    assert.notEqual(values[0], values[1]);
    assert.ok(Math.abs(values[2] - 1) < 1e-5);
  });

  it('says which encoder is missing and how to get one', async () => {
    await assert.rejects(similarities.compared({ name: 'minilm' }, TARGETS, SOURCES), {
      reason: 'not-found',
      message: /Text encoder "minilm" not found\. Installed: tiny-clip--fp32/,
    });
  });
});

describe('a similarity without a text encoder', () => {
  it('needs none', async () => {
    const { comparison, encoder } = await similarities.compared({ name: 'strings' }, TARGETS, SOURCES);
    assert.equal(comparison.name, 'strings');
    assert.equal(encoder, undefined);
  });
});
