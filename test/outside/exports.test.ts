import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportedBytes } from '../unit/core/exports/exported.ts';
import { imageOf, sourceOf } from '../unit/core/exports/fakeSource.ts';
import { lacking } from './programs.ts';

const lacks = lacking({ programs: ['python3'], packages: ['python3'] });

const LABELS = ['cat', '<b>&"\'dog', 'déjà vu 🐶'];

/** Reads each export with what Python brings, and prints what it found as JSON. */
const READER = `
import csv, json, sys, xml.etree.ElementTree as tree
folder = sys.argv[1]
found = {}
with open(folder + '/a.csv', encoding='utf-8-sig', newline='') as file:
    found['csv'] = [[row['path'], row['label']] for row in csv.DictReader(file)]
with open(folder + '/a.jsonl', encoding='utf-8') as file:
    found['jsonl'] = [[row['path'], row['label']] for row in map(json.loads, file)]
for name in ('json', 'label-studio', 'coco', 'fiftyone'):
    with open(folder + '/' + name + '.json', encoding='utf-8') as file:
        data = json.load(file)
    if name == 'json':
        found[name] = [[one['path'], one['label']] for one in data['predictions']]
    elif name == 'label-studio':
        found[name] = [[one['data']['image'], one['predictions'][0]['result'][0]['value']['choices'][0]] for one in data]
    elif name == 'coco':
        names = {one['id']: one['name'] for one in data['categories']}
        files = {one['id']: one['file_name'] for one in data['images']}
        found[name] = [[files[one['image_id']], names[one['category_id']]] for one in data['annotations']]
    else:
        found[name] = [[path, data['classes'][one['label']]] for path, one in data['labels'].items()]
root = tree.parse(folder + '/a.xml').getroot()
found['cvat'] = [[one.get('name'), one.find('tag').get('label')] for one in root.iter('image')]
found['labels'] = [one.text for one in root.iter('name') if one.text in json.loads(sys.argv[2])]
print(json.dumps(found))
`;

describe('exports and Python', { skip: lacks }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'semap-python-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('say in every format the same of every image', async () => {
    const names = ['1.jpg', 'a b/"2", <&>.jpg', 'é/3.jpg'];
    const source = sourceOf(
      names.map((name, i) => imageOf(name, { label: LABELS[i] })),
      { labels: LABELS },
    );
    const files = {
      csv: 'a.csv',
      jsonl: 'a.jsonl',
      cvat: 'a.xml',
      json: 'json.json',
      'label-studio': 'label-studio.json',
      coco: 'coco.json',
      fiftyone: 'fiftyone.json',
    };
    for (const [id, name] of Object.entries(files))
      writeFileSync(path.join(folder, name), await exportedBytes(id, source));
    const printed = execFileSync('python3', ['-c', READER, folder, JSON.stringify(LABELS)], {
      encoding: 'utf8',
    });
    const found = JSON.parse(printed) as Record<string, [string, string][]>;
    const said = names.map((name, i) => [name, LABELS[i]]);
    const whole = said.map(([name, label]) => [`/photos/${name}`, label]);
    const escaped = said.map(([name, label]) => [
      `/data/local-files/?d=photos/${name.split('/').map(encodeURIComponent).join('/')}`,
      label,
    ]);
    assert.deepEqual(found['csv'], whole);
    assert.deepEqual(found['json'], whole);
    assert.deepEqual(found['jsonl'], whole);
    assert.deepEqual(found['fiftyone'], whole);
    assert.deepEqual(found['label-studio'], escaped);
    assert.deepEqual(found['cvat'], said);
    assert.deepEqual(found['coco'], said);
    assert.deepEqual(found['labels'], LABELS);
  });
});
