import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  betweenSentences,
  bounded,
  isText,
  listed,
  phrase,
  plural,
  say,
  verbatim,
} from '../../../../src/core/text/text.ts';

const german = {
  name: 'de',
  patterns: {
    '{0} images in {1}': 'In {1}: {0} Bilder',
    'Cannot read {0}: {1}': '{0} ist nicht lesbar: {1}',
  },
};

describe('a text', () => {
  it('is said in English by itself, with numbers as English writes them', () => {
    assert.equal(
      say(phrase('{0} images in {1}', 12_345.5, 'a {0} folder')),
      '12,345.5 images in a {0} folder',
    );
  });

  it('is said in a language that has it, in its own order and with its numbers, and that of its values too', () => {
    const count = phrase('{0} images in {1}', 12_345, 'x');
    assert.equal(
      say(phrase('Cannot read {0}: {1}', 'f', count), german),
      'f ist nicht lesbar: In x: 12.345 Bilder',
    );
  });

  it('stays English where the language lacks it, and where its key is a property of every object', () => {
    assert.equal(say(phrase('Nothing'), german), 'Nothing');
    assert.equal(say(phrase('constructor'), german), 'constructor');
  });

  it('counts one and many', () => {
    const images = (count: number) => say(plural(count, '{0} image', '{0} images'));
    assert.deepEqual([0, 1, 2, 1200].map(images), ['0 images', '1 image', '2 images', '1,200 images']);
  });

  it('lists names, and counts those that are too many', () => {
    assert.equal(say(listed(['a'])), 'a');
    assert.equal(say(listed(['a', 'b', 'c'])), 'a, b and c');
    assert.equal(say(listed(['a', 'b', 'c', 'd'], 2)), 'a, b and 2 more');
    assert.equal(say(listed([])), '');
    // A text in a text for each would be deeper than any stack.
    assert.match(
      say(bounded(listed(Array.from({ length: 100_000 }, (_, i) => `${i}`)), 10)),
      /, 199 and 99,800 more$/,
    );
  });

  it('is told from other data', () => {
    assert.ok(isText(phrase('{0}', verbatim('x'))));
    for (const data of [
      undefined,
      null,
      'x',
      {},
      { key: 'x' },
      { key: 'x', values: [{}] },
      { key: 1, values: [] },
    ])
      assert.equal(isText(data), false);
  });

  it('is cut where words of others in it are long, and nowhere else', () => {
    const long = bounded(phrase('Cannot read {0}: {1}', 'A'.repeat(5000), 7), 100);
    assert.match(say(long), /^Cannot read A{66}…A{33}: 7$/);
  });

  it('stands behind another one without a blank where full stops have one', () => {
    const between = ['en', 'ja', 'zh-cn', 'zh-TW', 'jam', 'qps-ploc'].map((name) =>
      betweenSentences({ name }),
    );
    assert.deepEqual(between, [' ', '', '', '', ' ', ' ']);
  });
});
