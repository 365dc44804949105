import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AlignmentDocument, learnedKeys } from '../../../../src/core/alignments/alignment.ts';
import { decidingText } from '../../../../src/core/alignments/alignmentDifference.ts';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { joinedScorer } from '../../../../src/core/alignments/alignmentScorer.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withMarks } from '../../../../src/core/alignments/expectedRecall.ts';
import {
  joinAlignments,
  withMember,
  withMemberWeights,
  withoutMember,
  withPart,
} from '../../../../src/core/alignments/memberEdits.ts';
import {
  joinedExcluded,
  joinedSources,
  learnedRecordOf,
  partDocument,
  partsOf,
  placeOfSource,
  sourceGroups,
} from '../../../../src/core/alignments/members.ts';
import { realignedParts } from '../../../../src/core/alignments/realign.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const first = alignmentOf(10, [target('dog', source(1)), target('cat', source(4)), target('bird')]);
const other = (name: string, ...targets: Parameters<typeof alignmentOf>[1]): AlignmentDocument => {
  const alone = alignmentOf(5, targets);
  return { ...alone, backbone: { ...alone.backbone, name, sha256: name } };
};
const second = other('B', target('cat', source(2)), target('bird', source(3), source(0)));
const third = other('C', target('fish', source(1)), target('dog', source(0)));

describe('alignments joined', () => {
  it('keep what each says of the labels, with their sources one after the other', () => {
    const both = withMember(first, second);
    assert.equal(both.version, 2);
    assert.deepEqual(
      joinedSources(both).map((sources) => sources.map(({ index }) => index)),
      [[1], [4, 12], [13, 10]],
    );
    assert.deepEqual(
      sourceGroups(both).map(({ member, from, count }) => [member, from, count]),
      [
        [0, 0, 10],
        [1, 10, 5],
      ],
    );
    assert.deepEqual(placeOfSource(sourceGroups(both), 12), { member: 1, index: 2 });
    assert.deepEqual(parseAlignment(serialiseAlignment(both)), both);
  });

  it('are so many at most: of thousands, each would be loaded', () => {
    const both = withMember(first, second);
    const text = (count: number) =>
      JSON.stringify({ ...both, members: Array.from({ length: count }, () => both.members![0]) });
    assert.equal(parseAlignment(text(100)).members!.length, 100);
    assert.throws(() => parseAlignment(text(101)), /"members" has 101 entries; the limit is 100/);
  });

  it('have the labels of all, with sources where there are some', () => {
    const all = joinAlignments([first, second, third]);
    assert.deepEqual(
      all.targets.map(({ label }) => label),
      ['dog', 'cat', 'bird', 'fish'],
    );
    assert.deepEqual(
      partsOf(all).map(({ targets }) => targets.map(({ sources }) => sources.length)),
      [
        [1, 1, 0, 0],
        [0, 1, 2, 0],
        [1, 0, 0, 1],
      ],
    );
    assert.deepEqual(joinAlignments([withMember(first, second), third]), all);
    assert.deepEqual(joinAlignments([first, withMember(second, third)]).members!.length, 2);
  });

  it('promise of each label what the best of them does', () => {
    const known = (document: AlignmentDocument): AlignmentDocument =>
      withMarks({
        ...document,
        targets: document.targets.map((one) => ({ ...one, match: 'whole' as const })),
      });
    const [a, b] = [known(first), known(second)];
    const both = withMember(a, b);
    const recalls = ({ targets }: AlignmentDocument) => targets.map(({ expectedRecall }) => expectedRecall!);
    assert.equal(recalls(both)[0], recalls(a)[0]);
    assert.equal(recalls(both)[2], recalls(b)[1]);
    assert.deepEqual([recalls(partDocument(both, 1))[0], recalls(partDocument(both, 0))[2]], [0, 0]);
    const unmapped = withEdit(both, { kind: 'unmap', member: 0, target: 0, source: 1 });
    assert.equal(unmapped.targets[0].expected, 'none');
  });

  it('leave to one of them what the others have only strangers for', () => {
    const sure = alignmentOf(10, [target('cat', source(1, 1, 0.7)), target('sparrow', source(2, 1, 0.1))]);
    const birds = other('birds', target('cat', source(3, 1, 0.1)), target('sparrow', source(4, 1, 0.9)));
    assert.deepEqual(
      joinedSources(withMember(sure, birds)).map((sources) => sources.map(({ index }) => index)),
      [[1], [14]],
    );
    const kinds = withMember(
      alignmentOf(10, [target('cat', source(1, 1, 0.1))]),
      other('B', target('cat', { ...source(2, 1, 0.05), kind: true })),
    );
    assert.deepEqual(
      joinedSources(kinds)[0].map(({ index }) => index),
      [12],
    );
    // Where nobody knows better, all are heard.
    const lost = [sure, birds].map((one) => ({ ...one, targets: [target('trouble', source(1, 1, 0.1))] }));
    assert.equal(joinedSources(joinAlignments(lost))[0].length, 2);
  });

  it('come apart again', () => {
    const all = joinAlignments([first, second, third]);
    const alone = withoutMember(withoutMember(all, 2), 1);
    assert.deepEqual({ ...alone, targets: alone.targets.slice(0, 3) }, first);
    const led = withoutMember(all, 0);
    assert.equal(led.backbone.name, 'B');
    assert.deepEqual(led.targets[1].sources, second.targets[0].sources);
    assert.deepEqual(led.targets[0].sources, []);
    assert.throws(() => withoutMember(first, 0), /no other backbone/);
  });

  it('are not joined with themselves, with a head, or with a learned linear mapping', () => {
    assert.throws(() => withMember(first, first), /already/);
    const head = {
      kind: 'mixture' as const,
      file: 'a',
      sha256: 'b',
      learned: { images: 1, validation: { images: 0, accuracy: null }, learned: '' },
    };
    assert.throws(() => withMember({ ...first, head }, second), /head/);
    assert.throws(() => withMember(first, { ...second, head }), /head/);
    const aggregation = { kind: 'linear' as const, bias: [0, 0] };
    assert.throws(() => withMember(first, { ...second, aggregation }), /linear/);
  });

  it('are edited backbone by backbone', () => {
    const both = withEdit(first, { kind: 'join', alignment: second });
    const mapped = withEdit(both, { kind: 'map', member: 1, target: 0, source: source(4) });
    assert.deepEqual(mapped.targets, both.targets);
    assert.deepEqual(
      mapped.members![0].targets.map(({ label }) => label),
      ['dog', 'cat', 'bird'],
    );
    assert.deepEqual(withEdit(mapped, { kind: 'unmap', member: 1, target: 0, source: 4 }), both);
    assert.throws(
      () => withEdit(both, { kind: 'map', member: 1, target: 0, source: source(7) }),
      /no source 7/,
    );
    const weighed = withEdit(both, { kind: 'weigh', member: 1, weight: 0.5 });
    assert.deepEqual(
      partsOf(weighed).map(({ weight }) => weight),
      [1, 0.5],
    );
    assert.deepEqual(withEdit(weighed, { kind: 'weigh', member: 1, weight: null }), both);
    assert.throws(() => withEdit(both, { kind: 'weigh', member: 1, weight: 0 }), /weight/);
    const only = withEdit(weighed, { kind: 'leave', member: 0 });
    assert.deepEqual([only.version, only.members, only.weight], [1, undefined, undefined]);
    assert.throws(() => withEdit(both, { kind: 'weigh', member: 2, weight: 1 }), /no backbone 3/);
  });

  it('keep what labels taught them together until their weights or their number change', () => {
    const record = { images: 4, validation: { images: 8, accuracy: 0.75 }, learned: 'a b' };
    const measured = [{ recall: 0.5, images: 2 }, undefined, undefined];
    const weighed = withMemberWeights(withMember(first, second), [1, 0.5], { record, measured });
    assert.deepEqual(parseAlignment(serialiseAlignment(weighed)), weighed);
    assert.deepEqual([learnedRecordOf(weighed), learnedKeys(weighed)], [record, 'a b']);
    assert.deepEqual([weighed.targets[0].measured, weighed.targets[0].expected], [measured[0], 'fair']);
    const mapped = withEdit(weighed, { kind: 'map', member: 1, target: 0, source: source(4) });
    assert.equal(mapped.weighed, record);
    for (const edit of [
      { kind: 'weigh', member: 1, weight: 0.3 },
      { kind: 'leave', member: 1 },
      { kind: 'join', alignment: third },
    ] as const) {
      const { weighed: gone, targets } = withEdit(weighed, edit);
      assert.deepEqual([gone, targets[0].measured], [undefined, undefined]);
    }
    assert.throws(
      () => parseAlignment(JSON.stringify({ ...weighed, weighed: { images: 'x' } })),
      /weighed\.images/,
    );
  });

  it('may count differently for each label, in a document that earlier versions do not read', () => {
    const both = withMember(first, second);
    const [dog, cat, bird] = both.targets;
    const [{ targets, ...member }] = both.members!;
    const own = targets.map((one) => (one.label === 'cat' ? { ...one, weight: 3 } : one));
    const weighed = {
      ...both,
      targets: [dog, { ...cat, weight: 0.5 }, bird],
      members: [{ ...member, targets: own }],
    };
    const edited = withEdit(weighed, { kind: 'weigh', member: 1, weight: 2 });
    assert.deepEqual([both.version, edited.version], [2, 4]);
    assert.deepEqual(
      partsOf(edited).map((part) => part.targets.map(({ weight }) => weight)),
      [
        [undefined, 0.5, undefined],
        [undefined, 3, undefined],
      ],
    );
    assert.deepEqual(parseAlignment(serialiseAlignment(edited)), edited);
    const shares = joinedScorer(edited).plan.shares.map((one) => one[1]);
    assert.deepEqual(shares, [0.5 / 6.5, 6 / 6.5]);
    assert.notEqual(decidingText(weighed), decidingText(both));
    assert.deepEqual(withPart(weighed, 1, partDocument(weighed, 1)), { ...weighed, version: 4 });
    const only = withEdit(edited, { kind: 'leave', member: 0 });
    assert.deepEqual([only.version, only.targets.some((one) => 'weight' in one)], [1, false]);
    const wrong = { ...weighed, members: [{ ...member, targets: [{ ...own[0], weight: 0 }] }] };
    assert.throws(() => parseAlignment(JSON.stringify(wrong)), /members\[0\]\.targets\[0\]\.weight/);
  });

  it('leave out a source of one backbone alone', () => {
    const both = withMember(first, second);
    const excluded = { label: 'two', index: 2 };
    const next = withEdit(both, { kind: 'exclude', member: 1, source: excluded });
    assert.equal(next.excluded, undefined);
    assert.deepEqual(partsOf(next)[1].excluded, [excluded]);
    assert.deepEqual(joinedExcluded(next), [{ ...excluded, index: 12 }]);
    assert.deepEqual(parseAlignment(serialiseAlignment(next)), next);
    assert.throws(() => withEdit(next, { kind: 'map', member: 1, target: 0, source: source(2) }), /excluded/);
  });

  it('share labels that stand twice in their order', () => {
    const twice = alignmentOf(10, [target('a', source(1)), target('a', source(2))]);
    const both = withMember(twice, other('B', target('a', source(3)), target('a', source(4))));
    assert.deepEqual(
      joinedSources(both).map((sources) => sources.map(({ index }) => index)),
      [
        [1, 13],
        [2, 14],
      ],
    );
  });
});

describe('aligning several backbones again', () => {
  const both = withMember(first, second);

  it('asks each for what a label means, and the first says it', async () => {
    const asked: string[] = [];
    const next = await realignedParts(both, { kind: 'hint', target: 1, hint: 'pet' }, async (part, edit) => {
      asked.push(part.backbone.name);
      const edited = withEdit(part, edit);
      const targets = edited.targets.with(1, { ...edited.targets[1], sources: [source(0)] });
      return { ...edited, targets };
    });
    assert.deepEqual(asked, [first.backbone.name, 'B']);
    assert.equal(next.targets[1].hint, 'pet');
    assert.deepEqual(
      joinedSources(next)[1].map(({ index }) => index),
      [0, 10],
    );
    assert.deepEqual(next.members![0].targets[1], second.targets[1] && both.members![0].targets[1]);
  });

  it('leaves what several hints are about to the backbone that has something for it', async () => {
    const hints = [{ target: 1, hint: 'pet' }];
    const next = await realignedParts(both, { kind: 'hints', hints }, async (part, edit) => {
      const edited = withEdit(part, edit);
      const similarity = part.backbone.name === 'B' ? 0.01 : 0.5;
      const targets = edited.targets.with(1, { ...edited.targets[1], sources: [source(0, 1, similarity)] });
      return { ...edited, targets };
    });
    assert.deepEqual(
      joinedSources(next)[1].map(({ index }) => index),
      [0],
    );
  });

  it('adds a label to all of them', async () => {
    const next = await realignedParts(both, { kind: 'add', label: 'fish' }, async (part, edit) => {
      const edited = withEdit(part, edit);
      return { ...edited, targets: edited.targets.with(3, { ...edited.targets[3], sources: [source(1)] }) };
    });
    assert.deepEqual(
      joinedSources(next)[3].map(({ index }) => index),
      [1, 11],
    );
  });

  it('asks only the one whose sources or method are edited', async () => {
    const edit = { kind: 'method', member: 1, method: { name: 'semap-1' } } as const;
    const next = await realignedParts(both, edit, async (part, its) => withEdit(part, its));
    assert.equal(next.method.name, first.method.name);
    assert.equal(next.members![0].method!.name, 'semap-1');
    assert.deepEqual(next.targets, both.targets);
  });

  it('works on one backbone as on an alignment of its own', () => {
    assert.deepEqual(withPart(both, 1, partDocument(both, 1)), both);
    assert.deepEqual(withPart(both, 0, partDocument(both, 0)), both);
  });
});
