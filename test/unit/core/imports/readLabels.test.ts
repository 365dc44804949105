import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { ImportedLabels } from '../../../../src/core/imports/importedLabels.ts';
import { readLabels } from '../../../../src/core/imports/readLabels.ts';

/** By image, its label; null for none of the labels. */
function said({ labels }: ImportedLabels): Record<string, string | null> {
  return Object.fromEntries([...labels].map(([image, { label }]) => [image, label ?? null]));
}

const images = new Set(['cats/1.jpg', '1.jpg', 'dogs/2.jpg', '2.jpg', '3.jpg']);
const read = (content: unknown, columns = {}) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return readLabels(text, 'file.json', (name) => images.has(name), columns);
};

const choice = (...choices: string[]) => ({
  from_name: 'choice',
  to_name: 'image',
  type: 'choices',
  value: { choices },
});

describe('labels of Label Studio', () => {
  test('are what people chose, not what models predicted, nor what was canceled', () => {
    const found = read([
      { id: 1, data: { image: '/data/upload/1/0a1b2c3d-1.jpg' }, annotations: [{ result: [choice('cat')] }] },
      {
        id: 2,
        data: { note: 'a text', picture: '/data/local-files/?d=photos/dogs/2.jpg' },
        annotations: [{ result: [choice('cat')], was_cancelled: true }, { result: [choice('dog')] }],
        predictions: [{ result: [choice('bird')], score: 0.9 }],
      },
      {
        id: 3,
        data: { image: 's3://bucket/3.jpg' },
        annotations: [],
        predictions: [{ result: [choice('cat')] }],
      },
    ]);
    assert.equal(found.format, 'Label Studio');
    assert.deepEqual(said(found), {
      '/data/upload/1/0a1b2c3d-1.jpg': 'cat',
      '/data/local-files/?d=photos/dogs/2.jpg': 'dog',
    });
    assert.equal(found.unlabelled, 1);
  });

  test('are those of the ground truth where annotators disagree; without one there is none', () => {
    const task = (sure: boolean) => ({
      data: { image: `${sure}.jpg` },
      annotations: [{ result: [choice('cat')], ground_truth: sure }, { result: [choice('dog')] }],
    });
    const found = read([
      task(true),
      task(false),
      { data: { image: 'two.jpg' }, annotations: [{ result: [choice('a', 'b')] }] },
    ]);
    assert.deepEqual(said(found), { 'true.jpg': 'cat' });
    assert.deepEqual(found.several, ['false.jpg', 'two.jpg']);
  });

  test('are read from JSON-MIN and CSV, too', () => {
    const min = read([
      { image: '/data/upload/1/1.jpg', id: 1, choice: 'cat', annotator: 1, annotation_id: 5, lead_time: 1.5 },
    ]);
    assert.deepEqual(said(min), { 'data/upload/1/1.jpg': 'cat' });
    const csv =
      'image,id,choice,annotator,annotation_id,created_at\n/data/upload/1/1.jpg,1,cat,1,5,2026\n/data/upload/1/2.jpg,2,dog,1,6,2026\n';
    assert.deepEqual(said(read(csv)), { 'data/upload/1/1.jpg': 'cat', 'data/upload/1/2.jpg': 'dog' });
  });
});

describe('labels of COCO', () => {
  const coco = (annotations: readonly (readonly [image: number, category: number])[]) => ({
    images: [1, 2, 3].map((id) => ({ id, file_name: `${id}.jpg` })),
    annotations: annotations.map(([image_id, category_id], id) => ({ id, image_id, category_id })),
    categories: [
      { id: 7, name: 'cat' },
      { id: 9, name: 'dog' },
    ],
  });

  test('are the category of all that is in an image; several categories are none', () => {
    const found = read(
      coco([
        [1, 7],
        [1, 7],
        [2, 7],
        [2, 9],
        [2, 7],
        [99, 7],
        [3, 99],
      ]),
    );
    assert.deepEqual(said(found), { '1.jpg': 'cat' });
    assert.deepEqual(found.several, ['2.jpg']);
    assert.equal(found.unlabelled, 1);
  });
});

describe('labels of FiftyOne', () => {
  test('are places in the list of classes, names, or objects with either', () => {
    const found = read({
      classes: ['cat', 'dog'],
      labels: { '1': 0, 'dogs/2': { label: 1 }, '3': 'bird', '4': null, '5': { label: 0, confidence: 0.9 } },
    });
    assert.deepEqual(said(found), { '1': 'cat', 'dogs/2': 'dog', '3': 'bird' });
    assert.deepEqual([found.unlabelled, found.answered], [2, 1]);
    assert.deepEqual(said(read({ classes: null, labels: { '1': 'cat' } })), { '1': 'cat' });
  });
});

describe('labels of CVAT', () => {
  test('are tags that people set, else the labels of shapes', () => {
    const found = read(`<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><labels><label><name>x</name></label></labels></task></meta>
<image id="0" name="cats/1.jpg" width="1" height="1"><tag label="cat &amp; kitten" source="manual"></tag><box label="tail"/></image>
<image id="1" name="2.jpg" width="1" height="1"><tag label="cat" source="auto"/></image>
<image id="2" name="3.jpg" width="1" height="1"/>
<image id="3" name="4.jpg"><box label="dog" xtl="1"></box><box label="dog"/></image>
<image id="4" name="5.jpg"><!-- <tag label="no"/> --><tag label="a"/><tag label="b"/></image>
</annotations>`);
    assert.equal(found.format, 'CVAT');
    assert.deepEqual(said(found), { 'cats/1.jpg': 'cat & kitten', '4.jpg': 'dog' });
    assert.deepEqual([found.several, found.unlabelled], [['5.jpg'], 2]);
  });

  for (const [what, text, message] of [
    ['entities', '<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', /document type/],
    ['an end that is missing', '<annotations><image name="1.jpg">', /not valid XML/],
    ['elements that cross', '<annotations><image></annotations></image>', /not valid XML/],
    ['a depth that no program writes', `<annotations>${'<a>'.repeat(5000)}`, /nested too deeply/],
    ['another document', '<svg><tag label="x"/></svg>', /is XML, but not of CVAT/],
  ] as const) {
    test(`are refused with ${what}`, () => {
      assert.throws(
        () => read(text),
        (error: SemapError) => message.test(error.message),
      );
    });
  }
});

describe('labels in tables', () => {
  test('of Hugging Face and of anybody, with the columns that look like it', () => {
    const found = read('file_name,text,label\ncats/1.jpg,hello,cat\n2.jpg,,dog\n');
    assert.deepEqual(found.columns, { image: 'file_name', label: 'label' });
    assert.deepEqual(said(found), { 'cats/1.jpg': 'cat', '2.jpg': 'dog' });
    const lines = '{"file_name":"1.jpg","label":"cat"}\n{"file_name":"2.jpg","label":"dog"}\n';
    assert.deepEqual(said(read(lines)), { '1.jpg': 'cat', '2.jpg': 'dog' });
    assert.deepEqual(said(read([{ file: '1.jpg', class: 'cat' }])), { '1.jpg': 'cat' });
  });

  test('with the columns that a person chose', () => {
    const text = 'a,b,c\n1.jpg,robin,wren\n2.jpg,owl,jay\n';
    assert.deepEqual(said(read(text, { image: 'a', label: 'c' })), { '1.jpg': 'wren', '2.jpg': 'jay' });
    assert.throws(() => read(text, { label: 'd' }), /no column "d"/);
    assert.throws(
      () => read(text),
      (error: SemapError) => /There are: a, b and c/.test(error.hint ?? ''),
    );
  });

  test('of images that are not here, where they are called like images', () => {
    assert.deepEqual(said(read('name,kind\nx.png,cat\ny.png,cat\nz.png,dog\nw.png,dog\n')), {
      'x.png': 'cat',
      'y.png': 'cat',
      'z.png': 'dog',
      'w.png': 'dog',
    });
  });

  test('of SeMap keep how they were given', () => {
    const found = read('file_name,label,given,asked,content\n1.jpg,cat,accepted,random,\n2.jpg,,none,,\n');
    assert.equal(found.format, 'table of labels');
    assert.deepEqual(
      [...found.labels.values()],
      [
        { label: 'cat', how: 'accepted', asked: 'random' },
        { label: undefined, how: 'none' },
      ],
    );
  });
});

describe('labels in what SeMap exported', () => {
  test('are what persons said and what was known, never its answers', () => {
    const csv =
      'path,label,confidence,truth,right,given\n/x/1.jpg,cat,0.9,dog,no,\n/x/2.jpg,cat,0.9,,,bird\n/x/3.jpg,cat,0.9,dog,,none of these\n/x/4.jpg,cat,1,,,\n';
    const expected = { '/x/1.jpg': 'dog', '/x/2.jpg': 'bird', '/x/3.jpg': null };
    const found = read(csv);
    assert.deepEqual([found.format, said(found), found.unlabelled], ['SeMap', expected, 1]);
    const predictions = [
      { path: '/x/1.jpg', label: 'cat', confidence: 0.9, truth: 'dog' },
      { path: '/x/2.jpg', label: 'cat', confidence: 0.9, given: 'bird' },
      { path: '/x/3.jpg', label: 'cat', confidence: 0.9, truth: 'dog', given: null },
      { path: '/x/4.jpg', label: 'cat', confidence: 1 },
    ];
    assert.deepEqual(said(read({ folders: [], predictions })), expected);
    const lines = predictions.map((one) => JSON.stringify(one)).join('\n');
    assert.deepEqual(said(read(lines)), expected);
  });
});

describe('files that are no labels', () => {
  for (const [what, text, message] of [
    ['an empty file', '', /not a table of labels/],
    ['one column', 'a\nb\n', /not a table of labels/],
    ['damaged JSON', '{"images": [', /not valid JSON/],
    ['JSON of something else', '{"version": 1}', /not a table of labels/],
    ['a list of numbers', '[1, 2, 3]', /not a table of labels/],
    ['JSON that is nested without an end', '['.repeat(100_000), /not valid JSON/],
  ] as const) {
    test(`${what}: says so`, () => {
      assert.throws(
        () => read(text),
        (error: unknown) => error instanceof SemapError && message.test(error.message),
      );
    });
  }
});
