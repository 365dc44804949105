import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectationText } from '../../../../src/core/expectations/expectation.ts';
import { BrokenExpectation, readExpectation } from '../../../../src/core/expectations/readExpectation.ts';
import { processorClock } from '../../processorClock.ts';

const LABELS = ['cat', 'dog', 'sports car', 'Wolf', 'for sale', 'he said "no"'];

function broken(text: string, labels?: readonly string[]): BrokenExpectation {
  try {
    readExpectation(text, labels);
  } catch (error) {
    assert.ok(error instanceof BrokenExpectation);
    return error;
  }
  throw new Error(`"${text}" was read.`);
}

describe('An expectation', () => {
  for (const [text, printed] of [
    ['accuracy >= .8', 'accuracy >= 0.8'],
    ['  Accuracy≥80% ', 'accuracy >= 0.8'],
    ['balanced  accuracy > 0.75', 'balanced accuracy > 0.75'],
    ['recall of cat >= .7', 'recall of cat >= 0.7'],
    ['Recall of sports car >= 1', 'recall of sports car >= 1'],
    ['precision of "sports car" >= .9', 'precision of sports car >= 0.9'],
    ["f1 of 'cat' => 12.5%", 'F1 of cat >= 0.125'],
    ['share of wolf <= .1', 'share of Wolf <= 0.1'],
    ['share of dog ≤ 10%', 'share of dog <= 0.1'],
    ['never dog for wolf/12.jpg', 'never dog for wolf/12.jpg'],
    ['always sports car for a folder/my car.jpg', 'always sports car for a folder/my car.jpg'],
    ['never "for sale" for x/', 'never "for sale" for x/'],
    ['never "he said \\"no\\"" for a.png', 'never "he said \\"no\\"" for a.png'],
    ['at most 5 unread', 'at most 5 unread'],
    ['AT LEAST 100 measured', 'at least 100 measured'],
    ['at most 1 image', 'at most 1 images'],
  ] as const) {
    it(`reads ${text}`, () => {
      const one = readExpectation(text, LABELS);
      assert.equal(expectationText(one), printed);
      assert.deepEqual(readExpectation(printed, LABELS), one);
    });
  }

  for (const [text, start, end, what, hint] of [
    ['', 0, 0, /empty/, /accuracy >= \.8/],
    ['   ', 0, 0, /empty/, /accuracy/],
    ['acuracy >= .8', 0, 7, /"acuracy" is nothing/, /Did you mean accuracy\?/],
    ['recal of cat >= .8', 0, 5, /"recal" is nothing/, /Did you mean recall\?/],
    ['never dogs for x.jpg', 6, 10, /no label "dogs"/, /Did you mean dog\?/],
    ['recall >= .7', 7, 9, /"of" and a label are missing/, /recall of cat/],
    ['recall of  >= .7', 11, 11, /a label is missing after "recall of"/, undefined],
    ['accuracy of cat >= .7', 9, 11, /of all images/, /recall/],
    ['accuracy', 8, 8, /a comparison is missing/, />= \.8/],
    ['accuracy .8', 9, 11, /a comparison is missing/, />= \.8/],
    ['accuracy = .8', 9, 10, /"=" is not a comparison/, />=/],
    ['accuracy >=', 11, 11, /a number is missing after ">="/, />= \.8/],
    ['accuracy >= high', 12, 16, /a number is missing/, undefined],
    ['accuracy >= 80', 12, 14, /80 is more than everything/, /Did you mean 80%\?/],
    ['accuracy >= 800%', 12, 16, /800% is more/, /from 0 to 1/],
    ['accuracy >= .8.1', 12, 16, /a number is missing/, undefined],
    ['accuracy >= .8 and more', 15, 23, /"and more" is too much/, /text of its own/],
    ['at most many unread', 8, 12, /a whole number is missing/, /at most 5 unread/],
    ['at most 5', 9, 9, /what is counted is missing/, /unread/],
    ['at most 5 unred', 10, 15, /"unred" cannot be counted/, /Did you mean unread\?/],
    ['never dog', 9, 9, /"for" and an image are missing/, /wolf\/12/],
    ['never dog for', 13, 13, /an image is missing/, /wolf\/12/],
    ['never dog for ../secret.jpg', 14, 27, /not a path in the folder/, /wolf\/12/],
    ['never dog for C:\\x.jpg', 14, 22, /not a path in the folder/, /wolf/],
    ['never "dog for x', 6, 16, /quote is not closed/, undefined],
  ] as const) {
    it(`says where "${text}" is wrong`, () => {
      const error = broken(text, LABELS);
      assert.match(error.message, what);
      if (hint) assert.match(error.hint ?? '', hint);
      assert.deepEqual([error.start, error.end], [start, end]);
      assert.ok(error.message.includes(`at character ${start + 1}:`), error.message);
    });
  }

  it('of any length ends at once', () => {
    assert.match(broken('share of '.repeat(1e6)).message, /longer than 3,000 characters/);
    const spent = processorClock();
    // A document has as many: blanks are where patterns try again and again.
    const blanks = ' '.repeat(2900);
    const texts = [
      `never a${blanks}b`,
      `recall of a${blanks}b >= .5`,
      `x${blanks}y`,
      `never ${' x'.repeat(1400)}`,
    ];
    for (let i = 0; i < 500; i++) for (const text of texts) broken(text, LABELS);
    assert.ok(spent() < 5000, `${spent()} ms`);
  });
});
