import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { undoPlan } from '../../../src/files/plans/carryOut.ts';
import { colours, ppm } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runWith } from './runCommand.ts';

describe('semap export --as xmp', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => ['--cache-folder', files.path('cache')]);
  let source = '';
  let alignment = '';

  before(async () => {
    for (const name of ['1', '2', '3']) files.write(`photos/${name}.ppm`, ppm(colours.cat));
    files.write('photos/2.xmp', '<broken');
    const predictions = [
      { path: files.path('photos/1.ppm'), label: 'pug', confidence: 0.9 },
      { path: files.path('photos/2.ppm'), label: 'pug', confidence: 0.9 },
      { path: files.path('photos/3.ppm'), label: 'cat', confidence: 0.2 },
    ];
    const head = { folders: [files.path('photos')], images: 3, backbone: { name: 'starter' } };
    source = files.write('result.json', JSON.stringify({ ...head, perClass: [], skipped: [], predictions }));
    alignment = files.path('pets.semap.json');
    await run`align --labels pug,cat -o ${alignment}`;
    return () => files.dispose();
  });

  const sidecars = () => readdirSync(files.path('photos')).filter((name) => name.endsWith('.xmp'));

  for (const [what, argv, message] of [
    ['takes no path', ['--to', 'x'], /--to cannot be used with --as xmp/],
    ['has names of its own', ['--sidecar-name', 'long'], /must be one of short, full/],
  ] as const) {
    test(what, async () => {
      const { code, err } = await run`export ${source} --as xmp ${argv}`;
      assert.equal(code, 2);
      assert.match(err, message);
    });
  }

  test('an alignment goes with it alone', async () => {
    const { code, err } = await run`export ${source} --as csv --to ${files.path('x.csv')} -a ${alignment}`;
    assert.deepEqual([code, /--alignment goes with --as xmp/.test(err)], [2, true]);
  });

  test('says what it would do, does it, and says how it is undone', async () => {
    const dry = await run`export ${source} --as xmp --at-least 0.5 --dry-run`;
    assert.match(dry.out, /^Would write 1 new file\.$/m, dry.err);
    assert.match(dry.out, /^1 image left out:\n {2}2\.xmp is not valid XML/m);
    assert.deepEqual(sidecars(), ['2.xmp']);

    const { out, err } = await run`export ${source} --as xmp --at-least 0.5 -a ${alignment} --json`;
    const { created, left, problems, journals } = JSON.parse(out || err);
    assert.deepEqual([created, left, problems.length, journals.length], [1, 1, 1, 1]);
    assert.deepEqual(sidecars(), ['1.xmp', '2.xmp']);
    const xmp = readFileSync(files.path('photos/1.xmp'), 'utf8');
    assert.match(xmp, /<rdf:li>animal\|mammal\|dog\|pug<\/rdf:li>/);

    const again = await run`export ${source} --as xmp --at-least 0.5 -a ${alignment}`;
    assert.match(again.out, /^Wrote 0 new files; 1 image unchanged\.$/m);
    assert.doesNotMatch(again.out, /undo/);
    const flat = await run`export ${source} --as xmp --at-least 0.5 -a ${alignment} --flat`;
    assert.match(flat.out, /^Wrote 1 existing file\.\n(?:.*\n)*To undo: semap undo /m);
    assert.doesNotMatch(readFileSync(files.path('photos/1.xmp'), 'utf8'), /animal/);

    const [, second] = /semap undo (.*)$/m.exec(flat.out)!;
    await undoPlan(second);
    await undoPlan(journals[0]);
    assert.equal(existsSync(files.path('photos/1.xmp')), false);
  });
});
