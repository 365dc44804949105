import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { headFor } from '../../../../src/core/heads/head.ts';
import { decodeHead, encodeHead, type HeadContent } from '../../../../src/core/heads/headFile.ts';
import { SHARPNESS, settle } from '../../../../src/core/heads/settle.ts';
import { scoreByTerms } from '../../../../src/core/heads/terms.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../../src/core/prompts/safetensors.ts';
import { target } from '../../alignments.ts';
import { madeUpFolder, sourceOf } from './folders.ts';

const backboneOf = (sources: number, prompt?: string) =>
  ({
    name: 'net',
    sha256: 'ab',
    labelSpace: { labels: Array.from({ length: sources }, (_, i) => ({ name: `s${i}` })) },
    input: prompt === undefined ? {} : { prompt: { sha256: prompt } },
  }) as unknown as BackboneDescription;

const targets = (...labels: string[]) => ({ targets: labels.map((label) => target(label)) });

/** x maps to red = 2 x0 + 1, green = -x1. */
const layer: HeadContent = {
  kind: 'linear-probe',
  backbone: 'ab',
  prompt: '',
  targets: ['red', 'green'],
  terms: {
    reads: 'features',
    width: 3,
    weights: Float32Array.of(2, 0, 0, 0, -1, 0),
    bias: Float32Array.of(1, 0),
  },
};

async function mixture(
  labelled: boolean,
): Promise<{ content: HeadContent; folder: ReturnType<typeof madeUpFolder> }> {
  const folder = madeUpFolder(120, 16, 3);
  const images = [4, 9, 20, 31, 44];
  const given = { images, targets: images.map((i) => folder.truths[i]) };
  const basis = await folderBasis(sourceOf(folder), 3);
  const { terms } = await settle(folder.scores, 3, basis, labelled ? { labelled: given } : {});
  const content = {
    kind: 'mixture',
    backbone: 'ab',
    prompt: '',
    targets: ['a', 'b', 'c'],
    terms: terms!,
  } as const;
  return { content, folder };
}

describe('a head', () => {
  it('of a layer scores what it knows, and nothing else', () => {
    const head = headFor(targets('green', 'blue', 'red'), layer, 'h', backboneOf(5), 3);
    assert.deepEqual([head.reads, head.unknown], ['features', ['blue']]);
    const inputs = {
      logits: new Float32Array(10),
      features: Float32Array.of(1, 2, 3, 4, 5, 6),
      mapped: new Float32Array(6),
    };
    const none = Number.NEGATIVE_INFINITY;
    assert.deepEqual([...head.score(inputs, 2)], [-2, none, 3, -5, none, 9]);
  });

  it('knows a label by the name that it had', () => {
    const renamed = { targets: [target('red'), { ...target('grass'), learnedAs: 'green' }] };
    assert.deepEqual(headFor(renamed, layer, 'h', backboneOf(5), 3).unknown, []);
  });

  it('of labels that stand twice scores each', () => {
    const twice = { ...layer, targets: ['red', 'red'] };
    const head = headFor(targets('red', 'red'), twice, 'h', backboneOf(5), 3);
    const inputs = {
      logits: new Float32Array(5),
      features: Float32Array.of(1, 2, 3),
      mapped: new Float32Array(2),
    };
    assert.deepEqual([...head.score(inputs, 1)], [3, -2]);
  });

  for (const labelled of [false, true]) {
    it(`of a folder scores as its terms do, ${labelled ? 'with' : 'without'} labels, and comes back from its file`, async () => {
      const { content, folder } = await mixture(labelled);
      const read = decodeHead(encodeHead(content), 'h');
      assert.deepEqual(read, content);
      const head = headFor(targets('a', 'b', 'c'), read, 'h', backboneOf(5), 16);
      const inputs = { logits: new Float32Array(), features: folder.features, mapped: folder.scores };
      const scores = head.score(inputs, 120);
      const expected = await scoreByTerms(read.terms as never, folder.scores, folder.features.slice());
      for (const [at, score] of scores.entries())
        assert.ok(Math.abs(score * SHARPNESS - expected[at]) < 1e-4, `${score} at ${at}`);
    });
  }

  it('of a folder leaves labels that were added since to the mapping, and decides nothing of an image without features', async () => {
    const { content, folder } = await mixture(true);
    const head = headFor(targets('a', 'new', 'c'), content, 'h', backboneOf(5), 16);
    assert.deepEqual(head.unknown, ['new']);
    const features = folder.features.slice(0, 32);
    features.fill(Number.NaN, 16);
    const mapped = Float32Array.of(1, 2, 3, 1, 2, 3);
    const scores = head.score({ logits: new Float32Array(), features, mapped }, 2);
    const { trust } = content.terms as { trust: number };
    assert.ok(Math.abs(scores[1] - (trust * 2) / SHARPNESS) < 1e-6);
    assert.ok(scores.subarray(3).every(Number.isNaN));
  });

  it('of another backbone, prompt, width or labels is refused by name', () => {
    const refused: [RegExp, () => unknown][] = [
      [
        /The head h was learned with another backbone than net/,
        () => headFor(targets('red'), { ...layer, backbone: 'cd' }, 'h', backboneOf(5), 3),
      ],
      [/another visual prompt/, () => headFor(targets('red'), layer, 'h', backboneOf(5, 'p'), 3)],
      [
        /needs penultimate features, which net does not give/,
        () => headFor(targets('red'), layer, 'h', backboneOf(5), undefined),
      ],
      [
        /is for 3 numbers per image, but net gives 4/,
        () => headFor(targets('red'), layer, 'h', backboneOf(5), 4),
      ],
      [/none of the labels/, () => headFor(targets('blue'), layer, 'h', backboneOf(5), 3)],
    ];
    for (const [why, bind] of refused)
      assert.throws(bind, (error) => {
        assert.ok(error instanceof SemapError);
        assert.equal(error.reason, 'labels-mismatch');
        assert.match(error.message, why);
        assert.match(error.hint!, /Learn the head again/);
        return true;
      });
  });
});

describe('the file of a head', () => {
  const bytes = encodeHead(layer);

  it('comes back', () => {
    assert.deepEqual(decodeHead(bytes, 'h'), layer);
  });

  it('is refused where it is damaged, with what is wrong', async () => {
    const mixtureBytes = encodeHead((await mixture(true)).content);
    type File = ReturnType<typeof decodeSafetensors>;
    const changed = (from: Uint8Array, change: (file: File) => object) => {
      const file = decodeSafetensors(from, 'h');
      return encodeSafetensors({ ...file, ...change(file) });
    };
    const refused: [RegExp, Uint8Array][] = [
      [/is not a SeMap head/, changed(bytes, ({ metadata }) => ({ metadata: { ...metadata, format: 'x' } }))],
      [
        /is not a SeMap head/,
        changed(bytes, ({ metadata }) => ({ metadata: { ...metadata, kind: 'magic' } })),
      ],
      [/is not a SeMap head/, changed(bytes, ({ metadata }) => ({ metadata: { ...metadata, reads: 'x' } }))],
      [
        /its labels cannot be read/,
        changed(bytes, ({ metadata }) => ({ metadata: { ...metadata, targets: '[1]' } })),
      ],
      [
        /its labels cannot be read/,
        changed(bytes, ({ metadata }) => ({ metadata: { ...metadata, targets: '{' } })),
      ],
      [
        /"weights" has a wrong size/,
        changed(bytes, ({ metadata }) => ({ metadata: { ...metadata, targets: '["a"]' } })),
      ],
      [/"bias" has a wrong size/, changed(bytes, ({ tensors: { weights } }) => ({ tensors: { weights } }))],
      [
        /value 1 of "bias" is NaN/,
        changed(bytes, ({ tensors }) => ({
          tensors: { ...tensors, bias: { shape: [2], data: Float32Array.of(0, Number.NaN) } },
        })),
      ],
      [
        /"trust" is damaged/,
        changed(mixtureBytes, ({ metadata }) => ({ metadata: { ...metadata, trust: '-1' } })),
      ],
      [
        /"evidence" is damaged/,
        changed(mixtureBytes, ({ metadata }) => ({ metadata: { ...metadata, evidence: '' } })),
      ],
      [
        /"directions" has a wrong size/,
        changed(mixtureBytes, ({ tensors }) => ({
          tensors: { ...tensors, directions: { shape: [1, 3], data: new Float32Array(3) } },
        })),
      ],
      [/incomplete|too short/, bytes.subarray(0, bytes.length - 4)],
      [/too short/, new Uint8Array(3)],
    ];
    for (const [why, wrong] of refused)
      assert.throws(
        () => decodeHead(wrong, 'h'),
        (error) => {
          assert.ok(error instanceof SemapError);
          assert.equal(error.reason, 'invalid-document');
          assert.match(error.message, why);
          return true;
        },
      );
  });

  it('whose tensors share elements is refused before they are read', () => {
    const header = JSON.stringify({
      __metadata__: {},
      ...Object.fromEntries(
        Array.from({ length: 5 }, (_, i) => [`t${i}`, { dtype: 'F32', shape: [4], data_offsets: [0, 16] }]),
      ),
    });
    const raw = new TextEncoder().encode(header);
    const shared = new Uint8Array(8 + raw.length + 16);
    new DataView(shared.buffer).setBigUint64(0, BigInt(raw.length), true);
    shared.set(raw, 8);
    assert.throws(() => decodeSafetensors(shared, 'h'), /"t1" is damaged/);
  });
});
