import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelRoles } from '../../../../src/core/labels/labelRole.ts';

/** The roles of a set in a word each: `not cat`, `rest`, `rest: vehicles`, `cat + sofa`, `? tie`; a name has none. */
function roles(list: string, known: readonly string[] = []): string[] {
  const names = list.split(', ');
  return labelRoles(names, (phrase) => known.includes(phrase)).map((role) => {
    switch (role?.kind) {
      case 'not':
        return `not ${role.labels.join(' & ')}`;
      case 'rest':
        return role.of ? `rest: ${role.of}` : 'rest';
      case 'with':
        return `${role.head} + ${role.context}`;
      case 'unclear':
        return `? ${role.not}`;
      default:
        return '';
    }
  });
}

describe('Roles of labels', () => {
  it('takes a negation for whatever is not the label that it denies', () => {
    assert.deepEqual(roles('cat, not_cat'), ['', 'not cat']);
    assert.deepEqual(roles('no_helmet, helmet, seat belt, no seat belt'), [
      'not helmet',
      '',
      '',
      'not seat belt',
    ]);
    for (const name of [
      'not hot dog',
      'non-hotdog',
      'nothotdog',
      'nonhotdog',
      'anything but a hot dog',
      'Not_HotDog',
    ]) {
      assert.deepEqual(roles(`hot_dog, ${name}`), ['', 'not hot_dog'], name);
    }
    assert.deepEqual(roles('with_mask, without_mask'), ['', 'not with_mask']);
    assert.deepEqual(roles('crack, crack free'), ['', 'not crack']);
    assert.deepEqual(roles('dogs, no dog'), ['', 'not dogs']);
    for (const name of [
      'neither cat nor dog',
      'not_cat and not_dog',
      'no cat & no dog',
      'not a cat or a dog',
      'without cats/without dogs',
    ])
      assert.deepEqual(roles(`cats, dogs, ${name}`), ['', '', 'not cats & dogs'], name);
    assert.deepEqual(roles('a, b, not_a and not_b'), ['', '', 'not a & b']);
    assert.deepEqual(roles('cat, not_not_cat'), ['', '? not cat']);
    assert.deepEqual(roles('person with helmet, person without helmet'), ['', 'not person with helmet']);
  });

  it('asks where no label says what is denied', () => {
    assert.deepEqual(roles('non-dog, anything but hot dog'), ['? dog', '? hot dog']);
    assert.deepEqual(roles('shirt, no tie'), ['', '? tie']);
  });

  it('leaves words of the dictionary names', () => {
    assert.deepEqual(roles('fiction book, non-fiction, free', ['non fiction', 'free']), ['', '', '']);
    assert.deepEqual(roles('nonsmoker, nurse', ['nonsmoker']), ['', '']);
    assert.deepEqual(roles('notebook, nonpareil, nothing_bundt_cake'), ['', '', '']);
    assert.deepEqual(roles('jack in the box, jack on the rocks', ['jack in the box']), ['', '']);
  });

  it('knows labels that stand for all others', () => {
    const names =
      'other, Others, BACKGROUND_Google, unknown, none, none of these, misc, rest, nothing, no object, clutter';
    for (const name of names.split(', '))
      assert.deepEqual(roles(`cat, dog, ${name}`), ['', '', 'rest'], name);
    assert.deepEqual(roles('car, truck, other_vehicle'), ['', '', 'rest: vehicle']);
    assert.deepEqual(roles('other'), [''], 'there are no others');
  });

  it('tells labels with one head by what is around it', () => {
    assert.deepEqual(roles('cat_on_sofa, cat_on_the_grass, dog on sofa'), ['cat + sofa', 'cat + grass', '']);
    assert.deepEqual(roles('cat on mat, cup of tea, dog'), ['', '', '']);
  });
});
