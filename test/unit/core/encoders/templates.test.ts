import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkTemplates,
  DEFAULT_TEMPLATES,
  readable,
  textsOf,
} from '../../../../src/core/encoders/templates.ts';

describe('the prompt of a label', () => {
  it("is the paper's by default", () => {
    assert.deepEqual(textsOf({ name: 'sports car' }, DEFAULT_TEMPLATES), ['a photo of a sports car.']);
  });

  it('reads folder names as words, and leaves names as they are', () => {
    const cases: [string, string][] = [
      ['sports_car', 'sports car'],
      ['sports-car', 'sports car'],
      ['sportsCar', 'sports car'.replace('c', 'C')],
      ['flat-coated retriever', 'flat-coated retriever'],
      ['Band-Aid', 'Band-Aid'],
      ['iPod', 'iPod'],
      ['T-shirt', 'T-shirt'],
      ["jack-o'-lantern", "jack-o'-lantern"],
      ['猫', '猫'],
      ['___', '___'],
      ['', ''],
    ];
    for (const [name, words] of cases) assert.equal(readable(name), words);
  });

  it('takes any text literally', () => {
    for (const name of ['$&', '{}', '<img src=x onerror=alert(1)>']) {
      assert.deepEqual(textsOf({ name }, { templates: ['a {}'], detail: 'none' }), [`a ${name}`]);
    }
  });

  it('tells homonyms apart by further names or a definition, when asked to', () => {
    const crane = {
      name: 'crane',
      synonyms: ['crane', 'Crane', 'lifting_device', 'derrick', 'fourth'],
      gloss: 'lifts and moves heavy objects; "a crane lifted it"',
    };
    assert.deepEqual(textsOf(crane, { templates: ['a {}'], detail: 'none' }), ['a crane']);
    assert.deepEqual(textsOf(crane, { templates: ['a {}'], detail: 'synonyms' }), [
      'a crane, lifting device, derrick',
    ]);
    assert.deepEqual(textsOf(crane, { templates: ['a {}'], detail: 'gloss' }), [
      'a crane, lifts and moves heavy objects',
    ]);
    assert.deepEqual(textsOf({ name: 'crane' }, { templates: ['a {}'], detail: 'gloss' }), ['a crane']);
  });

  it('always uses the hint of a person', () => {
    const prompt = (hint: string) =>
      textsOf({ name: 'Birman', hint }, { templates: ['a {}'], detail: 'none' })[0];
    assert.equal(prompt('Birman cat'), 'a Birman cat');
    assert.equal(prompt('a breed of cat'), 'a Birman, a breed of cat');
    assert.equal(prompt('  '), 'a Birman');
  });

  it('is cut when it is absurdly long', () => {
    const [text] = textsOf(
      { name: 'x'.repeat(1e6), gloss: 'y '.repeat(1e5) },
      { templates: ['{}'], detail: 'gloss' },
    );
    assert.ok(text!.length < 500);
  });
});

describe('templates', () => {
  it('hold the place of the name exactly once', () => {
    assert.deepEqual(checkTemplates([' a {} ', '', 'a {}', 'the {}']), ['a {}', 'the {}']);
    assert.deepEqual(checkTemplates([]), DEFAULT_TEMPLATES.templates);
    for (const bad of ['a photo', 'a {} and a {}']) {
      assert.throws(() => checkTemplates([bad]), { reason: 'invalid-argument' });
    }
  });
});
