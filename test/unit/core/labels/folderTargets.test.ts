import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FolderTargets } from '../../../../src/core/labels/folderTargets.ts';
import { builtWordNet, noTable } from './table.ts';

describe('a class folder', { skip: noTable }, () => {
  const labelOf = (folder: string, ...targets: string[]) => {
    const at = new FolderTargets(targets, builtWordNet()).of(folder);
    return at === undefined ? undefined : targets[at];
  };

  it('is the label that it is called, whatever else is alike', () => {
    assert.equal(labelOf('dog', 'Dog', 'dog', 'dogs'), 'dog');
    assert.equal(labelOf('Dog', 'Dog', 'dog', 'dogs'), 'Dog');
    assert.equal(labelOf('dogs', 'Dog', 'dog', 'dogs'), 'dogs');
    assert.equal(labelOf('003.backpack', 'backpack', '003.backpack'), '003.backpack');
  });

  it('is its label in any case, with any separators, blanks and punctuation', () => {
    for (const folder of [
      'golden_retriever',
      'Golden Retriever',
      'GOLDEN-RETRIEVER',
      'GoldenRetriever',
      'goldenRetriever',
      'goldenretriever',
      ' golden  retriever ',
      'golden\u00a0retriever',
      'golden.retriever',
      'golden\u200b retriever',
      'golden__retriever',
    ]) {
      assert.equal(labelOf(folder, 'dog', 'golden retriever'), 'golden retriever', folder);
      assert.equal(labelOf('golden retriever', 'dog', folder), folder, folder);
    }
    assert.equal(labelOf('st_bernard', 'St. Bernard'), 'St. Bernard');
    assert.equal(labelOf('jack_o_lantern', "jack-o'-lantern"), "jack-o'-lantern");
    assert.equal(labelOf('crane_bird', 'crane (bird)', 'crane (machine)'), 'crane (bird)');
    assert.equal(labelOf('cats_dogs', 'cats/dogs', 'cats'), 'cats/dogs');
  });

  it('is its label in any Unicode form', () => {
    for (const name of ['café', 'Übergröße', 'ガラス', 'Å']) {
      assert.equal(labelOf(name.normalize('NFD'), 'x', name), name);
      assert.equal(labelOf(name, 'x', name.normalize('NFD')), name.normalize('NFD'));
    }
    assert.equal(labelOf('ＤＯＧ', 'dog'), 'dog');
    assert.equal(labelOf('STRASSE', 'Straße'), 'Straße');
    assert.equal(labelOf('ΣΚΥΛΟΣ', 'σκύλος'), undefined, 'accents tell words apart');
    assert.equal(labelOf('ΣΚΥΛΟΣ', 'σκυλος'), 'σκυλος');
  });

  it('is its label without numbering, but no two numbered ones are the same', () => {
    assert.equal(labelOf('003.backpack', 'backpack'), 'backpack');
    assert.equal(labelOf('backpack', '003.backpack'), '003.backpack');
    assert.equal(labelOf('n02085620-Chihuahua', 'chihuahua'), 'chihuahua');
    assert.equal(labelOf('n02099601-golden_retriever', 'golden retriever'), 'golden retriever');
    assert.equal(labelOf('(12) stop sign', 'stop sign'), 'stop sign');
    assert.equal(labelOf('Boeing 747', 'Boeing 737', 'Boeing 777'), undefined);
    assert.equal(labelOf('1', '01', '10', '-1'), undefined);
    assert.equal(labelOf('1 10', '11 0'), undefined);
  });

  it('is its label by wnid', () => {
    assert.equal(labelOf('n01440764', 'cat', 'tench'), 'tench');
    assert.equal(labelOf('n03126707', 'crane (n02012849)', 'crane (n03126707)'), 'crane (n03126707)');
    assert.equal(labelOf('n02102040', 'English springer'), 'English springer');
    assert.equal(labelOf('n02102040', 'english_springer'), 'english_springer');
    assert.equal(labelOf('n02102040', 'English springer spaniel'), 'English springer spaniel');
  });

  it('is its label in the other number, where both are one thing', () => {
    assert.equal(labelOf('dogs', 'cat', 'dog'), 'dog');
    assert.equal(labelOf('dog', 'cats', 'dogs'), 'dogs');
    assert.equal(labelOf('Stop_Signs', 'stop sign'), 'stop sign');
    assert.equal(labelOf('mice', 'mouse'), 'mouse');
    assert.equal(labelOf('01_butterflies', 'butterfly'), 'butterfly');
    assert.equal(labelOf('glasses', 'glass'), undefined);
  });

  it('is none where several labels are equally close, and all of those are told', () => {
    const folders = new FolderTargets(['dog', 'cat', 'DOG'], builtWordNet());
    assert.deepEqual([folders.of('Dog'), folders.all('Dog')], [undefined, [0, 2]]);
    assert.deepEqual(new FolderTargets(['dog', 'dog'], builtWordNet()).all('dog'), [0, 1]);
    assert.equal(folders.of('dog'), 0);
  });

  it('is none where no label is like it', () => {
    assert.deepEqual(new FolderTargets(['cat', ''], builtWordNet()).all('other'), []);
    for (const folder of ['', ' ', '_', '__proto__', 'constructor', '🦆', 'not_cat', 'cathedral']) {
      assert.equal(labelOf(folder, 'cat', 'dog'), undefined, folder);
    }
    assert.equal(labelOf('🦆', '🦆'), '🦆');
    assert.equal(labelOf('C', 'C++', 'C#'), undefined);
  });

  it('is found among very many labels at once', () => {
    const targets = Array.from({ length: 120_000 }, (_, i) => `label ${i} of many`);
    const folders = new FolderTargets(targets, builtWordNet());
    assert.equal(folders.of('Label_77777-of many'), 77_777);
    assert.equal(folders.of('nothing like it'), undefined);
  });
});
