import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinedDocument } from '../../../../webview/alignment/joinedDocument.ts';
import { scoreInWords, whichImages } from '../../../../webview/alignment/scoreLine.ts';
import { originInWords } from '../../../../webview/alignment/words.ts';
import { starterAlignment } from '../../alignments.ts';
import { measuredOnAll } from '../../measuredOn.ts';

function score(images: number, judged: number, unseen = 0) {
  return {
    now: {
      images,
      judged,
      accuracy: null,
      balancedAccuracy: null,
      reach: null,
      measuredOn: { ...measuredOnAll(judged), images },
    },
    unseen,
  };
}

describe('which images a score is about', () => {
  it('says of how many the label is known', () => {
    assert.equal(whichImages(score(240, 240)), '240 images');
    assert.equal(whichImages(score(240, 120)), '120 of 240 images have a true label');
    assert.equal(whichImages(score(60, 1)), '1 of 60 images has a true label');
    assert.equal(whichImages(score(1, 0)), '1 image without a true label');
  });

  it('says how many it is not about', () => {
    assert.equal(whichImages(score(10, 10, 1200)), '10 images · 1,200 more not classified or unreadable');
  });
});

describe('a score that is cut to one line', () => {
  it('is said in full, with what it leaves out', () => {
    const { now, unseen } = score(240, 240);
    assert.equal(
      scoreInWords({ now, unseen, changed: 0, title: 'photos', classifiedWith: 'old.semap.json' }),
      'photos\n240 images\nclassified with old.semap.json',
    );
    assert.equal(
      scoreInWords({ now, unseen, changed: 3, before: now, title: 'photos' }),
      'photos\n240 images\nlast edit: 3 predictions changed',
    );
  });

  it('says that nothing is settled in an accuracy', () => {
    const { now, unseen } = score(240, 240);
    const said = scoreInWords({ now: { ...now, accuracy: 0.5 }, unseen, changed: 0, title: 'photos' });
    assert.match(said, /judged alone, without settling/);
    assert.match(said, /95% interval of the accuracy: 43\.7 to 56\.3%/);
  });

  it('says how to get one where there is none', () => {
    assert.match(scoreInWords(undefined), /^Classify a folder/);
  });
});

describe('where the numbers of a grid come from', () => {
  it('has an accuracy expected by labels only where none is measured', () => {
    const joined = joinedDocument(starterAlignment('dog', 'cat'));
    assert.match(originInWords(joined, 9, false), /accuracy expected by labels alone$/);
    assert.doesNotMatch(originInWords(joined, 9, true), /expected/);
  });
});
