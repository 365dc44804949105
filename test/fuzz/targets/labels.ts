import assert from 'node:assert/strict';
import { columnsOf } from '../../../src/core/folders/imageColumns.ts';
import { ImageTable } from '../../../src/core/folders/imageTable.ts';
import { readLabelFile } from '../../../src/core/labels/labelFile.ts';
import { labelSpaceOf, parseLabels } from '../../../src/core/labels/labelSpaces.ts';
import { plainText, readLabel } from '../../../src/core/labels/labelText.ts';
import { parseLabelList, readTargets, targetNames } from '../../../src/core/labels/targetLabels.ts';
import { TruthTable } from '../../../src/core/truths/truthTable.ts';
import { builtWordNet, noTable } from '../../unit/core/labels/table.ts';
import { damageJson } from '../damage/json.ts';
import { damageText, encodeText } from '../damage/text.ts';
import { type FuzzTarget, orRefusal } from '../target.ts';

const lists: readonly string[] = [
  'cat\ndog\nn02085620-Chihuahua\ntraffic light\n',
  'cat, dog; bird',
  'id,label,file\n0,cat,a/b.jpg\n1,"dog, hot",c.jpg\n',
  'label;n\ncat;1\ndog;2\n',
  'breed\tpath\ntabby\t/x/1.png\nboxer\t/x/2.png\n',
  '# classes\n"cat"\n\'dog\'\n',
  '0: cat\n1: dog\n2: bird\n',
  "{0: 'cat',\n 1: 'dog'}\n",
  'n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n',
  'names:\n  0: cat\n  1: "dog"\nnc: 2\ntrain: ../images\n',
  'names: [cat, dog]\n',
  'item {\n  id: 1\n  name: "cat"\n}\nitem {\n  id: 2\n  display_name: \'dog\'\n}\n',
  '{"name":"cat"}\n{"name":"dog"}\n',
];
const trees: readonly unknown[] = [
  ['cat', 'dog'],
  { names: ['cat', 'dog'] },
  { id2label: { 0: 'cat', 1: 'dog' } },
  { cat: 0, dog: 1 },
  {
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog', supercategory: 'animal' },
    ],
    images: [],
  },
  [['n01440764', 'tench'], { name: 'dog', wnid: 'n01443537' }],
];

const tables: readonly string[] = [
  'file_name,label,given,asked,content\na.jpg,cat,labeled,,8f434346648f6b96df89dda901c5176b\nb/c.jpg,,none,random,\n',
  '\ufeff# the first week\r\nfile_name;label;note\r\nx.png;cat;"sure; very"\r\nx.png;dog;\r\n',
  'id,breed,data set\na,cat,train\nb,dog,VALID\n',
  '{"file_name":"a.jpg","label":"cat"}\n{"file_name":"b.jpg","label":["dog"]}\n',
  'file_name,label\n"d, e.jpg","dog, ""hot"""\n./f.png,\'=cat\nC:/g.png,dog',
];

/** A row that is written is there, the others have the labels that they had, and what is written is read again as it is. */
async function checkTable(text: string): Promise<void> {
  const table = await orRefusal(() => TruthTable.parse(text, 'x.csv'));
  if (!table) return;
  const labels = new Map([...table.names].map((name) => [name, table.of(name)?.label]));
  const mine = 'fuzz/new, "image".png';
  const row = { label: '=cat', how: 'accepted', asked: 'random' } as const;
  table.set(mine, row);
  labels.set(mine, row.label);
  const again = TruthTable.parse(table.text, 'x.csv');
  assert.deepEqual(new Map([...again.names].map((name) => [name, again.of(name)?.label])), labels);
  assert.deepEqual(again.of(mine), row);
  assert.equal(again.text, table.text);
}

/** Of a table beside images, what is read of the images it names is a label of one line, or the table is refused. */
async function checkImageTable(text: string): Promise<void> {
  for (const file of ['x.csv', 'x.tsv', 'x.jsonl']) {
    const columns = await orRefusal(() => columnsOf(text, file, () => true));
    const table = columns && (await orRefusal(() => new ImageTable(text, columns)));
    for (const name of table?.names ?? []) {
      const { label = '' } = table?.of(name) ?? {};
      assert.doesNotMatch(label, /[\r\n]/);
    }
  }
}

/** However a list of labels is written, its labels are texts that can be shown and aligned, or it is refused. */
export const labels: FuzzTarget = {
  name: 'labels',
  megabytes: 300,
  make: (random) =>
    random.chance(0.3)
      ? damageJson(random.pick(trees), random)
      : encodeText(damageText(random.pick([...lists, ...tables]), random), random),
  async check(input) {
    const text = new TextDecoder().decode(input);
    await checkTable(text);
    await checkImageTable(text);
    const names: string[] = [];
    const lists = [
      await orRefusal(() => parseLabelList(text)),
      ...(await Promise.all(
        ['x.txt', 'x.csv', 'x.yaml', 'x.pbtxt'].map((name) =>
          orRefusal(() => targetNames(readLabelFile(input, { name }), name)),
        ),
      )),
    ];
    for (const name of lists.flatMap((list) => list ?? [])) {
      assert.equal(typeof name, 'string');
      names.push(name);
    }
    const parsed = await orRefusal(() => parseLabels(text));
    for (const { name, wnid = 'n00000000', synonyms = [] } of parsed ?? []) {
      assert.match(wnid, /^n\d{8}$/);
      for (const one of [name, ...synonyms]) assert.equal(typeof one, 'string');
      names.push(name);
    }
    for (const name of names) {
      plainText(name);
      readLabel(name, () => false);
    }
    if (noTable) return;
    const wordnet = builtWordNet();
    if (parsed) labelSpaceOf('x', parsed, wordnet);
    const targets = await orRefusal(() => readTargets(names, wordnet).targets);
    for (const { name } of targets ?? []) assert.notEqual(name.trim(), '', 'a target without a name');
  },
};
