import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsOf, isExport } from '../../../../src/core/folders/imageColumns.ts';
import { ImageTable } from '../../../../src/core/folders/imageTable.ts';
import { processorClock } from '../../processorClock.ts';

const names = new Set(['a', 'b', 'c', 'd', 'a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'train/a.jpg', 'train/b.jpg']);
const isImage = (name: string) => names.has(name);

/** What is read of a table: its columns, and what it says of some names. */
function read(text: string, file = 'labels.csv', images: readonly string[] = ['a.jpg', 'b.jpg']) {
  const columns = columnsOf(text, file, isImage);
  if (!columns) return undefined;
  const table = new ImageTable(text, columns);
  return { columns, rows: images.map((name) => table.of(name)) };
}

describe('A table beside images', () => {
  it('names them with or without their endings and folders, in columns of any order', () => {
    const rows = [{ label: 'cat' }, { label: 'dog' }];
    for (const [text, file, image, label] of [
      ['file_name,label\na.jpg,cat\nb.jpg,dog\n', 'metadata.csv', 'file_name', 'label'],
      ['id,breed\na,cat\nb,dog\n', 'labels.csv', 'id', 'breed'],
      [
        'breed\tage\tImage Path\ncat\t3\ttrain\\a.jpg\ndog\t4\ttrain\\b.jpg\n',
        'x.tsv',
        'Image Path',
        'breed',
      ],
      ['class id;filepaths;labels\n0;train/a.jpg;cat\n1;train/b.jpg;dog\n', 'x.csv', 'filepaths', 'labels'],
      ['"image","species"\r\n"a.jpg","cat"\r\n"b.jpg","dog"\r\n', 'x.csv', 'image', 'species'],
      [
        '{"file_name":"a.jpg","label":"cat"}\n\n{broken\n{"file_name":"b.jpg","label":["dog"]}\n',
        'metadata.jsonl',
        'file_name',
        'label',
      ],
      ['img,animal_class\n../input/a.jpg,cat\n../input/b.jpg,dog\n', 'x.csv', 'img', 'animal_class'],
    ]) {
      const found = read(text, file);
      assert.deepEqual([found?.columns.image, found?.columns.label], [image, label], text);
      assert.deepEqual(found?.rows, rows, text);
    }
  });

  it('is not what SeMap exported, unless somebody means a column of it', () => {
    const csv = '\ufeffpath,label,confidence,truth,right\na.jpg,cat,0.5,,\nb.jpg,dog,0.6,,\n';
    const watched = '{"event":"answer","path":"a.jpg","label":"cat","confidence":0.5,"truth":null}\n'.repeat(
      3,
    );
    assert.deepEqual([read(csv), read(watched, 'answers.jsonl')], [undefined, undefined]);
    assert.equal(columnsOf(csv, 'results.csv', isImage, 'label')?.label, 'label');
    assert.deepEqual([isExport(csv, 'results.csv'), isExport('path,label\n', 'labels.csv')], [true, false]);
  });

  it('may begin without a header', () => {
    assert.deepEqual(read('a.jpg,cat\nb.jpg,dog\nc.jpg,dog\nd.jpg,cat\n')?.rows, [
      { label: 'cat' },
      { label: 'dog' },
    ]);
  });

  it('may have labels of any name, and rows without one', () => {
    const rows = read('file_name,label\na.jpg,undefined\nb.jpg,\n')?.rows;
    assert.deepEqual(rows, [{ label: 'undefined' }, { label: undefined }]);
  });

  it('may say of which split they are', () => {
    const found = read('path,label,data set\na.jpg,cat,train\nb.jpg,dog,VALID\n');
    assert.equal(found?.columns.split, 'data set');
    assert.deepEqual(found?.rows, [
      { label: 'cat', split: 'train' },
      { label: 'dog', split: 'val' },
    ]);
  });

  it('takes names for numbers where both are there, and numbers where there is nothing else', () => {
    assert.equal(read('image,label,class_name\na.jpg,0,cat\nb.jpg,1,dog\n')?.columns.label, 'class_name');
    assert.equal(read('image_id,label\na.jpg,0\nb.jpg,1\n')?.columns.label, 'label');
  });

  it('is none of labels where it names no images here, or says something else of them', () => {
    for (const text of [
      'name,label\nx.jpg,cat\ny.jpg,dog\n',
      'file_name,text\na.jpg,a cat on a mat\nb.jpg,a dog\n',
      'file_name,width,height\na.jpg,640,480\nb.jpg,640,481\n',
      'file_name\na.jpg\n',
      '',
      '"',
    ])
      assert.equal(read(text), undefined, text);
  });

  it('is refused by name where images have several labels', () => {
    for (const [text, file] of [
      ['image,cat,dog\na.jpg,1,0\nb.jpg,1,1\n', 'onehot.csv'],
      ['image,labels\na.jpg,cat dog\nb.jpg,dog\nc.jpg,cat\nd.jpg,dog cat\n', 'plants.csv'],
      ['image,label\na.jpg,cat|dog\nb.jpg,dog\nc.jpg,cat\n', 'bars.csv'],
      ['image,label\na.jpg,cat\na.jpg,dog\nb.jpg,dog\n', 'rows.csv'],
      ['{"file_name":"a.jpg","label":["cat","dog"]}\n{"file_name":"b.jpg","label":["dog"]}\n', 'lists.jsonl'],
    ]) {
      assert.throws(
        () => read(text, file),
        (error: { reason: string; text: { values: readonly unknown[] } }) =>
          error.reason === 'invalid-labels' && error.text.values[0] === file,
        file,
      );
    }
    const commas = 'image,label\na.jpg,"crane, bird"\nb.jpg,"crane, machine"\nc.jpg,dog\nd.jpg,dog\n';
    assert.equal(read(commas)?.columns.label, 'label', 'a comma in a name');
    assert.equal(read('image,label\na.jpg,golden retriever\nb.jpg,retriever\n')?.columns.label, 'label');
  });

  it('is read in bounds, whatever it holds', () => {
    const wide = `${'a,'.repeat(3000)}\n${'1,'.repeat(3000)}\n`;
    const long = `{"file_name":"a.jpg","label":"${'x'.repeat(2 << 20)}"}\n`;
    const quotes = `id,label\n${'"z,y\n'.repeat(20_000)}`;
    for (const [text, file] of [
      [wide, 'x.csv'],
      [long, 'x.jsonl'],
      ['x'.repeat(4 << 20), 'x.csv'],
      [quotes, 'x.csv'],
      [',\n'.repeat(1000), 'x.csv'],
    ]) {
      const spent = processorClock();
      assert.equal(read(text, file), undefined);
      assert.ok(spent() < 5000);
    }
  });

  it('may speak of many more images than are there', () => {
    const rows = Array.from({ length: 50 }, (_, i) => `x${i},dog`).join('\n');
    assert.equal(read(`id,breed\na,cat\n${rows}\n`)?.columns.image, 'id');
    assert.equal(read(`note,breed\na,cat\n${rows}\n`), undefined, 'a name by chance');
  });

  it('says nothing of the images of another split that are called alike', () => {
    const columns = { file: 'x.csv', image: 'path', label: 'label' };
    const table = new ImageTable('path,label\ntrain/1.jpg,cat\nset/train/2.jpg,dog\nval/3,fox\n', columns);
    const labels = (...names: readonly string[]) => names.map((name) => table.of(name)?.label);
    assert.deepEqual(labels('test/1.jpg', 'valid/a/2.jpg', 'training/3.jpg'), [
      undefined,
      undefined,
      undefined,
    ]);
    // What is called otherwise, or lies deeper, is what the table means.
    assert.deepEqual(labels('images/1.jpg', 'train/a/2.jpg', 'validation/3.jpg', '1.jpg'), [
      'cat',
      'dog',
      'fox',
      'cat',
    ]);
  });

  it('says nothing of images without a row among those with one', () => {
    const columns = { file: 'x.csv', image: 'path', label: 'label' };
    const table = new ImageTable('path,label\na/1.jpg,cat\nb/2.jpg,dog\nx/c/3.jpg,fox\n', columns);
    const labels = (...names: readonly string[]) => names.map((name) => table.of(name)?.label);
    assert.deepEqual(labels('b/1.jpg', 'a/2.jpg', 'a/3'), [undefined, undefined, undefined]);
    assert.deepEqual(labels('a/1.png', 'c/3.jpg', 'y/a/1.jpg', '2.jpg', 'renamed/1.jpg'), [
      ...['cat', 'fox', 'cat', 'dog', 'cat'],
    ]);
  });

  it('says nothing of images of other folders where its own are here, unless they are called otherwise', () => {
    const text =
      'path,label\na/1.jpg,cat\n./b/2.jpg,dog\n/mnt/set/3.jpg,fox\n4.jpg,owl\n./5.jpg,emu\nval/6,ant\n';
    const table = new ImageTable(text, { file: 'x.csv', image: 'path', label: 'label' });
    const labels = (here: string | undefined, ...names: readonly string[]) =>
      names.map((name) => table.of(name, here)?.label);
    const others = ['c/1.jpg', '1.jpg', 'c/2', 'd/3.jpg'];
    assert.deepEqual(labels('set', ...others), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(labels(undefined, ...others), ['cat', 'cat', 'dog', 'fox']);
    for (const here of ['set', undefined])
      assert.deepEqual(
        labels(here, 'a/1.png', 'y/a/1.jpg', 'b/2.jpg', '3.jpg', 'c/4.jpg', 'c/5.jpg', 'validation/6.jpg'),
        ['cat', 'cat', 'dog', 'fox', 'owl', 'emu', 'ant'],
      );
  });

  it('says nothing for a short name that several images have', () => {
    const table = new ImageTable('path,label\nx/a.jpg,cat\ny/a.jpg,dog\n', {
      file: 'x.csv',
      image: 'path',
      label: 'label',
    });
    assert.deepEqual([table.of('x/a.jpg'), table.of('z/a.jpg')], [{ label: 'cat' }, undefined]);
    assert.deepEqual(Object.fromEntries(table.counts.labels), { cat: 1, dog: 1 });
    const open = new ImageTable('path,label\n"a.jpg,cat\nb.jpg,dog\n', {
      file: 'x.csv',
      image: 'path',
      label: 'label',
    });
    assert.deepEqual(open.of('b.jpg'), { label: 'dog' }, 'a quotation mark that nobody closes');
  });
});
