import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExpectedQuality } from '../../../../src/core/alignments/alignment.ts';
import { labelChanges } from '../../../../src/core/alignments/labelChanges.ts';
import { joinAlignments } from '../../../../src/core/alignments/memberEdits.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const SOURCES = ['patio', 'stove', 'dishwasher', 'tabby'];

function made(
  ...targets: [label: string, expected: ExpectedQuality, sources: [index: number, weight: number][]][]
) {
  return alignmentOf(
    SOURCES.length,
    targets.map(([label, expected, sources]) => ({
      ...target(label, ...sources.map(([index, weight]) => source(index, weight, 1, SOURCES[index]))),
      expected,
    })),
  );
}

describe('what another version makes of labels', () => {
  it('is which source labels come and go, the heaviest first, and another recall to expect', () => {
    const before = made(['kitchen', 'poor', [[0, 1]]], ['cat', 'good', [[3, 1]]]);
    const kitchen = { ...before.targets[0], expected: 'fair' as const, expectedRecall: 0.41 };
    const sources = [source(2, 0.4, 1, SOURCES[2]), source(1, 0.9, 1, SOURCES[1]), ...kitchen.sources];
    const after = { ...before, targets: [{ ...kitchen, sources }, before.targets[1]] };
    assert.deepEqual(labelChanges(before, after), [
      {
        target: 0,
        label: 'kitchen',
        recall: [0.15, 0.41],
        come: ['stove', 'dishwasher'],
        go: [],
        kept: 1,
      },
    ]);
    assert.deepEqual(
      labelChanges(after, before).map(({ come, go, kept }) => [come, go, kept]),
      [[[], ['stove', 'dishwasher'], 1]],
    );
  });

  it('counts the source labels of every backbone, and names each once', () => {
    const first = made(['cat', 'good', [[3, 1]]]);
    const other = made(['cat', 'good', [[0, 1]]]);
    const second = { ...other, backbone: { ...other.backbone, name: 'other', sha256: 'f'.repeat(64) } };
    const joined = joinAlignments([first, second]);
    const { targets } = made([
      'cat',
      'good',
      [
        [3, 1],
        [1, 0.5],
      ],
    ]);
    const after = {
      ...joined,
      targets: joined.targets.map((each) => ({ ...each, sources: targets[0].sources })),
      members: joined.members!.map((member) => ({
        ...member,
        targets: member.targets.map((each) => ({ ...each, sources: targets[0].sources.slice(1) })),
      })),
    };
    assert.deepEqual(
      labelChanges(joined, after).map(({ come, go, kept }) => [come, go, kept]),
      [[['stove'], ['patio'], 1]],
    );
  });

  it('is nothing where only weights shift, or a place has another label', () => {
    const before = made(['kitchen', 'fair', [[0, 1]]], ['cat', 'good', [[3, 1]]]);
    assert.deepEqual(
      labelChanges(before, made(['kitchen', 'fair', [[0, 0.5]]], ['dog', 'poor', [[1, 1]]])),
      [],
    );
  });
});
