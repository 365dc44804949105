import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { mcnemarExact, wilson } from '../../../src/core/metrics/significance.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { engineOfSuite, noModels } from '../engine/engineHarness.ts';
import { agentIn } from './agent.ts';

const NONE = 'no labels from folders or files';

function speckled(colour: readonly number[], random: () => number): Uint8Array {
  const pixels = Array.from({ length: 64 }, random).flatMap((light) => colour.map((one) => light * one));
  return Buffer.concat([Buffer.from('P6\n8 8\n255\n'), Uint8Array.from(pixels)]);
}

describe('Tools about reuse', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ backboneFolders: ['models'] });
  const { use, reported } = agentIn(files.path('work'), files.path('cache'), () => engine.rpc);
  const runs = files.path('work/.semap/runs');

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeBackbone(files, 'models/turned', linearColour(true));
    // Each speckled in its own way: pictures of one color would be near-duplicates, which count as one.
    const random = seededRandom(7);
    for (const [label, colour] of Object.entries(colours))
      for (let i = 0; i < 8; i++) files.write(`work/photos/${label}/${i}.ppm`, speckled(colour, random));
    for (const [label, colour] of Object.entries(colours))
      for (let i = 0; i < 8; i++) files.write(`work/loose/${label[0]}${i}.ppm`, ppm(colour, 100 + i));
    writeColourImages(files, 'outside', 6);
    for (const name of ['linear', 'turned'])
      await use('align_labels', { folder: 'photos', backbones: [name], out: `${name}.semap.json` });
  });

  it('rank backbones by accuracy, with the interval and what it was measured on', async () => {
    const told = await use('rank_backbones', {
      folder: 'photos',
      backbones: ['turned', 'linear'],
      imagesPerLabel: 6,
    });
    assert.deepEqual(told.best, ['linear']);
    const [best, worst] = told.backbones;
    const { low, high } = wilson(1, 18);
    assert.deepEqual(best.accuracy, {
      value: 1,
      low: Number(low.toFixed(4)),
      high: Number(high.toFixed(4)),
      images: 18,
      measuredOn: '18 of 24 images',
    });
    assert.deepEqual([worst.name, worst.accuracy.value, told.cancelled], ['turned', 0, false]);
    assert.match(told.headline, /^linear suits this folder best: 100\.0% zero-shot/);
    assert.ok(reported.some((line) => /^(linear|turned) {2}\d+ of 18 images {2}first look$/.test(line)));
    const unknown = await use('rank_backbones', {
      folder: 'loose',
      labels: Object.keys(colours),
      backbones: ['linear'],
    });
    assert.match(unknown.backbones[0].accuracy.measuredOn, /estimate without labels/);
  });

  it('describe a folder as it was asked to be read', async () => {
    const auto = await use('describe_folder', { folder: 'photos' });
    assert.deepEqual([auto.layout, auto.labelCount, auto.otherLayouts], ['3 class folders', 3, [NONE]]);
    const flat = await use('describe_folder', { folder: 'photos', layout: 'flat' });
    assert.deepEqual([flat.layout, flat.labelCount], [NONE, 0]);
    assert.ok(flat.otherLayouts.includes('3 class folders'), `${flat.otherLayouts}`);
    files.write('work/known.csv', 'file_name,label\nc0.ppm,crimson\nd0.ppm,green\n');
    for (const file of ['../known.csv', files.path('work/known.csv')]) {
      const { layout, labels } = await use('describe_folder', { folder: 'loose', layout: `table:${file}` });
      assert.match(layout, /^2 labels from .*known\.csv$/);
      assert.ok(labels.some(({ label }: { label: string }) => label === 'crimson'));
    }
  });

  it('compare alignments by an exact paired test, and name the images that differ', async () => {
    const asked = { folder: 'photos', first: 'turned.semap.json', second: 'linear.semap.json', images: 3 };
    const told = await use('compare_alignments', asked);
    const [turned, linear] = [new Array(24).fill(0), new Array(24).fill(1)];
    assert.deepEqual([told.judged, told.onlyRight, told.better], [24, [0, 24], 'second']);
    assert.equal(told.p, Number(mcnemarExact(turned, linear).toPrecision(3)));
    assert.deepEqual([told.accuracies[0].value, told.accuracies[1].value], [0, 1]);
    assert.deepEqual([told.changed, told.changedImages.length], [24, 3]);
    const [{ image, second, truth }] = told.changedImages;
    // As all tools name images: relative to the root, and so as other tools take them.
    const [, label] = /^photos\/(\w+)\//.exec(image)!;
    assert.deepEqual([second, truth], [label, label]);
    assert.ok(existsSync(files.path('work', image)));
    await use('align_labels', { labels: ['cat', 'dog'], backbones: ['linear'], out: 'two.semap.json' });
    const fewer = await use('compare_alignments', { ...asked, first: 'two.semap.json' });
    // What is no label of the first is one of the second.
    assert.deepEqual([fewer.changed, fewer.changedImages[0].truth], [8, 'bird']);
    const same = await use('compare_alignments', { ...asked, first: asked.second });
    assert.deepEqual([same.better, same.p, same.changed], ['neither', 1, 0]);
  });

  it('find the best reuse as a run, show it again, and keep a way as a document', async () => {
    const asked = { folder: 'photos', backbones: ['linear'], prompts: false, minutes: 2 };
    const told = await use('find_best_reuse', asked);
    assert.deepEqual([told.status, readdirSync(runs)], ['done', [told.run]]);
    assert.ok(told.tried > 3 && told.ways.some(({ id }: { id: string }) => id === told.recommended));
    assert.match(told.ways[0].accuracy.measuredOn, /image/);
    assert.ok(told.open.startsWith('vscode://'));
    assert.ok(reported.some((line) => /ways? tried/.test(line)));
    assert.deepEqual(await use('find_best_reuse', { resume: told.run }), told);

    reported.length = 0;
    const kept = await use('keep_reuse', { run: told.run, out: 'kept.semap.json' });
    assert.ok(
      kept.files.length === 0 ||
        reported.some((line) => /^running linear on the images {2}24 of 24$/.test(line)),
      reported.join('\n'),
    );
    assert.deepEqual([kept.alignment, kept.way], ['kept.semap.json', told.recommended]);
    for (const file of kept.files) assert.ok(existsSync(files.path('work', file)), file);
    const document = files.path('work/kept.semap.json');
    const text = readFileSync(document, 'utf8');
    await assert.rejects(use('keep_reuse', { run: told.run, out: 'kept.semap.json' }), /already exists/);
    await assert.rejects(use('keep_reuse', { run: told.run, way: 'no', out: 'b.semap.json' }), /no way no.*/);
    assert.equal(readFileSync(document, 'utf8'), text);
  });

  it('take long only where the person asked for it, and leave no empty run', async () => {
    const before = readdirSync(runs);
    await assert.rejects(use('find_best_reuse', { folder: 'photos', minutes: 11 }), /person asked/);
    await assert.rejects(use('find_best_reuse', {}), /either a folder, or a run/);
    await assert.rejects(use('find_best_reuse', { folder: 'photos', labels: ['  '] }));
    assert.deepEqual(readdirSync(runs), before);
  });

  it('go on with a search that was canceled', async () => {
    const abort = new AbortController();
    const before = new Set(readdirSync(runs));
    const poll = setInterval(() => {
      const [run] = readdirSync(runs).filter((name) => !before.has(name));
      if (run && existsSync(path.join(runs, run, 'run.json'))) abort.abort();
    }, 5);
    const asked = { folder: 'photos', backbones: ['turned', 'linear'], prompts: false };
    const paused = await use('find_best_reuse', asked, abort.signal).finally(() => clearInterval(poll));
    assert.equal(paused.status, 'paused');
    await assert.rejects(
      use('keep_reuse', { run: paused.run, out: 'x.semap.json' }),
      /not a search that is over/,
    );
    const more = use('find_best_reuse', { resume: paused.run, minutes: 9, personAsked: true });
    await assert.rejects(more, /has its settings: leave out minutes/);
    assert.equal((await use('find_best_reuse', { resume: paused.run })).status, 'done');
  });

  it('go on with no run whose record leads elsewhere', async () => {
    const [run] = readdirSync(runs);
    const record = path.join(runs, run, 'run.json');
    const text = readFileSync(record, 'utf8');
    const lead = (params: object) => {
      const data = JSON.parse(text);
      writeFileSync(
        record,
        JSON.stringify({ ...data, status: 'paused', params: { ...data.params, ...params } }),
      );
    };
    files.write('outside/x.csv', 'file_name,label\ncat/0.ppm,cat\n');
    for (const params of [
      { folders: [files.path('outside')] },
      { truths: files.path('outside/x.csv') },
      { truths: 'x.csv' },
      { backbones: ['linear', files.path('outside/x.onnx')] },
      ...[files.path('outside/x.csv'), '../../outside/x.csv', 'each split/../../../outside/x.csv'].map(
        (file) => ({
          layouts: [{ kind: 'table', table: { file, image: 'file_name', label: 'label' } }],
        }),
      ),
    ]) {
      lead(params);
      await assert.rejects(use('find_best_reuse', { resume: run }), /which SeMap may not use here/);
      await assert.rejects(use('keep_reuse', { run, out: 'y.semap.json' }), /may not use here/);
    }
    writeFileSync(record, '[]');
    await assert.rejects(use('train_prompt', { resume: run }), /is damaged/);
    writeFileSync(record, text);
  });

  it('learn a classifier from labels, and measure it by none of an agent', async () => {
    const of: Readonly<Record<string, string>> = { c: 'red', d: 'green', b: 'blue' };
    const labels = Object.keys(of).flatMap((letter) =>
      [0, 1, 2].map((i) => ({ image: `${letter}${i}.ppm`, label: of[letter] })),
    );
    await use('give_labels', { folder: 'loose', labels });
    const asked = { folder: 'loose', labels: Object.values(of), backbone: 'linear', kind: 'linear-probe' };
    const blind = await use('learn_head', { ...asked, out: 'blind.semap.json' });
    assert.deepEqual([blind.learnedFrom, blind.images, blind.accuracy], [9, 24, null]);
    assert.ok(existsSync(files.path('work/blind.head.safetensors')));

    const sorted = { folder: 'photos', alignment: 'linear.semap.json', kind: 'prototypes', perLabel: 3 };
    const told = await use('learn_head', { ...sorted, out: 'mine.semap.json' });
    assert.deepEqual([told.kind, told.learnedFrom, told.accuracy.value], ['prototypes', 9, 1]);
    assert.ok(told.accuracy.images > 0 && told.accuracy.low < 1);
    await assert.rejects(use('learn_head', { ...sorted, out: 'mine.semap.json' }), /already exists/);
    await assert.rejects(
      use('learn_head', { ...sorted, balanced: true, out: 'm.semap.json' }),
      /kind mixture/,
    );
    await assert.rejects(
      use('learn_head', { ...sorted, labels: ['cat'], out: 'm.semap.json' }),
      /either an alignment or labels/,
    );
  });

  it('train a prompt as a run that other tools can use', async () => {
    const asked = { folder: 'photos', alignment: 'linear.semap.json', prompt: 'low-rank', epochs: 1 };
    const told = await use('train_prompt', asked);
    assert.deepEqual([told.status, told.epochs, told.ways.length], ['done', 1, 6]);
    const [own] = told.ways.filter(({ isThis }: { isThis: boolean }) => isThis);
    assert.equal(own.accuracy.images, told.validationImages);
    assert.equal(told.alignment, `.semap/runs/${told.run}/alignment.semap.json`);
    assert.ok(reported.includes('Computing baselines'));
    await assert.rejects(use('train_prompt', { resume: told.run }), /This run has ended/);
    const compared = { folder: 'photos', first: told.alignment, second: 'linear.semap.json' };
    assert.equal((await use('compare_alignments', compared)).images, 24);
  });
});
