import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countDoubt, nameDoubts } from '../../../../src/core/backbones/labelDoubts.ts';
import { say } from '../../../../src/core/text/text.ts';

const kinds = (count: number) => Array.from({ length: count }, (_, i) => `kind ${i}`);

describe('Labels that are not as many as the outputs', () => {
  for (const [outputs, labels, what, hint] of [
    [1001, kinds(1000), /first output is a background/, /imagenet-1k-background/],
    [1000, kinds(1001), /begins with a background/, /"imagenet-1k"/],
    [
      11,
      kinds(10),
      /background or unused class, the first .* or the last/,
      /Add "background" as the first line/,
    ],
    [10, ['background', ...kinds(10)], /does not have "background"/, /Delete "background"/],
    [10, [...kinds(10), 'Other'], /does not have "Other"/, /Delete "Other"/],
    [10, kinds(11), /one line too many/, /Delete the line/],
    [10, kinds(1000), /pretrained with/, /labels of this model/],
    [1000, kinds(10), /before it was trained/, /Export the trained model/],
    [20, kinds(7), /labels are missing/, /labels of this model/],
    [7, kinds(20), /another training/, /labels of this model/],
  ] as const)
    test(`${labels.length} for ${outputs} outputs`, () => {
      const doubt = countDoubt(outputs, labels.length, labels);
      assert.match(say(doubt.what), what);
      assert.match(say(doubt.hint), hint);
    });
});

describe('Labels that are doubtful', () => {
  const doubts = (labels: readonly string[]) => nameDoubts(labels).map(({ what }) => say(what));
  const numbers = kinds(12).map((_, i) => String(i));

  test('are placeholders', () => {
    assert.match(doubts(['LABEL_0', 'LABEL_1'])[0], /placeholders such as "LABEL_0"/);
    assert.match(doubts(['class 0', 'class 1'])[0], /placeholders/);
    assert.deepEqual(doubts(['Class 1', 'Class 2']), []);
  });

  test('are numbers in the order of text, and numbers that count where folders are sorted as text', () => {
    assert.match(doubts([...numbers].sort())[0], /order of text \(0, 1, 10, \.\.\.\)/);
    assert.match(doubts(numbers)[0], /count up.*\(0, 1, 10, \.\.\.\)/);
    assert.deepEqual(doubts(numbers.slice(0, 10)), []);
    assert.deepEqual(doubts(['2', '1', '10']), []);
  });

  test('are names that come twice, but not unnamed ones', () => {
    assert.match(doubts(['cat', 'dog', 'cat'])[0], /"cat" is listed more than once/);
    assert.deepEqual(doubts(['cat', 'dog', 'crane', 'unnamed 3']), []);
    const many = kinds(100_000);
    assert.deepEqual(doubts(many), []);
    assert.match(doubts([...many, many[0]])[0], /listed more than once/);
  });
});
