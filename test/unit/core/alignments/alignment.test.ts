import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import {
  alignmentWarnings,
  documentOf,
  mappingOf,
} from '../../../../src/core/alignments/alignmentBuilding.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { semap } from '../../../../src/core/mapping/semantic.ts';

const labelSpace = {
  name: 'three',
  labels: [{ name: 'pug', wnid: 'n02110958' }, { name: 'tench' }, { name: 'hen' }],
  background: [],
};

function example(...labels: string[]): AlignmentDocument {
  const similarity = {
    rows: labels.length,
    columns: 3,
    values: Float32Array.from(labels.flatMap(() => [0.9, 0, 0])),
    meanings: {
      descendants: labels.map(() => [0]),
      kinds: labels.map(() => 100),
      senses: labels.map((phrase) => [
        { phrase, whole: true, key: `${phrase}%1:05:00::`, gloss: 'a thing', alternatives: [] },
      ]),
      notes: labels.map(() => []),
    },
  };
  return documentOf({
    targets: labels.map((name) => ({ name })),
    labelSpace,
    backbone: { name: 'tiny', sha256: 'abc' },
    method: { name: 'semap', similarity: 'wordnet' },
    mapping: semap(similarity),
    similarity,
  });
}

function refusal(text: string): SemapError {
  try {
    parseAlignment(text);
  } catch (error) {
    assert.ok(error instanceof SemapError);
    return error;
  }
  throw new Error('It was accepted.');
}

/** A document that a test may break anywhere. */
interface Loose {
  [key: string]: Loose;
  [index: number]: Loose;
}

/** The document with one field changed, as text. */
function changed(change: (document: Loose) => void): string {
  const copy = structuredClone(example('dog'));
  change(copy as unknown as Loose);
  return JSON.stringify(copy);
}

describe('an alignment document', () => {
  it('says what each target means, what to expect, and where its score comes from', () => {
    const [target] = example('dog').targets;
    assert.equal(target!.expected, 'good');
    assert.equal(target!.gloss, 'a thing');
    assert.deepEqual(target!.sources[0], {
      label: 'pug',
      wnid: 'n02110958',
      index: 0,
      weight: 1,
      similarity: 0.9,
      kind: true,
    });
  });

  it('comes back from its text unchanged, hostile labels included', () => {
    const document = example('dog', '<img src=x onerror=alert(1)>', '{ "index": 1 }', '日本語', '"\\');
    assert.deepEqual(parseAlignment(serialiseAlignment(document)), document);
  });

  it('is written with one source a line', () => {
    const lines = serialiseAlignment(example('dog')).split('\n');
    assert.equal(lines.filter((line) => line.includes('"index"')).length, 1);
    assert.match(lines.find((line) => line.includes('"index"'))!, /^ {8}\{ "label": "pug", .*\}$/);
    assert.equal(lines.at(-1), '');
  });

  it('of an earlier version may say weighted for log-mean-exp with alpha 1', () => {
    const { aggregation } = parseAlignment(
      changed((document) => {
        document['aggregation'] = { kind: 'weighted' } as unknown as Loose;
      }),
    );
    assert.deepEqual(aggregation, { kind: 'log-mean-exp', alpha: 1 });
  });

  it('holds the whole mapping', () => {
    const mapping = mappingOf(example('dog'));
    assert.deepEqual(mapping.targets, [[{ source: 0, weight: 1 }]]);
    assert.deepEqual(mapping.offsets, [0.5526]);
  });

  it('keeps fields that it does not know', () => {
    const text = changed((document) => Object.assign(document, { note: { mine: [1] } }));
    assert.match(serialiseAlignment(parseAlignment(text)), /"mine"/);
  });

  it('is refused where fields of others are nested without end', () => {
    const nested = (levels: number) =>
      changed((document) => Object.assign(document, { note: 'NOTE' })).replace(
        '"NOTE"',
        '['.repeat(levels) + ']'.repeat(levels),
      );
    assert.throws(() => parseAlignment(nested(50_000)), /nested more than 100 levels deep/);
    serialiseAlignment(parseAlignment(nested(50)));
  });

  it('is refused with the place that is wrong', () => {
    const wrong: [RegExp, (document: Loose) => void][] = [
      [/"version" must be a whole number/, (d) => Object.assign(d, { version: 0 })],
      [/backbone\.sha256 must be a string/, (d) => Object.assign(d.backbone, { sha256: 5 })],
      [
        /method\.name is "magic"; it must be one of semap,/,
        (d) => Object.assign(d.method, { name: 'magic' }),
      ],
      [/aggregation\.alpha must be a number/, (d) => Object.assign(d.aggregation, { alpha: 'one' })],
      [/"targets" must be a list/, (d) => Object.assign(d, { targets: {} })],
      [
        /targets\[0\]\.sources\[0\]\.index is 3; it must be a whole number from 0 to 2/,
        (d) => Object.assign(d.targets[0].sources[0], { index: 3 }),
      ],
      [
        /targets\[0\]\.sources\[0\]\.weight is 2/,
        (d) => Object.assign(d.targets[0].sources[0], { weight: 2 }),
      ],
      [/targets\[0\]\.expected is "superb"/, (d) => Object.assign(d.targets[0], { expected: 'superb' })],
    ];
    for (const [message, change] of wrong) {
      const error = refusal(changed(change));
      assert.equal(error.reason, 'invalid-document');
      assert.match(error.message, message);
    }
    assert.match(refusal('{').message, /not valid JSON/);
    assert.equal(refusal('[]').reason, 'invalid-document');
  });

  it('of a newer version asks for an update', () => {
    const error = refusal(changed((document) => Object.assign(document, { version: 99 })));
    assert.equal(error.reason, 'newer-document');
    assert.match(error.hint!, /Update SeMap/);
  });
});

describe('warnings about an alignment', () => {
  it('name unmapped labels, shared sources and duplicates', () => {
    const document = example('dog', 'puppy', 'dog');
    const warnings = alignmentWarnings({
      ...document,
      targets: [...document.targets, { label: 'x', expected: 'none', sources: [] }],
    });
    assert.deepEqual(warnings.unmapped, ['x']);
    assert.deepEqual(warnings.duplicates, ['dog']);
    assert.deepEqual(warnings.shared, [{ source: 'pug', index: 0, targets: ['dog', 'puppy', 'dog'] }]);
    assert.equal(warnings.nothingFits, false);
  });

  it('say when nothing fits', () => {
    const document = example('dog');
    const targets = document.targets.map((target) => ({ ...target, expected: 'none' as const }));
    assert.equal(alignmentWarnings({ ...document, targets }).nothingFits, true);
  });
});
