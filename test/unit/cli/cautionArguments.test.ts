import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SaidAnswers } from '../../../src/capabilities/answers.ts';
import {
  cautionInJson,
  cautionLines,
  cautionOf,
  cautionOptions,
  mustSuit,
} from '../../../src/cli/cautionArguments.ts';
import { Arguments, UsageError } from '../../../src/cli/commandLine.ts';
import { type CautiousAnswers, SAID } from '../../../src/core/caution/cautiousAnswers.ts';

const table = { ...cautionOptions, json: { text: '' } };
const read = (...args: string[]) => cautionOf(Arguments.parse(args, table));

describe('options about answers that are not sure', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'semap-caution-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('--none has a rate, as a share or in percent, or the usual one', async () => {
    const rate = async (...args: string[]) => (await read(...args))?.none?.errorRate;
    assert.equal(await rate('--none', '0.05'), 0.05);
    assert.equal(await rate('--none=5%'), 0.05);
    assert.equal(await rate('--none'), 0.1);
    assert.equal(await rate('--none', '--json'), 0.1);
    assert.equal(Arguments.parse(['--none', 'photos'], table).positionals[0], 'photos');
    for (const wrong of ['0', '1', '100%', '5x']) await assert.rejects(read('--none', wrong), UsageError);
  });

  it('--threshold is for all labels, for one, or a file', async () => {
    const file = path.join(folder, 'thresholds.json');
    await writeFile(file, '{"cat": 0.7, "a=b": 0.1}');
    const settings = await read('--threshold', '.5', '--threshold', 'dog=0.9', '--threshold', file);
    assert.deepEqual(settings?.thresholds, { all: 0.5, labels: { dog: 0.9, cat: 0.7, 'a=b': 0.1 } });
    await writeFile(file, '["cat"]');
    for (const wrong of ['1.5', 'dog=2', 'dog=x', file, path.join(folder, 'no.json')]) {
      await assert.rejects(read('--threshold', wrong), UsageError, wrong);
    }
    assert.throws(() => mustSuit({ thresholds: { labels: { dgo: 0.5 } } }, ['dog']), UsageError);
  });

  it('without any nothing is asked', async () => {
    assert.equal(await read(), undefined);
    assert.equal(await read('--threshold', '0'), undefined);
  });
});

describe('answers that are not sure', () => {
  const cautious: CautiousAnswers = {
    said: Uint8Array.of(SAID.label, SAID.none, SAID.notSure, SAID.kind),
    kind: Int32Array.of(-1, -1, -1, 0),
    kinds: [{ label: 'mammal', sense: 'mammal%1:05:00::', targets: [0, 1] }],
    confidences: Float32Array.of(0.5, 0.5, 0.5, 0.75),
    assurances: new Float32Array(4),
    counts: { labels: 1, kinds: 1, notSure: 1, none: 1 },
    none: { bound: Number.NEGATIVE_INFINITY, promised: 0.1, basis: 'random-labels', checked: 20, needed: 9 },
    measured: { images: 20, wrong: 1, lost: 2 },
  };

  it('have their answer beside what is said in JSON', () => {
    const said = new SaidAnswers(cautious, ['a', 'b', 'c', 'd']);
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e'].map((file) => said.of(file, 'dog', 0.5)),
      [
        { label: 'dog', confidence: 0.5 },
        { label: '', said: 'none', answer: 'dog', confidence: 0.5 },
        { label: '', said: 'not sure', answer: 'dog', confidence: 0.5 },
        { label: 'mammal', said: 'kind', answer: 'dog', sense: 'mammal%1:05:00::', confidence: 0.75 },
        { label: 'dog', confidence: 0.5 },
      ],
    );
    const { noneOfThese, commonKinds } = cautionInJson(cautious, ['dog', 'horse', 'car']);
    assert.deepEqual(noneOfThese, {
      promised: 0.1,
      basis: 'random-labels',
      checked: 20,
      needed: 9,
      bound: null,
    });
    assert.deepEqual(commonKinds?.[0].labels, ['dog', 'horse']);
  });

  it('are counted in the report, with what is promised or what is lacking', () => {
    const text = cautionLines(cautious).join('');
    assert.match(text, /1 image with a label, 1 with a common kind, 1 none of these, 1 not sure/);
    assert.match(text, /at most 10.0% of all images get a wrong label \(rests on 20 images\)/);
    assert.match(text, /5.0% get a wrong answer, 10.0% get none/);
    const lacking = { ...cautious, none: { bound: -9, checked: 3, needed: 9 } };
    assert.match(cautionLines(lacking).join(''), /Nothing is promised: 3 of the 9 images/);
  });
});
