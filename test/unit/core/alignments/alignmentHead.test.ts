import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AlignmentDocument,
  type AlignmentMember,
  decidingLabel,
  type HeadRecord,
  learnedKeys,
  madeFor,
  methodLabel,
  withHead,
} from '../../../../src/core/alignments/alignment.ts';
import { answeringText, decidingText } from '../../../../src/core/alignments/alignmentDifference.ts';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { mustBeOfOne } from '../../../../src/core/alignments/alignmentFit.ts';
import {
  alignmentTextEdits,
  parseAlignment,
  serialiseAlignment,
} from '../../../../src/core/alignments/alignmentText.ts';
import { namedPaths, withPaths } from '../../../../src/core/alignments/documentPaths.ts';
import { realigned } from '../../../../src/core/alignments/realign.ts';
import { applyEdits } from '../../../../src/core/json/jsonEdits.ts';
import { say } from '../../../../src/core/text/text.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { column } from '../../column.ts';

const plain = alignmentOf(10, [target('dog', source(1)), target('cat', source(4)), target('bird')]);
const head: HeadRecord = {
  kind: 'mixture',
  file: 'pets.head.safetensors',
  sha256: 'ef',
  learned: { images: 2, validation: { images: 4, accuracy: 0.5 }, learned: '0a 0b' },
};
const member: AlignmentMember = {
  backbone: { name: 'other', path: 'other.onnx', sha256: 'gh', labelSpace: 'words', sourceCount: 5 },
  aggregation: { kind: 'linear', bias: [1, 2] },
  prompt: 'other.safetensors',
  head: { ...head, file: 'other.head.safetensors' },
  weight: 0.5,
  targets: [
    { label: 'cat', sources: [source(2)] },
    { label: 'dog', offset: 0.1, sources: [] },
  ],
};
const headed = withHead(plain, head);
const several: AlignmentDocument = { ...headed, weight: 2, members: [member] };

describe('a document with a head', () => {
  it('is what decides, in words', () => {
    assert.equal(say(decidingLabel({ ...plain, head })), 'kept classifier (Settled folder)');
    assert.equal(say(decidingLabel(plain)), say(methodLabel(plain.method)));
  });

  it('has version 2, and version 1 again without it', () => {
    assert.equal(plain.version, 1);
    assert.equal(headed.version, 2);
    assert.deepEqual(withHead(headed, undefined), plain);
    assert.equal(withHead(several, undefined).version, 2);
  });

  it('comes back from its text, members included', () => {
    assert.deepEqual(parseAlignment(serialiseAlignment(several)), several);
  });

  it('is refused where head or members are none, with the place', () => {
    const refused: [RegExp, object][] = [
      [/head\.kind is "magic"/, { head: { ...head, kind: 'magic' } }],
      [/head\.file must be a string/, { head: { ...head, file: 5 } }],
      [/head\.learned\.images/, { head: { ...head, learned: { images: -1 } } }],
      [/"head\.learned" must be an object/, { head: { ...head, learned: undefined } }],
      [/"weight" is 0|weight is 0|weight/, { weight: 0 }],
      [/members\[0\]\.backbone\.name must be a string/, { members: [{ ...member, backbone: {} }] }],
      [
        /members\[0\]\.targets\[0\]\.sources\[0\]\.index is 9/,
        { members: [{ ...member, targets: [{ label: 'cat', sources: [source(9)] }] }] },
      ],
      [/one per target/, { members: [{ ...member, targets: [] }] }],
    ];
    for (const [why, wrong] of refused)
      assert.throws(() => parseAlignment(JSON.stringify({ ...headed, ...wrong })), why);
  });

  it('keeps head and members through every edit', () => {
    const source7 = source(7);
    const edits = [
      { kind: 'map', target: 0, source: source7 },
      { kind: 'move', target: 0, to: 1 },
      { kind: 'exclude', source: { label: 's9', index: 9 } },
      { kind: 'aggregation', aggregation: { kind: 'max' } },
      { kind: 'hint', target: 1, hint: 'pet' },
      { kind: 'add', label: 'horse' },
    ] as const;
    for (const edit of edits) {
      const after = withEdit(several, edit);
      assert.deepEqual([after.head, after.members, after.weight], [head, [member], 2], edit.kind);
      const text = serialiseAlignment(several);
      assert.deepEqual(parseAlignment(applyEdits(text, alignmentTextEdits(text, after))), after, edit.kind);
    }
    assert.deepEqual(madeFor(['a'], several).members, [member]);
  });

  it('keeps both when its labels are aligned again', async () => {
    const edit = { kind: 'hint', target: 0, hint: 'pet' } as const;
    const after = await realigned(several, edit, async () => plain);
    assert.deepEqual([after.version, after.head, after.members], [2, head, [member]]);
  });

  it('remembers under which name the head knows a label', () => {
    const renamed = withEdit(several, { kind: 'rename', target: 1, label: 'kitty' });
    assert.deepEqual(column(renamed.targets, 'learnedAs'), [undefined, 'cat', undefined]);
    assert.deepEqual(column(renamed.members![0].targets, 'label'), ['kitty', 'dog']);
    const again = withEdit(renamed, { kind: 'rename', target: 1, label: 'puss' });
    assert.equal(again.targets[1].learnedAs, 'cat');
    assert.deepEqual(withEdit(again, { kind: 'rename', target: 1, label: 'cat' }), several);
    const bare = withEdit(plain, { kind: 'rename', target: 1, label: 'kitty' });
    assert.ok(!('learnedAs' in bare.targets[1]));
  });

  it('takes a removed label out of its members, with the bias', () => {
    const [after] = withEdit(several, { kind: 'remove', target: 1 }).members!;
    assert.deepEqual(column(after.targets, 'label'), ['dog']);
    assert.deepEqual(after.aggregation, { kind: 'linear', bias: [2] });
  });

  it('answers otherwise with another head, and as before without', () => {
    assert.equal(decidingText(withHead(headed, undefined)), decidingText(plain));
    const texts = [
      plain,
      headed,
      withHead(plain, { ...head, sha256: 'other' }),
      several,
      { ...several, weight: 1 },
      { ...several, members: [{ ...member, weight: 1 }] },
      withEdit(headed, { kind: 'rename', target: 0, label: 'hound' }),
    ].map(answeringText);
    assert.equal(new Set(texts).size, texts.length);
    // Where the file is kept decides nothing.
    assert.equal(answeringText(withHead(plain, { ...head, file: 'moved' })), answeringText(headed));
  });

  it('is learned from the images of its head and of its method', () => {
    assert.equal(learnedKeys(plain), undefined);
    assert.equal(learnedKeys(headed), '0a 0b');
    const labelled = { ...head.learned, perClass: 1, seed: 0, learned: '0c' };
    assert.equal(learnedKeys({ ...headed, method: { ...plain.method, labelled } }), '0c 0a 0b');
  });

  it('names its files, those of its members too', () => {
    const document = { ...several, folders: ['images'] };
    assert.deepEqual(namedPaths(document), [
      { file: 'pets.head.safetensors', what: 'head' },
      { file: 'images', what: 'folder' },
      { file: 'other.onnx', what: 'backbone' },
      { file: 'other.safetensors', what: 'prompt' },
      { file: 'other.head.safetensors', what: 'head' },
    ]);
    const moved = withPaths(document, (file, what) => `/${what}/${file}`);
    assert.equal(moved.head!.file, '/head/pets.head.safetensors');
    assert.equal(moved.members![0].backbone.path, '/backbone/other.onnx');
    assert.ok(!('path' in moved.backbone));
  });

  it('of several backbones is not trained, by name', () => {
    mustBeOfOne(headed);
    assert.throws(() => mustBeOfOne(several), /goes through one backbone, and the alignment has 2/);
  });
});
