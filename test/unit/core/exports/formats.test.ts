import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Ajv from 'ajv';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { ExportedImage, ExportSource } from '../../../../src/core/exports/exportedRun.ts';
import type { FormatOptions } from '../../../../src/core/exports/format.ts';
import { formats } from '../../../../src/core/exports/formats.ts';
import { readLabels } from '../../../../src/core/imports/readLabels.ts';
import { LOOK } from '../../../../src/core/likeness/looks.ts';
import { xmlTags } from '../../../../src/core/text/xmlTags.ts';
import { exported, exportedBytes } from './exported.ts';
import { imageOf, sourceOf } from './fakeSource.ts';

/** Labels and names that hurt: markup, quotes, direction marks, halves of pairs, what begins formulas. */
const LABELS = ['cat', '<b>&"\'dog', '=cmd() 🐶', 'left\u202eright'];
const [CAT, DOG, FORMULA, TURNED] = LABELS;

const images: readonly ExportedImage[] = [
  imageOf('cat/1.jpg', {
    label: CAT,
    confidence: 0.9,
    truth: CAT,
    split: 'train',
    fired: [{ label: 'tabby', share: 0.5 }],
    looks: { group: 0, looks: LOOK.odd, width: 640, height: 480 },
  }),
  imageOf('a b/"2" <&>.jpg', { label: DOG, confidence: 0.4, truth: CAT }),
  imageOf('3.jpg', { label: FORMULA, answer: DOG, confidence: 1, given: FORMULA }),
  imageOf('4.jpg', { label: '', said: 'none', answer: DOG, confidence: 0.3, given: null }),
  imageOf('5.jpg', { label: '', said: 'not sure', answer: DOG, confidence: 0.2 }),
  imageOf('6.jpg', {
    label: 'mammal',
    said: 'kind',
    sense: 'mammal%1:05:00::',
    answer: DOG,
    confidence: 0.8,
  }),
  imageOf('7.jpg', { label: TURNED, confidence: 0.7 }),
];
const source = sourceOf(images, {
  labels: LABELS,
  has: { splits: true, settled: false, caution: true, looks: true },
});
const none = sourceOf([], { labels: LABELS });

const json = async (id: string, from: ExportSource = source, options: FormatOptions = {}) =>
  JSON.parse(await exported(id, from, options));

function mustSuit(schema: object, data: unknown): void {
  const ajv = new Ajv({ allErrors: true });
  assert.ok(ajv.validate(schema, data), ajv.errorsText());
}

/** By image, its label; null for none of the labels. */
function imported(text: string, options: { images?: readonly string[] } = {}): Record<string, string | null> {
  const known = new Set(options.images);
  const { labels } = readLabels(text, 'file', (name) => known.has(name), {});
  return Object.fromEntries([...labels].map(([image, { label }]) => [image, label ?? null]));
}

describe('every format of one file', () => {
  const files = formats.filter(({ kind }) => kind === 'file');

  it('is named once, and reads as a line', () => {
    assert.equal(new Set(formats.map(({ id }) => id)).size, formats.length);
    for (const { id } of formats) assert.match(id, /^[a-z][a-z-]*$/);
  });

  it('can be of no image', async () => {
    for (const { id } of files) await assert.doesNotReject(exportedBytes(id, none), id);
  });

  it('is the same whenever it is written of the same', async () => {
    for (const { id } of files)
      assert.deepEqual(await exportedBytes(id, source), await exportedBytes(id, source), id);
  });
});

describe('JSON Lines', () => {
  it('are an object per image, with what is known', async () => {
    const lines = (await exported('jsonl', source))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(lines.length, images.length);
    assert.deepEqual(lines[0], {
      path: '/photos/cat/1.jpg',
      label: CAT,
      confidence: 0.9,
      truth: CAT,
      split: 'train',
      duplicateGroup: 1,
      odd: true,
      blank: false,
      tiny: false,
      width: 640,
      height: 480,
      fired: [{ label: 'tabby', share: 0.5 }],
    });
    assert.deepEqual(
      [lines[3].given, lines[2].given, lines[5].said, lines[5].answer],
      [null, FORMULA, 'kind', DOG],
    );
  });
});

describe('Parquet', () => {
  const read = async (from: ExportSource) => {
    const { buffer, byteOffset, byteLength } = await exportedBytes('parquet', from);
    const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    return { rows: await parquetReadObjects({ file }), metadata: parquetMetadata(file) };
  };

  it('has a typed column per field, and null for what is not known', async () => {
    const { rows, metadata } = await read(source);
    assert.equal(rows.length, images.length);
    const { path, relative, label, confidence, truth, right, given, split, odd, blank, width } = rows[0];
    assert.deepEqual(
      [path, relative, label, confidence, truth, right, given, split, odd, blank, width],
      ['/photos/cat/1.jpg', 'cat/1.jpg', CAT, 0.9, CAT, true, null, 'train', true, false, 640],
    );
    assert.deepEqual([rows[0]['source_1'], rows[0]['share_1'], rows[0]['source_2']], ['tabby', 0.5, null]);
    assert.deepEqual(
      rows.map((row) => row['label']),
      images.map((image) => image.label),
    );
    assert.deepEqual([rows[3]['given'], rows[1]['right'], rows[4]['right']], ['none of these', false, null]);
    assert.equal(
      JSON.parse(metadata.key_value_metadata?.find(({ key }) => key === 'semap')?.value ?? '').images,
      7,
    );
    assert.equal(metadata.created_by, 'SeMap 1.2.3');
  });

  it('is written in groups, and read as a whole', async () => {
    const many = Array.from({ length: 120_001 }, (_, i) => imageOf(`${i}.jpg`, { confidence: i / 200_000 }));
    const { rows, metadata } = await read(sourceOf(many));
    assert.equal(metadata.row_groups.length, 3);
    assert.equal(rows.length, many.length);
    for (const i of [0, 49_999, 50_000, 50_001, 120_000])
      assert.deepEqual([rows[i]['relative'], rows[i]['confidence']], [`${i}.jpg`, i / 200_000]);
  });
});

describe('tasks for Label Studio', () => {
  const choices = {
    type: 'array',
    items: {
      type: 'object',
      required: ['from_name', 'to_name', 'type', 'value'],
      properties: {
        from_name: { const: 'label' },
        to_name: { const: 'image' },
        type: { const: 'choices' },
        value: {
          type: 'object',
          required: ['choices'],
          properties: { choices: { type: 'array', minItems: 1, items: { enum: LABELS } } },
        },
        score: { type: 'number', minimum: 0, maximum: 1 },
      },
    },
  };
  const schema = {
    type: 'array',
    items: {
      type: 'object',
      required: ['data'],
      properties: {
        data: { type: 'object', required: ['image'], properties: { image: { type: 'string' } } },
        predictions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['result', 'model_version'],
            properties: {
              result: choices,
              model_version: { type: 'string' },
              score: { type: 'number', minimum: 0, maximum: 1 },
            },
          },
        },
        annotations: {
          type: 'array',
          items: {
            type: 'object',
            required: ['result'],
            properties: { result: choices, ground_truth: { type: 'boolean' } },
          },
        },
      },
    },
  };

  it('have answers as predictions and what is known as annotations', async () => {
    const tasks = await json('label-studio');
    mustSuit(schema, tasks);
    assert.equal(tasks.length, images.length);
    const [{ data, predictions, annotations }] = tasks;
    assert.deepEqual(data, { image: '/data/local-files/?d=photos/cat/1.jpg', split: 'train' });
    const result = {
      id: 'label',
      from_name: 'label',
      to_name: 'image',
      type: 'choices',
      value: { choices: [CAT] },
    };
    assert.deepEqual(predictions, [
      { model_version: 'SeMap 1.2.3 tiny', score: 0.9, result: [{ ...result, score: 0.9 }] },
    ]);
    assert.deepEqual(annotations, [{ result: [result], ground_truth: true }]);
    assert.deepEqual(tasks[2].predictions, []);
    assert.deepEqual(tasks[5].data, {
      image: '/data/local-files/?d=photos/6.jpg',
      said: 'mammal',
      answer: DOG,
    });
    assert.equal(tasks[6].annotations, undefined);
  });

  it('find images where they are told to', async () => {
    const tasks = await json('label-studio', source, { 'image-url': 's3://bucket/x' });
    assert.equal(tasks[1].data.image, 's3://bucket/x/a%20b/%222%22%20%3C%26%3E.jpg');
    const empty = await json('label-studio', none);
    assert.deepEqual(empty, []);
  });

  it('come with a configuration that has every label', () => {
    const format = formats.find(({ id }) => id === 'label-studio');
    assert.ok(format?.kind === 'file');
    const [{ ending, text }] = format.beside?.(source, {}) ?? [];
    assert.equal(ending, '.labeling.xml');
    const tags = [...xmlTags(text)].filter(({ kind }) => kind === 'start');
    assert.deepEqual(
      tags.filter(({ name }) => name === 'Choice').map(({ attributes }) => attributes.get('value')),
      LABELS,
    );
    assert.doesNotMatch(text, /\u202e/);
  });

  it('are read back', async () => {
    const text = await exported('label-studio', source);
    assert.deepEqual(imported(text), {
      '/data/local-files/?d=photos/cat/1.jpg': CAT,
      '/data/local-files/?d=photos/a%20b/%222%22%20%3C%26%3E.jpg': CAT,
      '/data/local-files/?d=photos/3.jpg': FORMULA,
    });
  });
});

describe('CVAT for images', () => {
  it('has a tag per image, manual for what is known', async () => {
    const tags = [...xmlTags(await exported('cvat', source))].filter(({ kind }) => kind === 'start');
    const all = (name: string) =>
      tags.filter((tag) => tag.name === name).map(({ attributes }) => Object.fromEntries(attributes));
    assert.deepEqual(all('image').slice(0, 2), [
      { id: '0', name: 'cat/1.jpg', subset: 'train', width: '640', height: '480' },
      { id: '1', name: 'a b/"2" <&>.jpg' },
    ]);
    assert.equal(all('image').length, images.length);
    assert.deepEqual(all('tag'), [
      { label: CAT, source: 'manual' },
      { label: CAT, source: 'manual' },
      { label: FORMULA, source: 'manual' },
      { label: TURNED, source: 'auto' },
    ]);
    assert.equal(all('label').length, LABELS.length);
  });

  it('is read back', async () => {
    assert.deepEqual(imported(await exported('cvat', source)), {
      'cat/1.jpg': CAT,
      'a b/"2" <&>.jpg': CAT,
      '3.jpg': FORMULA,
    });
  });

  it('says what XML cannot hold by a mark', async () => {
    const broken = sourceOf([imageOf('\u0001\ud800.jpg', { label: 'cat\u0000' })], { labels: ['cat\u0000'] });
    const text = await exported('cvat', broken);
    assert.match(text, /name="\ufffd\ufffd.jpg"><tag label="cat\ufffd"/);
  });
});

describe('COCO', () => {
  const schema = {
    type: 'object',
    required: ['info', 'images', 'annotations', 'categories'],
    properties: {
      images: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'file_name'],
          properties: { id: { type: 'integer' }, file_name: { type: 'string' }, width: { type: 'integer' } },
        },
      },
      categories: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'name'],
          properties: { id: { type: 'integer' }, name: { type: 'string' } },
        },
      },
      annotations: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'image_id', 'category_id'],
          properties: {
            id: { type: 'integer' },
            image_id: { type: 'integer' },
            category_id: { type: 'integer' },
            bbox: { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 4 },
          },
        },
      },
    },
  };

  it('has an annotation of each image that has a label', async () => {
    const coco = await json('coco');
    mustSuit(schema, coco);
    mustSuit(schema, await json('coco', none));
    assert.deepEqual(coco.images[0], { id: 1, file_name: 'cat/1.jpg', width: 640, height: 480 });
    assert.deepEqual(coco.annotations[0], {
      id: 1,
      image_id: 1,
      category_id: 1,
      bbox: [0, 0, 640, 480],
      area: 307_200,
      segmentation: [],
      iscrowd: 0,
      score: 0.9,
    });
    const names = new Map(coco.categories.map(({ id, name }: { id: number; name: string }) => [id, name]));
    assert.deepEqual(
      coco.annotations.map((one: { image_id: number; category_id: number }) => [
        one.image_id,
        names.get(one.category_id),
      ]),
      [
        [1, CAT],
        [2, DOG],
        [3, FORMULA],
        [6, 'mammal'],
        [7, TURNED],
      ],
    );
    // What a person said has no score.
    assert.deepEqual(coco.annotations[2], { id: 3, image_id: 3, category_id: 3, iscrowd: 0 });
  });

  it('is read back with what is known', async () => {
    const text = await exported('coco', source, { take: 'known' });
    assert.deepEqual(imported(text), { 'cat/1.jpg': CAT, 'a b/"2" <&>.jpg': CAT, '3.jpg': FORMULA });
  });
});

describe('labels.json of FiftyOne', () => {
  const schema = {
    type: 'object',
    required: ['classes', 'labels'],
    properties: {
      classes: { type: 'array', items: { type: 'string' } },
      labels: {
        type: 'object',
        additionalProperties: {
          anyOf: [
            { type: ['integer', 'null'] },
            {
              type: 'object',
              required: ['label', 'confidence'],
              properties: { label: { type: 'integer' }, confidence: { type: 'number' } },
            },
          ],
        },
      },
    },
  };

  it('has classes, and of each image its place among them and a confidence', async () => {
    const { classes, labels } = await json('fiftyone');
    mustSuit(schema, { classes, labels });
    mustSuit(schema, await json('fiftyone', none));
    assert.deepEqual(classes, [...LABELS, 'mammal']);
    assert.deepEqual(labels['/photos/cat/1.jpg'], { label: 0, confidence: 0.9 });
    assert.deepEqual([labels['/photos/3.jpg'], labels['/photos/4.jpg']], [2, null]);
    assert.deepEqual(labels['/photos/6.jpg'], { label: 4, confidence: 0.8 });
  });

  it('has known labels first on wish, and is read back', async () => {
    const { labels } = await json('fiftyone', source, { take: 'best' });
    assert.deepEqual(
      [labels['/photos/a b/"2" <&>.jpg'], labels['/photos/7.jpg']],
      [0, { label: 3, confidence: 0.7 }],
    );
    const text = await exported('fiftyone', source, { take: 'known' });
    assert.deepEqual(imported(text), {
      '/photos/cat/1.jpg': CAT,
      '/photos/a b/"2" <&>.jpg': CAT,
      '/photos/3.jpg': FORMULA,
    });
  });
});

describe('CSV', () => {
  it('has no mark at its beginning on wish', async () => {
    assert.ok((await exported('csv', source)).startsWith('\ufeffpath'));
    assert.ok((await exported('csv', source, { 'plain-utf8': true })).startsWith('path'));
  });
});
