import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JudgedImages, judge, type Verdict } from '../../../../src/core/expectations/judge.ts';
import { readExpectation } from '../../../../src/core/expectations/readExpectation.ts';
import { breakingText, isWithinChance, verdictText } from '../../../../src/core/expectations/verdictText.ts';
import { phrase, say } from '../../../../src/core/text/text.ts';

const LABELS = ['cat', 'dog', 'bird'];

/** Images `cat/0.jpg`, ...: of each truth, the answers; -1 for none. */
function images(answers: Readonly<Record<string, readonly number[]>>): JudgedImages {
  return {
    labels: LABELS,
    images: Object.entries(answers).flatMap(([truth, all]) =>
      all.map((target, i) => ({
        path: `/photos/${truth}/${i}.jpg`,
        name: `${truth}/${i}.jpg`,
        target,
        confidence: (i + 1) / 10,
        truth: LABELS.indexOf(truth),
      })),
    ),
    unread: [],
    measuredOn: { learned: 0 },
  };
}

// 8 of 10: cats 3 of 4, dogs 4 of 4, birds 1 of 2; two images of no label.
const SOME = images({ cat: [0, 0, 0, 1], dog: [1, 1, 1, 1], bird: [2, 1], other: [0, 2] });

function tell(text: string, judged = SOME): { verdict: Verdict; said: string } {
  const expectation = readExpectation(text, LABELS);
  const verdict = judge(expectation, judged);
  return { verdict, said: say(verdictText(expectation, verdict)) };
}

describe('Expectations', () => {
  for (const [text, status, found] of [
    ['accuracy >= .8', 'passed', 0.8],
    ['accuracy > .8', 'failed', 0.8],
    ['accuracy <= .8', 'passed', 0.8],
    ['accuracy < .8', 'failed', 0.8],
    ['balanced accuracy >= 75%', 'passed', 0.75],
    ['balanced accuracy >= .7501', 'failed', 0.75],
    ['recall of cat >= .75', 'passed', 0.75],
    ['recall of bird >= .6', 'failed', 0.5],
    ['precision of dog >= .7', 'failed', 4 / 6],
    ['F1 of dog >= .8', 'passed', 0.8],
    ['share of dog <= .5', 'passed', 0.5],
    ['share of bird >= .2', 'failed', 2 / 12],
    ['at most 2 wrong', 'passed', 2],
    ['at most 1 wrong', 'failed', 2],
    ['at least 10 measured', 'passed', 10],
    ['at least 13 images', 'failed', 12],
    ['at most 0 unread', 'passed', 0],
    ['at most 0 undecided', 'passed', 0],
    ['never dog for bird/0.jpg', 'passed', 0],
    ['never dog for bird/', 'failed', 1],
    ['always dog for dog/', 'passed', 4],
    ['always cat for ./cat/3.jpg', 'failed', 0],
  ] as const) {
    it(`${text} ${status}`, () => {
      const { verdict } = tell(text);
      assert.equal(verdict.status, status);
      assert.ok('found' in verdict && Math.abs(verdict.found - found) < 1e-12);
      if (status === 'passed') assert.deepEqual(verdict.broke, []);
    });
  }

  it('hold a thousand of the images that broke them, and count all', () => {
    const many = images({ cat: Array.from({ length: 5000 }, () => 1) });
    for (const text of ['accuracy >= .9', 'at most 0 wrong', 'always cat for cat/']) {
      const { verdict } = tell(text, many);
      assert.ok(verdict.status === 'failed');
      assert.deepEqual([verdict.broke.length, verdict.brokeCount], [1000, 5000]);
      assert.equal(verdict.broke[0].name, 'cat/4999.jpg');
    }
  });

  it('name the images that broke them, the surest first', () => {
    const broke = (text: string) => {
      const { verdict } = tell(text);
      return 'broke' in verdict ? verdict.broke.map(({ name }) => name) : [];
    };
    assert.deepEqual(broke('accuracy >= .9'), ['cat/3.jpg', 'bird/1.jpg']);
    assert.deepEqual(broke('recall of cat >= .9'), ['cat/3.jpg']);
    assert.deepEqual(broke('precision of dog >= .9'), ['cat/3.jpg', 'bird/1.jpg']);
    assert.deepEqual(broke('F1 of bird >= .9'), ['bird/1.jpg']);
    assert.deepEqual(broke('share of bird <= .1'), ['other/1.jpg', 'bird/0.jpg']);
    assert.deepEqual(broke('share of bird >= .3'), ['bird/1.jpg']);
    assert.deepEqual(broke('recall of dog < .5'), ['dog/3.jpg', 'dog/2.jpg', 'dog/1.jpg', 'dog/0.jpg']);
    assert.deepEqual(broke('at least 13 images'), []);
    const { verdict } = tell('accuracy >= .9');
    assert.ok(verdict.status === 'failed');
    assert.equal(say(breakingText(verdict.broke[0])), 'cat/3.jpg: dog (40.0%), truth cat');
  });

  it('say what was found, with an interval', () => {
    // Wilson (1927) of 8 in 10: .4902 to .9433, as statsmodels' proportion_confint has it.
    assert.equal(tell('accuracy >= .8').said, 'Accuracy is 80.0% (49.0 to 94.3%) on 10 images.');
    assert.equal(
      tell('recall of bird >= .6').said,
      'Recall of bird is 50.0% (9.5 to 90.5%) on 2 images; expected at least 60.0%.',
    );
    assert.equal(tell('at most 1 wrong').said, '2 answers are wrong; expected at most 1.');
    assert.equal(tell('never dog for bird/1.jpg').said, 'bird/1.jpg is taken for dog (20.0%).');
    assert.equal(tell('always cat for bird/1.jpg').said, 'bird/1.jpg is dog (20.0%), not cat.');
    assert.equal(tell('never dog for bird/').said, '1 of 2 images in bird/ are taken for dog.');
    assert.equal(
      tell('accuracy >= .80004').said,
      'Accuracy is 80.000% (49.0 to 94.3%) on 10 images; expected at least 80.004%.',
    );
  });

  it('say when chance may have decided', () => {
    const within = (text: string) =>
      isWithinChance(readExpectation(text), judge(readExpectation(text), SOME));
    assert.equal(within('accuracy >= .9'), true);
    assert.equal(within('accuracy >= .95'), false);
    assert.equal(within('at most 1 wrong'), false);
  });

  it('are not judged where the images do not say', () => {
    const why = (text: string, judged: JudgedImages = SOME) => {
      const { verdict, said } = tell(text, judged);
      assert.equal(verdict.status, 'undecidable');
      return said;
    };
    const blind = images({ other: [0, 1] });
    assert.match(why('accuracy >= .1', blind), /No image has a known label/);
    assert.match(why('at most 5 wrong', blind), /No image has a known label/);
    assert.match(
      why('accuracy >= .1', { ...blind, measuredOn: { learned: 2 } }),
      /all 2 images .* learned from/,
    );
    assert.match(
      why('accuracy >= .1', { ...SOME, measuredOn: { learned: 0, withheld: 'one-label' } }),
      /Only one label/,
    );
    const cats = images({ cat: [0, 0, 1] });
    assert.match(why('recall of dog >= .1', cats), /No measured image is dog/);
    assert.match(why('precision of bird >= .1', cats), /No measured image was taken for bird/);
    assert.match(
      why('precision of cat >= .1', { ...cats, measuredOn: { learned: 0, onlyLabel: 'cat' } }),
      /All measured images are cat/,
    );
    assert.match(why('share of dog <= .1', images({})), /There are no images/);
    assert.match(why('never dog for wolf/1.jpg'), /no image wolf\/1\.jpg/);
    assert.match(why('never dog for wolf/'), /no image below wolf\//);
    const hintOf = (text: string) => {
      const { verdict } = tell(text);
      return verdict.status === 'undecidable' && verdict.hint ? say(verdict.hint) : '';
    };
    assert.match(hintOf('never dog for bird/1.jpeg'), /Did you mean bird\/1\.jpg/);
    const lost = {
      ...SOME,
      unread: [{ path: '/photos/x.jpg', name: 'x.jpg', reason: phrase('It is empty.') }],
    };
    assert.match(why('never dog for x.jpg', lost), /x\.jpg could not be read: It is empty\./);
  });

  it('count files that could not be read, and name them', () => {
    const unread = [{ path: '/photos/x.jpg', name: 'x.jpg', reason: phrase('It is empty.') }];
    const { verdict, said } = tell('at most 0 unread', { ...SOME, unread });
    assert.equal(said, '1 file could not be read; expected at most 0.');
    assert.ok(verdict.status === 'failed');
    assert.equal(say(breakingText(verdict.broke[0])), 'x.jpg: It is empty.');
  });

  it('take a mean of recalls for what it is, whatever rounding makes of it', () => {
    // (.7 + .8 + .9) / 3 is .7999999999999999 here.
    const of = (right: number, label: number) =>
      Array.from({ length: 10 }, (_, i) => (i < right ? label : (label + 1) % 3));
    const judged = images({ cat: of(7, 0), dog: of(8, 1), bird: of(9, 2) });
    assert.equal(tell('balanced accuracy >= .8', judged).verdict.status, 'passed');
    assert.equal(tell('balanced accuracy > .8', judged).verdict.status, 'failed');
  });
});
