import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { readExpectation } from '../../../../src/core/expectations/readExpectation.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../../media/schemas/alignment.schema.json', import.meta.url), 'utf8'),
);
/** What VS Code reads beside the standard. */
const vocabulary = ['defaultSnippets', 'markdownDescription', 'patternErrorMessage'];
const fitsSchema = new Ajv({ keywords: vocabulary }).compile(schema);

function parses(document: unknown): boolean {
  try {
    parseAlignment(JSON.stringify(document));
    return true;
  } catch {
    return false;
  }
}

const learned = {
  images: 10,
  found: 20,
  unmatched: ['stuff'],
  validation: { images: 4, accuracy: 0.5 },
  learned: 'abc',
};
const head = { kind: 'mixture', file: 'net.head.safetensors', sha256: 'ef', learned };

/** A document with every field of the format. */
const full = {
  version: 2,
  backbone: { name: 'net', path: 'net.onnx', sha256: 'ab', labelSpace: 'imagenet-1k', sourceCount: 3 },
  folders: ['images'],
  expectations: [
    'accuracy >= .8',
    { folder: 'more', layout: 'nested:2', split: 'test', settled: true, expect: ['at most 5 unread'] },
  ],
  method: {
    name: 'semap-k',
    similarity: 'combined',
    encoder: { name: 'clip', sha256: 'cd', templates: ['a {}'], detail: 'none', cosine: 'centred' },
    k: 2,
    seed: 1,
    shared: true,
    labelled: { perClass: 5, seed: 0, ...learned },
  },
  prompt: 'prompt.safetensors',
  aggregation: { kind: 'log-mean-exp', alpha: 1 },
  head,
  weight: 2,
  members: [
    {
      backbone: {
        name: 'other',
        sha256: 'gh',
        labelSpace: 'texts',
        sourceCount: 3,
        texts: { encoder: 'ij', templates: ['a {}'], labels: ['cat', 'dog', 'bird'] },
      },
      method: { name: 'semap', similarity: 'wordnet' },
      aggregation: { kind: 'max' },
      prompt: 'other.safetensors',
      head: { ...head, kind: 'prototypes' },
      weight: 0.5,
      targets: [
        {
          label: 'crane',
          offset: 0.1,
          sources: [{ label: 'bird', index: 1, weight: 1, similarity: 0.9 }],
        },
      ],
    },
  ],
  excluded: [{ label: 'tench', wnid: 'n01440764', index: 0 }],
  targets: [
    {
      label: 'crane',
      hint: 'bird',
      sense: 'crane%1:05:00::',
      pinned: true,
      gloss: 'a bird',
      learnedAs: 'bird',
      match: 'whole',
      role: { kind: 'not', labels: ['heron'] },
      expected: 'good',
      expectedRecall: 0.7,
      measured: { recall: 0.5, images: 4 },
      offset: 0.1,
      sources: [
        {
          label: 'crane',
          wnid: 'n02012849',
          index: 1,
          weight: 1,
          similarity: 0.9,
          wordnet: 0.8,
          kind: true,
        },
      ],
    },
  ],
};

const aggregations = [
  { kind: 'max' },
  { kind: 'mean-logits' },
  { kind: 'weighted' },
  { kind: 'conse', top: 10 },
  { kind: 'linear', bias: [0.5] },
];

/** Every way to leave one field or element out or to put another value in its place. */
function* mutations(value: unknown, path = ''): Generator<{ at: string; value: unknown }> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const at = `${path}/${key}`;
    const child = (value as Record<string, unknown>)[key];
    const put = (replacement: unknown) => {
      const copy = structuredClone(value) as Record<string, unknown>;
      copy[key] = replacement;
      return copy;
    };
    if (!Array.isArray(value)) {
      const { [key]: _, ...others } = value as Record<string, unknown>;
      yield { at: `${at} left out`, value: others };
    }
    for (const other of [
      null,
      'other',
      '',
      2,
      0,
      -1,
      1.5,
      true,
      {},
      [],
      1e308,
      -1e308,
      1e-320,
      1e16,
      -0,
      '1',
    ])
      yield { at: `${at} = ${JSON.stringify(other)}`, value: put(other) };
    for (const inner of mutations(child, at)) yield { at: inner.at, value: put(inner.value) };
  }
}

/** What no schema says: the bias has one number a target. */
function beyondSchema(at: string): boolean {
  return /\/(?:aggregation\/bias|targets) = \[\]$/.test(at);
}

/** What the schema refuses before it is tested: SeMap tells what is wrong where expectations are tested. */
function isExpectationText(at: string): boolean {
  return /\/expectations\/\d+(?:\/layout|\/expect\/\d+)? = "/.test(at);
}

describe('the published schema of alignments', () => {
  it('knows every field of the format', () => {
    assert.equal(fitsSchema(full), true, JSON.stringify(fitsSchema.errors));
    assert.equal(parses(full), true);
  });

  for (const aggregation of [full.aggregation, ...aggregations]) {
    it(`takes and refuses the same documents as SeMap, with the aggregation ${aggregation.kind}`, () => {
      const disagreements: string[] = [];
      let refused = 0;
      for (const { at, value } of mutations({ ...full, aggregation })) {
        if (aggregation.kind === 'linear' && beyondSchema(at)) continue;
        const accepted = parses(value);
        if (!accepted) refused++;
        if (isExpectationText(at)) assert.equal(accepted, true);
        else if (fitsSchema(value) !== accepted)
          disagreements.push(`${at}: SeMap ${accepted ? 'takes' : 'refuses'} it`);
      }
      assert.deepEqual(disagreements, []);
      assert.ok(refused > 100);
    });
  }

  it('takes the same expectations as SeMap, but for labels, and completes such', () => {
    const { expectation } = schema.definitions;
    const completed = [
      ...expectation.defaultSnippets,
      ...schema.properties.expectations.defaultSnippets,
    ].flatMap(({ body }: { body: string | readonly string[] }) => body);
    const texts = [
      ...completed.map((body: string) => body.replaceAll(/\$\{\d:([^}]*)\}/g, '$1')),
      ...['Balanced accuracy > 75%', 'F1 of "a > b" ≥ 0.5', 'at least 1 image', 'always a for b c/'],
      ...[
        '',
        'accuracy',
        'accuracy >= ',
        'acuracy >= .8',
        'accuracy = .8',
        'accuracy >= .8 x',
        'recall >= .8',
      ],
      ...[
        'recall of >= .8',
        'at most unread',
        'at most 1.5 unread',
        'never for x',
        'never dog',
        'never dog for ',
      ],
    ];
    for (const text of texts) {
      const isRead = (() => {
        try {
          return Boolean(readExpectation(text));
        } catch {
          return false;
        }
      })();
      assert.equal(fitsSchema({ ...full, expectations: [text] }), isRead, text);
    }
    assert.ok(completed.length > 10);
  });

  it('takes negative weights where they are cosines or learned', () => {
    const weighted = (weight: number, aggregation: unknown) => ({
      ...full,
      aggregation,
      targets: full.targets.map((target) => ({
        ...target,
        sources: target.sources.map((source) => ({ ...source, weight })),
      })),
    });
    for (const [weight, aggregation, fine] of [
      [-0.5, aggregations[3], true],
      [-0.5, aggregations[4], true],
      [-0.5, full.aggregation, false],
      [1.5, aggregations[0], false],
    ] as const) {
      assert.equal(fitsSchema(weighted(weight, aggregation)), fine);
      assert.equal(parses(weighted(weight, aggregation)), fine);
    }
  });
});
