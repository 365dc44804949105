import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readLabelFile } from '../../../../src/core/labels/labelFile.ts';
import { sourceLabels } from '../../../../src/core/labels/labelSpaces.ts';
import { targetNames } from '../../../../src/core/labels/targetLabels.ts';
import { processorClock } from '../../processorClock.ts';

type Content = string | Uint8Array;
/** A file with labels: those of cats and dogs where it says no others. */
type Listed = readonly [what: string, content: string, name: string, labels?: readonly string[]];
const bytes = (content: Content) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;
const read = (content: Content, name = 'labels.txt', column?: string) =>
  targetNames(readLabelFile(bytes(content), { name, ...(column === undefined ? {} : { column }) }), name);
const sources = (content: Content, name = 'labels.txt') =>
  sourceLabels(readLabelFile(bytes(content), { name }), name).map((label) => label.name);

function utf16(text: string, order: 'le' | 'be', mark: boolean): Uint8Array {
  const units = [...(mark ? '\ufeff' : ''), ...text].join('');
  const out = new Uint8Array(units.length * 2);
  const view = new DataView(out.buffer);
  for (let i = 0; i < units.length; i++) view.setUint16(2 * i, units.charCodeAt(i), order === 'le');
  return out;
}

describe('the encoding of a list', () => {
  for (const order of ['le', 'be'] as const) {
    for (const mark of [true, false]) {
      test(`UTF-16 ${order} ${mark ? 'with' : 'without'} its mark`, () => {
        assert.deepEqual(read(utf16('dog\r\nGröße\r\n日本\r\n', order, mark)), ['dog', 'Größe', '日本']);
      });
    }
  }

  test('UTF-8 with its mark; Latin-1 and Windows-1252', () => {
    assert.deepEqual(read('\ufeffdog\ncat'), ['dog', 'cat']);
    const western = Uint8Array.from(
      [...'caf', 0xe9, '\n', ...'na', 0xef, ...'ve \n', 0x93, ...'dog', 0x94].map((c) =>
        typeof c === 'string' ? c.charCodeAt(0) : c,
      ),
    );
    assert.deepEqual(read(western), ['café', 'naïve', 'dog']);
  });

  test('another encoding is refused, not guessed', () => {
    for (const odd of [
      // "кошка\nсобака" in Windows-1251, "猫\n犬小屋" in Shift_JIS
      [0xea, 0xee, 0xf8, 0xea, 0xe0, 0x0a, 0xf1, 0xee, 0xe1, 0xe0, 0xea, 0xe0],
      [0x94, 0x4c, 0x0a, 0x8c, 0xa2, 0x8f, 0xac, 0x89, 0xae],
    ])
      assert.throws(() => read(Uint8Array.from(odd)), { reason: 'invalid-labels', message: /encoding/ });
  });

  for (const [what, content] of [
    ['Excel', 'PK\x03\x04....[Content_Types].xml xl/workbook.xml'],
    ['archive', 'PK\x03\x04data'],
    ['PDF', '%PDF-1.7'],
    ['JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ['PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)],
    ['web page', '<!DOCTYPE html>\n<p>cat</p>'],
    ['XML', '<annotation><object><name>cat</name></object></annotation>'],
    ['LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:1'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ['is not text', Uint8Array.from({ length: 400 }, (_, i) => (i * 7) % 32)],
    ['settings', 'classes=2\ntrain = train.txt\nnames = obj.names\n'],
  ] as const) {
    test(`${what} is refused by name`, () => {
      assert.throws(() => read(content), { reason: 'invalid-labels', message: new RegExp(what, 'i') });
    });
  }

  test('an empty list, a label that is none and a file that is too large are refused', () => {
    assert.throws(() => read(''), /no labels/);
    assert.throws(() => read('# only\n# comments\n'), /no labels/);
    assert.throws(
      () => read(`cat\n${'x'.repeat(1001)}`),
      /Label 2 of labels\.txt has 1,001 characters: the limit is 1,000/,
    );
    assert.throws(() => read(new Uint8Array(32_000_001)), /the limit is 32 MB/);
  });
});

describe('one label per line', () => {
  test('comments are left out, labels that look like them are not', () => {
    const text = '# my classes\ndog\n# pets\ncat\nhorse # big\n// x\n#1\nC#\n#\n';
    assert.deepEqual(read(text), ['dog', 'cat', 'horse', '#1', 'C#']);
  });

  test('quotes around, commas after, dashes before, and a header', () => {
    assert.deepEqual(read('"dog"\n"cat"\n\'horse\'\n“cow”'), ['dog', 'cat', 'horse', 'cow']);
    assert.deepEqual(read('"dog",\n"cat",\n"horse"'), ['dog', 'cat', 'horse']);
    assert.deepEqual(read('- dog\n- cat\n'), ['dog', 'cat']);
    assert.deepEqual(read('label\ndog\ncat\n'), ['dog', 'cat']);
    assert.deepEqual(read('dog, domestic\ncat'), ['dog, domestic', 'cat']);
  });

  test('numbers that count are no part of labels; others are', () => {
    assert.deepEqual(read('0 dog\n1 cat\n'), ['dog', 'cat']);
    assert.deepEqual(read('1: dog\n2: cat\n5: cow'), ['dog', 'cat', 'cow']);
    assert.deepEqual(read('dog 0\ncat 1\n'), ['dog', 'cat']);
    assert.deepEqual(read('1 euro\n2 euro\n'), ['1 euro', '2 euro']);
    assert.deepEqual(read('1 cent\n2 euro\n5 dollar\n'), ['1 cent', '2 euro', '5 dollar']);
    assert.deepEqual(read('0\n1\n2\n'), ['0', '1', '2']);
  });

  test('names of images are no labels', () => {
    assert.throws(() => read('a/001.jpg\na/002.jpg\n'), { message: /no column of labels.*paths/ });
    assert.throws(() => read('a/001.jpg 0\na/002.jpg 1\n'), { message: /no column of labels/ });
    assert.deepEqual(read('a/001.jpg dog\na/002.jpg cat\na/003.jpg dog'), ['dog', 'cat']);
  });
});

describe('tables', () => {
  for (const [what, content, labels] of [
    [
      'Kaggle',
      'id,breed\n000bec180eb18c7604dcecc8fe0dba07,boston_bull\n001513dfcb2ffafc82cccf4d8bbaba97,dingo\n',
      ['boston_bull', 'dingo'],
    ],
    ['Label Studio', 'image,id,choice,annotator\n/data/a.jpg,1,dog,1\n/data/b.jpg,2,cat,1\n', ['dog', 'cat']],
    ['ones and zeros', 'filename,dog,cat,horse\na.jpg,1,0,0\nb.jpg,0,1,0\n', ['dog', 'cat', 'horse']],
    ['path and label', 'path,label\nx/a.jpg,dog\nx/b.jpg,cat\nx/c.jpg,dog\n', ['dog', 'cat']],
    [
      'an unknown header',
      'image_id,diagnosis\nISIC_0024306,nevus\nISIC_0024307,melanoma\nISIC_0024308,nevus\n',
      ['nevus', 'melanoma'],
    ],
    ['semicolons', 'nr;Label\n1;dog\n2;cat\n', ['dog', 'cat']],
    ["Excel's separator", 'sep=;\nid;label\n7;dog\n8;cat\n', ['dog', 'cat']],
    ['quotes', 'id,label\n1,cat\n2,"dog, ""good"""\n', ['cat', 'dog, "good"']],
    ['no header', 'cat;12\ndog;3\n', ['cat', 'dog']],
    ['no header, paths', 'a.jpg,dog\nb.jpg,cat\n', ['dog', 'cat']],
    ['one column', 'label\ncat\n', ['cat']],
    ['one column without header', 'cat\ndog\n', ['cat', 'dog']],
    ['a list across', 'cat,dog,bird', ['cat', 'dog', 'bird']],
    ['a line end in quotes', '"a\nb"\nc', ['a b', 'c']],
    ['comments', '# made by hand\nid,label\n1,cat\n2,dog\n', ['cat', 'dog']],
    ['numbers called label', 'label,class_name\n0,dog\n1,cat\n', ['dog', 'cat']],
    [
      'a split',
      'image,dog_breed,split\na.png,pug,train\nb.png,beagle,test\nc.png,pug,train\n',
      ['pug', 'beagle'],
    ],
  ] as const)
    test(what, () => assert.deepEqual(read(content, 'table.csv'), labels));

  test('tabs and a header make a table of any text file', () => {
    assert.deepEqual(read('id\tlabel\n1\tdog\n2\tcat\n'), ['dog', 'cat']);
    assert.deepEqual(read('file_name,label\na.jpg,dog\nb.jpg,cat\n'), ['dog', 'cat']);
    assert.deepEqual(sources('n01440764\ttench\nn01443537\tgoldfish\n'), ['tench', 'goldfish']);
  });

  test('where it is not clear, the columns are named, and a column that is named is taken', () => {
    const table = 'shape,finish\nround,shiny\nsquare,dull\nround,dull\n';
    assert.throws(() => read(table, 'things.csv'), {
      reason: 'invalid-labels',
      message: /which column of things\.csv.*"shape" \(round, square\).*"finish"/,
    });
    assert.deepEqual(read(table, 'things.csv', 'finish'), ['shiny', 'dull']);
    assert.deepEqual(read(table, 'things.csv', 'Shape'), ['round', 'square']);
    assert.throws(() => read(table, 'things.csv', 'colour'), {
      message: /no column "colour"/,
      hint: /shape and finish/,
    });
  });

  test('numbers, ids and paths are never labels', () => {
    assert.throws(() => read('id,label\n1,0\n2,1\n', 't.csv'), /no column of labels.*"label" holds numbers/);
    assert.throws(() => read('id,label,note\n1,0,\n2,1,\n', 't.csv'), /"note" is empty\.$/);
    assert.throws(() => read('image,x\na.jpg,3\nb.jpg,4\n', 't.csv'), /no column of labels/);
  });
});

describe('JSON, YAML and the like', () => {
  for (const [what, content, name, labels = ['cat', 'dog']] of [
    ['a list', '["dog", "cat, wild"]', 'x.json', ['dog', 'cat, wild']],
    ['names', '{"names": ["dog","cat"]}', 'x.json'],
    ['id2label', '{"model_type": "vit", "id2label": {"1": "cat", "0": "dog"}}', 'config.json'],
    ['class_indices', '{"cat": 1, "dog": 0}', 'x.json'],
    [
      'COCO',
      '{"images":[],"annotations":[],"categories":[{"id":1,"name":"dog","supercategory":"animal"},{"id":3,"name":"cat","supercategory":"animal"}]}',
      'x.json',
    ],
    [
      'CVAT',
      '[{"name":"cat","id":1,"color":"#ff0000","type":"any","attributes":[]},{"name":"dog","id":2,"color":"#00ff00","type":"any","attributes":[]}]',
      'x.json',
    ],
    [
      'Label Studio',
      '[{"id":1,"data":{"image":"a.jpg"},"annotations":[{"result":[{"value":{"choices":["dog"]}}]}]},{"id":2,"data":{"image":"b.jpg"},"annotations":[{"result":[{"value":{"choices":["cat"]}}]}]}]',
      'x.json',
    ],
    [
      'Hugging Face features',
      '{"features": {"image": {"_type": "Image"}, "label": {"names": ["dog", "cat"], "_type": "ClassLabel"}}}',
      'x.json',
    ],
    [
      'JSON lines',
      '{"file_name":"0.jpg","label":"dog"}\n{"file_name":"1.jpg","label":"cat"}\n{"file_name":"2.jpg","label":"dog"}\n',
      'x.jsonl',
    ],
    ['a Python dictionary', "{0: 'dog',\n 1: 'cat',}", 'x.txt'],
    [
      'Ultralytics',
      'path: ../d # root\ntrain: images/train\nnc: 2\nnames:\n  0: dog\n  1: "traffic light"  # lights\n',
      'data.yaml',
      ['dog', 'traffic light'],
    ],
    ['a YAML list', "nc: 2\nnames: ['dog', 'cat']\n", 'data.yml'],
    ['a YAML block', 'names:\n- dog\n- yes\n- 1\n', 'data.yaml', ['dog', 'yes', '1']],
    ['YAML in a text file', 'nc: 1\nnames:\n  - dog\n', 'x.txt', ['dog']],
    [
      'a label map',
      'item {\n  id: 1\n  name: \'cat\'\n}\nitem { id: 2 name: "/m/0bt9lr" display_name: "Dog" }\n',
      'label_map.pbtxt',
      ['cat', 'Dog'],
    ],
  ] as readonly Listed[])
    test(what, () => assert.deepEqual([...read(content, name)].sort(), [...labels].sort()));

  for (const [content, name, words] of [
    ['{"a": 1, "b": {"c": 2}}', 'x.json', /none of its keys \(a and b\) holds labels/],
    ['{"file_name":"0.jpg","label":3}\n{"file_name":"1.jpg","label":4}', 'x.jsonl', /no column of labels/],
    ['{"cat", ', 'x.json', /not valid JSON/],
    ['[1, 2]', 'x.json', /neither a text nor an object/],
    ['[["t"], [""]]', 'x.json', /neither a text nor an object/],
    ['7', 'x.yaml', /single value/],
    ['names: obj.names', 'x.yaml', /"names" points to the file obj\.names/],
    ['a: &a [b]\nc: [*x]', 'x.yaml', /not valid YAML/],
    [`${'['.repeat(100_000)}`, 'x.json', /not valid JSON/],
  ] as const) {
    test(`${content.slice(0, 40)} is refused with the reason`, () => {
      assert.throws(() => read(content, name), { reason: 'invalid-labels', message: words });
    });
  }
});

describe('source labels', () => {
  test('keep the order of their numbers; a gap is named', () => {
    assert.deepEqual(sources('{"1": "cat", "0": "dog"}', 'x.json'), ['dog', 'cat']);
    assert.deepEqual(sources('index,name\n1,cat\n0,dog\n', 'x.csv'), ['dog', 'cat']);
    assert.deepEqual(sources("item { id: 2 name: 'b' } item { id: 1 name: 'a' }", 'x.pbtxt'), ['a', 'b']);
    assert.throws(() => sources('{"0": "dog", "2": "cat"}', 'x.json'), /1 is missing/);
    assert.throws(() => sources('index,name\n0,cat\n0,dog\n', 'x.csv'), /0 appears twice/);
    assert.throws(() => sources('{"3": "dog", "4": "cat"}', 'x.json'), /begin with 3/);
  });

  test('a table of images is none', () => {
    assert.throws(() => sources('path,label\na.jpg,dog\nb.jpg,cat\n', 'x.csv'), /lists images/);
  });
});

describe('large and hostile lists', () => {
  const within = (milliseconds: number, work: () => unknown) => {
    const clock = processorClock();
    work();
    const took = clock();
    assert.ok(took < milliseconds, `${took.toFixed(0)} ms`);
  };

  test('200,000 labels, in every form, take a moment', { timeout: 60_000 }, () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `label number ${i} x`);
    for (const [text, name] of [
      [many.join('\n'), 'x.txt'],
      [JSON.stringify(many), 'x.json'],
      [`id,label\n${many.map((label, i) => `${i},${label}`).join('\n')}`, 'x.csv'],
      [many.map((label) => `{"label":"${label}"}`).join('\n'), 'x.jsonl'],
    ])
      within(5000, () => assert.equal(read(text, name).length, many.length));
  });

  test('long lines of any one character are refused at once', { timeout: 60_000 }, () => {
    for (const one of [...'_(,"\' #1-\t{[:\\', 'a ', '1 ', '" ', ', ', 'item{']) {
      for (const name of ['x.txt', 'x.csv', 'x.json', 'x.yaml', 'x.pbtxt']) {
        within(5000, () => {
          try {
            read(`cat\n${one.repeat(200_000 / one.length)}\ndog\n`, name);
          } catch (error) {
            assert.equal((error as { reason?: string }).reason, 'invalid-labels', String(error));
          }
        });
      }
    }
  });
});

describe('a list that means harm', () => {
  test('keys that are called like what every object has are none of a row that lacks them', () => {
    assert.throws(() => read('{"categories":[{},{"toString":1}]}', 'x.json'), { reason: 'invalid-labels' });
  });

  test('what is nested without end is refused', () => {
    const deep = `["cat", ${'['.repeat(50_000)}${']'.repeat(50_000)}]`;
    const levels = Array.from({ length: 900 }, (_, i) => i);
    const flow = `${'['.repeat(1500)}cat, dog${']'.repeat(1500)}`;
    const block = levels.map((i) => `${' '.repeat(i)}a:`).join('\n');
    assert.throws(() => read(deep, 'x.json'), { reason: 'invalid-labels' });
    for (const text of [flow, flow.slice(0, 1510), block, `${'- '.repeat(900)}cat`, '{a: '.repeat(900)]) {
      assert.throws(() => read(text, 'x.yaml'), { reason: 'invalid-labels' });
    }
  });
});

describe('lists beside the images of data sets', () => {
  for (const [what, name, content, labels = ['cat', 'dog']] of [
    [
      'a card of the Hugging Face hub',
      'README.md',
      '---\ndataset_info:\n  features:\n  - name: image\n    dtype: image\n  - name: label\n    dtype:\n      class_label:\n        names:\n          "0": cat\n          "1": dog\n---\n# Card\n',
    ],
    ['CVAT label map', 'labelmap.txt', '# label:color_rgb:parts:actions\ncat:128,0,0::\ndog:0,128,0::\n'],
    [
      'synsets with numbers',
      'map_clsloc.txt',
      'n02119789 1 kit_fox\nn02100735 2 English_setter\n',
      ['kit_fox', 'English_setter'],
    ],
    [
      'Places365',
      'categories.txt',
      '/a/airfield 0\n/a/apartment_building/outdoor 1\n',
      ['airfield', 'apartment_building/outdoor'],
    ],
    ['SUN397', 'ClassName.txt', '/a/abbey\n/b/bakery/shop\n', ['abbey', 'bakery/shop']],
    [
      'Open Images',
      'class-descriptions.csv',
      '/m/011k07,Tortoise\n/m/012074,Magpie\n',
      ['Tortoise', 'Magpie'],
    ],
    [
      'numbers of images',
      'images_variant.txt',
      '1025794 707-320\n1340192 727-200\n1056978 707-320\n',
      ['707-320', '727-200'],
    ],
    [
      'a label map with quotes in quotes',
      'm.pbtxt',
      'item { id: 1 name: "a \\"b\\"" } item { id: 2 name: \'dog\' }',
      ['a "b"', 'dog'],
    ],
    [
      'a part of the set in every row',
      'automl.csv',
      'TRAIN,gs://b/a.jpg,cat\nTEST,gs://b/b.jpg,dog\nTRAIN,gs://b/c.jpg,cat\n',
    ],
    [
      'several labels in a cell',
      'Data_Entry.csv',
      'Image Index,Finding Labels\n1.png,Mass\n2.png,Mass|Nodule\n',
      ['Mass', 'Nodule'],
    ],
    [
      'names of annotations',
      'v.jsonl',
      '{"imageGcsUri":"gs://b/a.jpg","classificationAnnotation":{"displayName":"daisy"}}\n{"imageGcsUri":"gs://b/b.jpg","classificationAnnotation":{"displayName":"rose"}}\n',
      ['daisy', 'rose'],
    ],
    ['an assignment', 'classes.toml', 'names = ["cat", "dog"]\n'],
    ['a table in Markdown', 'labels.md', '| id | label |\n|---|---|\n| 1 | cat |\n| 2 | dog |\n'],
    ['a list written across', 'labels.txt', 'cat, dog, horse\n', ['cat', 'dog', 'horse']],
    ['folders as ls lists them', 'labels.txt', 'cat/\ndog/\n'],
    ['names with a zero after each', 'labels.txt', 'cat\0dog\0horse\0', ['cat', 'dog', 'horse']],
    ['the end of a DOS file', 'labels.txt', 'cat\r\ndog\r\n\x1a'],
    [
      'a line end within a cell',
      'labels.csv',
      'id;label\n1;"black\nand tan"\n2;dog\n',
      ['black and tan', 'dog'],
    ],
    ['numbers in brackets or before a dash', 'labels.txt', '(0) cat\n(1) dog\n'],
    ['numbers before a dash', 'labels.txt', '0 - cat\n1 - dog\n'],
  ] as readonly Listed[])
    test(what, () => assert.deepEqual(read(content, name), labels));

  for (const [what, name, content] of [
    ['paths', 'l.txt', '/data/train/cat\n/data/train/dog\n'],
    ['paths', 'l.txt', 'C:\\data\\cat\nC:\\data\\dog\n'],
    ['names of files', 'l.json', '["a/1.jpg","b/2.jpg"]'],
    ['names of files', 'dict.txt', 'dict.txt\n'],
    ['rows of numbers', 'a.txt', '0 0.5 0.5 0.2 0.2\n1 0.4 0.4 0.1 0.1\n'],
    ['numbers that repeat', 'truth.txt', '490\n361\n490\n'],
    ['ids', 'l.txt', '550e8400-e29b-41d4-a716-446655440000\n550e8400-e29b-41d4-a716-446655440001\n'],
    ['LABEL_0', 'config.json', '{"id2label":{"0":"LABEL_0","1":"LABEL_1"}}'],
    ['marks of a single class', 'cat_train.txt', '2008_000002 -1\n2008_000003  1\n'],
    ['nothing below its header', 'l.csv', 'id,label\n'],
    ['never closed', 'l.csv', 'id,label\n1,"cat\n2,dog\n'],
    [
      'JSON',
      'p.csv',
      'image,label\n/a.jpg,"[{""rectanglelabels"":[""Cat""]}]"\n/b.jpg,"[{""rectanglelabels"":[""Dog""]}]"\n',
    ],
    ['no column of labels', 'mnist.csv', 'label,pixel0,pixel1\n1,0,0\n0,0,0\n4,0,1\n'],
    ['no column of labels', 'fer.csv', 'emotion,pixels,Usage\n0,70 80,Training\n2,151 150,Training\n'],
    ['neither', 'l.json', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['XML', 'config.xml', '<View><Choices name="c"><Choice value="Cat"/></Choices></View>'],
  ] as const) {
    test(`${name} with ${content.slice(0, 30)} is refused: ${what}`, () => {
      assert.throws(() => read(content, name), { reason: 'invalid-labels', message: new RegExp(what) });
    });
  }

  test('digits are labels, each once', () => assert.deepEqual(read('0\n1\n2\n'), ['0', '1', '2']));
});

describe('letters of other encodings', () => {
  for (const [what, content] of [
    // As cp850, cp1250 and ISO-2022-JP write them.
    ['âne, hélicoptère', [...'chien\n', 0x83, ...'ne\nh', 0x82, ...'licopt', 0x8a, ...'re\n']],
    ['żyrafa, słoń', [...'pies\n', 0xbf, ...'yrafa\ns', 0xb3, ...'o', 0xf1, '\n']],
    ['犬', [0x1b, ...'$B8$', 0x1b, ...'(B\n']],
    ['dog in UTF-32', [...'dog\n'].flatMap((c) => [c, 0, 0, 0])],
  ] as const) {
    test(`are refused: ${what}`, () => {
      const odd = Uint8Array.from(content.map((c) => (typeof c === 'string' ? c.charCodeAt(0) : c)));
      assert.throws(() => read(odd), { reason: 'invalid-labels', message: /encoding|UTF-32/ });
    });
  }
});
