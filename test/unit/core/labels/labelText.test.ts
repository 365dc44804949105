import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nounForms, plainText, readLabel, withoutNumbering } from '../../../../src/core/labels/labelText.ts';

const known =
  (...phrases: string[]) =>
  (phrase: string) =>
    phrases.includes(phrase);

describe('the text of a label', () => {
  it('is the same for camelCase, underscores, hyphens and spaces', () => {
    for (const label of ['StopSign', 'stop_sign', 'stop-sign', ' Stop  Sign ']) {
      assert.equal(plainText(label), 'stop sign');
    }
  });

  it('keeps letters of other scripts and hostile text as text', () => {
    assert.equal(plainText('日本語'), '日本語');
    assert.equal(plainText('<img src=x onerror=alert(1)>'), '<img src=x onerror=alert(1)>');
  });

  it('falls apart at slashes, commas, "or" and "and"', () => {
    assert.deepEqual(readLabel('truck / bus', known()).phrases, ['truck', 'bus']);
    assert.deepEqual(readLabel('cat, dog or bird', known()).phrases, ['cat', 'dog', 'bird']);
  });

  it('stays whole when it is one lemma', () => {
    const label = readLabel('black and tan terrier', known('black and tan terrier'));
    assert.deepEqual(label.phrases, ['black and tan terrier']);
  });

  it('lends the head noun of the last part to the others', () => {
    const label = readLabel('sports or racing car', known('sports car'));
    assert.deepEqual(label.phrases, ['sports car', 'racing car']);
  });

  it('goes without the number of its folder, unless it is all or part of the name', () => {
    const bare = {
      '003.backpack': 'backpack',
      '001.Black_footed_Albatross': 'Black_footed_Albatross',
      'n02085620-Chihuahua': 'Chihuahua',
      'leopards-101': 'leopards',
      '129.leopards-101': 'leopards',
      dog_01: 'dog',
      cat1: 'cat',
      '(3) deer': 'deer',
    };
    for (const [label, name] of Object.entries(bare)) assert.equal(withoutNumbering(label), name);
    for (const label of ['42', '2012', 'B-52', 'A320', 'n02085620', '007.', 'MP3 player']) {
      assert.equal(withoutNumbering(label), label);
    }
    assert.deepEqual(readLabel('7 up', known('7 up')).phrases, ['7 up']);
    assert.deepEqual(readLabel('2.cat', known('cat')).phrases, ['cat']);
  });

  it('takes brackets as notes, unless there is nothing else', () => {
    assert.deepEqual(readLabel('crane (bird)', known()), {
      whole: 'crane',
      phrases: ['crane'],
      notes: ['bird'],
    });
    assert.deepEqual(readLabel('(bird)', known()).phrases, ['bird']);
  });

  it('has no phrase where there is no letter or digit', () => {
    assert.deepEqual(readLabel('???', known()).phrases, []);
  });
});

describe('the forms of a noun phrase', () => {
  const none = () => undefined;

  it('begin with the phrase as written and hold singular and plural', () => {
    assert.equal(nounForms('polar bears', none)[0], 'polar_bears');
    assert.ok(nounForms('polar bears', none).includes('polar_bear'));
    assert.ok(nounForms('berries', none).includes('berry'));
    assert.ok(nounForms('knives', none).includes('knife'));
    assert.ok(nounForms('scissor', none).includes('scissors'));
  });

  it('use irregular plurals', () => {
    assert.ok(nounForms('mice', (word) => (word === 'mice' ? 'mouse' : undefined)).includes('mouse'));
  });

  it('join words in every way', () => {
    const forms = nounForms('in line skate', none);
    assert.ok(forms.includes('in-line_skate'));
    assert.ok(forms.includes('inline_skate'));
  });
});
