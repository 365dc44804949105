import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { colours, ppm } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runCommand, runWith } from './runCommand.ts';

describe('semap labels import', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => ['--cache-folder', files.path('cache')]);

  before(() => () => files.dispose());

  /** A folder of its own with three images. */
  function photos(name: string): string {
    for (const image of ['cats/1.ppm', 'dogs/1.ppm', '2.ppm'])
      files.write(`${name}/${image}`, ppm(colours.cat));
    return files.path(name);
  }

  for (const [line, message] of [
    ['labels import', /takes a file and a folder/],
    ['labels import x.json', /takes a file and a folder/],
    ['labels import x.json a b', /takes a file and a folder/],
  ] as const) {
    test(`${line} is a mistake in usage`, async () => {
      const { code, err } = await runCommand(line.split(' '));
      assert.equal(code, 2);
      assert.match(err, message);
    });
  }

  test('adds what is new, keeps what was given here, and says what fits nowhere', async () => {
    const folder = photos('mixed');
    const table = files.write('mixed/labels.semap.csv', 'file_name,label,note\n2.ppm,mine,kept\n');
    const list = files.write(
      'list.csv',
      'image;kind\ncats/1.ppm;cat\n/elsewhere/dogs/1.ppm;dog\n2.ppm;bird\n1.ppm;cow\ngone.ppm;cat\n',
    );
    const dry = await run`labels import ${list} ${folder} --dry-run`;
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /Would add 2 labels\./);
    assert.equal(readFileSync(table, 'utf8'), 'file_name,label,note\n2.ppm,mine,kept\n');

    const { out } = await run`labels import ${list} ${folder}`;
    assert.match(out, /^Read as table: images in "image", labels in "kind"\.$/m);
    assert.match(out, /^Added 2 labels\.$/m);
    assert.match(out, /^1 image kept another label that was given here; --replace/m);
    assert.match(out, /2\.ppm: "mine" here, "bird" in the file/);
    assert.match(out, /^1 image in the file is not in the folder: gone\.ppm$/m);
    assert.match(out, /^1 image in the file could be several of the folder: 1\.ppm$/m);
    assert.equal(
      readFileSync(table, 'utf8'),
      'file_name,label,note\n2.ppm,mine,kept\ncats/1.ppm,cat\ndogs/1.ppm,dog\n',
    );

    const json = await run`labels import ${list} ${folder} --replace --json`;
    const { added, changed, same, kept, missing, journal } = JSON.parse(json.out);
    assert.deepEqual([added, changed, same, kept, missing.count], [0, 1, 2, 0, 1]);
    assert.match(readFileSync(table, 'utf8'), /^2\.ppm,bird,kept$/m);

    assert.match((await run`undo ${journal} --dry-run`).out, /^Would write 1 file as before$/m);
    await run`undo ${journal}`;
    assert.match(readFileSync(table, 'utf8'), /^2\.ppm,mine,kept$/m);
    // The import before is now the last one.
    assert.match((await run`undo ${folder}`).out, /^Undid 1 file$/m);
    assert.equal(readFileSync(table, 'utf8'), 'file_name,label,note\n2.ppm,mine,kept\n');
    assert.deepEqual(readdirSync(folder).sort(), ['2.ppm', 'cats', 'dogs', 'labels.semap.csv']);
  });

  test('a table that did not exist goes when the import is undone, unless it has changed since', async () => {
    const folder = photos('undone');
    const list = files.write('list2.csv', 'file_name,label\n2.ppm,cat\n');
    const { out } = await run`labels import ${list} ${folder}`;
    assert.match(out, /^To undo: semap undo /m);
    await run`undo ${folder}`;
    assert.equal(existsSync(files.path('undone/labels.semap.csv')), false);
    await run`labels import ${list} ${folder}`;
    files.write('undone/labels.semap.csv', 'file_name,label\n2.ppm,cat\ndogs/1.ppm,dog\n');
    const { code, out: told } = await run`undo ${folder}`;
    assert.equal(code, 1);
    assert.match(told, /it has changed since/);
    assert.equal(existsSync(files.path('undone/labels.semap.csv')), true);
  });

  test('reads Parquet, as Hugging Face and SeMap write it', async () => {
    const folder = photos('parquet');
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'file_name', data: ['cats/1.ppm', 'dogs/1.ppm'] },
        { name: 'label', data: ['cat', 'dog'] },
        { name: 'width', data: [1n, 2n] },
      ],
    });
    const file = files.write('metadata.parquet', new Uint8Array(bytes));
    const { out, err } = await run`labels import ${file} ${folder}`;
    assert.match(out, /Added 2 labels/, err);
    const many = parquetWriteBuffer({ columnData: [{ name: 'a', data: new Array(3_000_001).fill(true) }] });
    const bomb = files.write('bomb.parquet', new Uint8Array(many));
    assert.match((await run`labels import ${bomb} ${folder}`).err, /has more than 3,000,000 rows/);
    const damaged = files.write('damaged.parquet', new Uint8Array(bytes).subarray(0, 60));
    assert.match(
      (await run`labels import ${damaged} ${folder}`).err,
      /not a Parquet file that SeMap can read/,
    );
  });

  test('says which labels are none of an alignment', async () => {
    const folder = photos('aligned');
    const alignment = files.path('x.semap.json');
    await runCommand([
      'align',
      '--labels',
      'cat,dog',
      '-o',
      alignment,
      '--cache-folder',
      files.path('cache'),
    ]);
    const list = files.write('labels.csv', 'file_name,label\ncats/1.ppm,Cats\n2.ppm,cow\n');
    const { out, err } = await run`labels import ${list} ${folder} --alignment ${alignment} --dry-run`;
    assert.match(out, /^Not labels of the alignment: cow\.$/m, err);
    assert.equal(existsSync(files.path('aligned/labels.semap.csv')), false);
  });

  test('a file that is not there, and one that is no labels', async () => {
    const folder = photos('none');
    assert.match((await run`labels import ${files.path('no.json')} ${folder}`).err, /does not exist/);
    const picture = files.path('none/2.ppm');
    const { code, err } = await run`labels import ${picture} ${folder}`;
    assert.equal(code, 1);
    assert.match(err, /is not text|is not a table of labels/);
  });
});
