import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WordNet } from '../../../../src/core/labels/wordnet.ts';
import { builtWordNet, imagenet, noTable } from './table.ts';

describe('the WordNet table', { skip: noTable }, () => {
  const wordnet = noTable ? (undefined as never) : builtWordNet();

  it('has the nouns of WordNet 3.1', () => assert.equal(wordnet.size, 82192));

  it('finds the senses of a lemma in WordNet order, in any case, with spaces or underscores', () => {
    const keys = wordnet.senses('crane').map((sense) => sense.key);
    assert.equal(keys.length, 5);
    assert.ok(keys.includes('crane%1:05:00::'));
    assert.deepEqual(wordnet.senses('MALTESE dog'), wordnet.senses('maltese_dog'));
    assert.deepEqual(wordnet.senses('no such word'), []);
  });

  it('joins the wnids of ImageNet, which are WordNet 3.0 offsets, and back', () => {
    for (const label of imagenet().labels) {
      const synset = wordnet.synsetOfWnid(label.wnid!);
      assert.ok(synset !== undefined, label.wnid);
      assert.equal(wordnet.wnid(synset), label.wnid);
    }
    assert.equal(wordnet.synsetOfWnid('n99999999'), undefined);
    assert.equal(wordnet.synsetOfWnid('../etc'), undefined);
  });

  it('names a synset by key, lemmas and gloss', () => {
    const dog = wordnet.synsetOfWnid('n02084071')!;
    assert.deepEqual(wordnet.lemmas(dog), ['dog', 'domestic dog', 'Canis familiaris']);
    assert.match(wordnet.gloss(dog), /^a member of the genus Canis/);
    assert.equal(wordnet.key(dog), 'dog%1:05:00::');
    assert.equal(wordnet.senseOfKey('dog%1:05:00::')?.synset, dog);
    assert.equal(wordnet.senseOfKey('dog%1:05:99::'), undefined);
  });

  it('climbs and descends the hierarchy', () => {
    const dog = wordnet.synsetOfWnid('n02084071')!;
    const names = [...wordnet.ancestors(dog)].map((synset) => wordnet.lemmas(synset)[0]);
    for (const name of ['dog', 'canine', 'carnivore', 'entity']) assert.ok(names.includes(name), name);
    assert.ok([...wordnet.hyponyms(dog)].every((below) => wordnet.hypernyms(below).includes(dog)));
    assert.equal(wordnet.hyponymCount(dog), 190);
    assert.ok(wordnet.isInstance(wordnet.senses('rome')[0].synset));
  });

  it('tells parts from wholes, and both from members, substances and topics', () => {
    const first = (key: string) => wordnet.senseOfKey(key)!.synset;
    const names = (synsets: Uint32Array) => [...synsets].map((synset) => wordnet.lemmas(synset)[0]);
    const car = first('car%1:06:00::');
    assert.ok(names(wordnet.relatedAs(car, 'part')).includes('car door'));
    assert.ok(names(wordnet.relatedAs(first('car_door%1:06:00::'), 'whole')).includes('car'));
    assert.ok(!names(wordnet.relatedAs(car, 'whole', 'topic')).includes('car door'));
    assert.deepEqual(names(wordnet.relatedAs(first('bread%1:13:00::'), 'substance')), ['flour']);
  });

  it('knows irregular plurals and how rare words are', () => {
    assert.equal(wordnet.irregularSingular('mice'), 'mouse');
    assert.equal(wordnet.irregularSingular('cats'), undefined);
    assert.ok(wordnet.idf('giraffe') > wordnet.idf('person'));
  });

  it('refuses bytes that are no table', () => {
    assert.throws(() => new WordNet(new Uint8Array(100)), /not a WordNet table/);
  });
});
