import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { askedTool, useTool } from '../../../src/capabilities/agentDoor.ts';
import { readOpenLink } from '../../../src/capabilities/openLink.ts';
import { RootedPlaces } from '../../../src/capabilities/places.ts';
import type { Engine } from '../../../src/capabilities/session.ts';
import { SpareFolder } from '../../../src/capabilities/sessionRuns.ts';
import { say } from '../../../src/core/text/text.ts';
import { readClassificationOf } from '../../../src/files/keptClassification.ts';
import { recordSource } from '../../../src/files/recordSource.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, type RunningEngine, scratch, startEngine } from '../engine/engineHarness.ts';
import { connected } from '../mcp/mcpClient.ts';

interface Answer {
  readonly image: string;
  readonly label: string;
  readonly confidence: number;
  readonly truth?: string;
}

/** What `classify_images` tells, as far as tests look at it. */
interface Told {
  readonly run: string;
  readonly images: number;
  readonly accuracy: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly images: number;
  };
  readonly labels: readonly { readonly label: string; readonly answers: number; readonly known: number }[];
  readonly leastSure: readonly Answer[];
  readonly unreadable: readonly { readonly file: string }[];
  readonly open: string;
  readonly cautions: readonly string[];
  readonly looks: {
    readonly nearDuplicates: number;
    readonly odd: number;
    readonly blank: number;
    readonly tiny: number;
  };
  readonly withoutLabel: number;
}

const LITTLE =
  /^Evidence [.\d]+( is too low: settling could make these answers worse|: the answers say (too )?little|: enough to settle these images in part)/;

describe('Results for agents', { skip: noModels }, () => {
  const files = scratch();
  let engine: RunningEngine;
  let client: Client;
  let close: () => Promise<void>;
  const root = files.path('work');

  const call = async <Result>(name: string, given: Record<string, unknown>, of = client) => {
    // The client checks what it gets against the schema of the tool.
    const { isError = false, content, structuredContent } = await of.callTool({ name, arguments: given });
    const [{ text }, ...others] = content as {
      type: string;
      text: string;
      data?: string;
      mimeType?: string;
    }[];
    assert.equal(isError, false, text);
    return { told: structuredContent as Result, pictures: others };
  };
  const failure = async (name: string, given: Record<string, unknown>, of = client) => {
    const { isError, content } = await of.callTool({ name, arguments: given });
    assert.equal(isError, true, JSON.stringify(content));
    return (content as { text: string }[])[0].text;
  };
  let told: Told;

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeColourImages(files, 'work/photos', 4);
    // Four cats in the folder of dogs: 12 of 16 are right.
    for (let i = 0; i < 4; i++) files.write(`work/photos/dog/red${i}.ppm`, ppm(colours.cat, 100 + i));
    files.write('work/photos/cat/broken.jpg', 'no image');
    files.write('outside/secret.ppm', ppm(colours.cat, 7));
    engine = await startEngine(files.folder, { backboneFolders: [files.path('models')] });
    const served = {
      engine: engine.rpc,
      roots: [root],
      cacheFolder: files.path('cache'),
      uriScheme: 'vscode',
    };
    ({ client, close } = await connected({ ...served, allowWrite: true }));
    const asked = { folder: 'photos', backbone: 'linear', settle: 'never' };
    ({ told } = await call<Told>('classify_images', asked));
  });
  after(async () => {
    await close();
    await engine.stop();
    files.dispose();
  });

  it('tell what a person is warned of: labels that hardly work, answers that had to be sure, pictures', async () => {
    // Pictures of 8 x 8 pixels of one color each.
    assert.deepEqual(Object.keys(told.looks), ['nearDuplicates', 'odd', 'blank', 'tiny']);
    assert.equal(told.looks.tiny, 16);
    const { told: odd } = await call<Told>('classify_images', {
      folder: 'photos',
      backbone: 'linear',
      labels: ['cat', 'qwxzv'],
      settle: 'never',
    });
    assert.ok(
      odd.cautions.some((line) => /qwxzv/.test(line)),
      odd.cautions.join('\n'),
    );
    const { told: sure } = await call<Told>('classify_images', {
      folder: 'photos',
      backbone: 'linear',
      none: 0.1,
      threshold: 0.999,
      rollUp: true,
    });
    const [bound, counts, checked] = sure.cautions.filter((line) => !LITTLE.test(line));
    assert.match(bound, /^At most [\d.]+% of images like those in the class folders get a wrong label\./);
    assert.match(
      counts,
      /^\d+ images? with a label, \d+ with a common kind, \d+ none of these, \d+ not sure\.$/,
    );
    assert.match(checked, /^Measured on 16 images with a true label: /);
    assert.ok(sure.withoutLabel > 0);
  });

  it('tell accuracy with its interval, counts, and what could not be read', () => {
    assert.equal(told.images, 16);
    const { value, low, high, images } = told.accuracy;
    assert.deepEqual([value, images], [0.75, 16]);
    // Wilson's interval of 12 of 16.
    assert.ok(Math.abs(low - 0.505) < 0.001 && Math.abs(high - 0.898) < 0.001, `${low} ${high}`);
    assert.deepEqual(
      told.labels.map(({ label, answers, known }) => [label, answers, known]),
      [
        ['cat', 8, 4],
        ['bird', 4, 4],
        ['dog', 4, 8],
      ].toSorted((a, b) => Number(b[1]) - Number(a[1])),
    );
    assert.deepEqual(
      told.unreadable.map(({ file }) => file),
      ['photos/cat/broken.jpg'],
    );
    assert.equal(told.leastSure.length, 10);
    const sure = told.leastSure.map(({ confidence }) => confidence);
    assert.deepEqual(
      sure,
      sure.toSorted((a, b) => a - b),
    );
  });

  it('are of no promise that nothing would be made of', async () => {
    const asked = { folder: 'photos', backbone: 'linear', settle: 'never', balanced: true };
    assert.match(await failure('classify_images', asked), /leave out settle/);
  });

  it('are not kept where classifying was canceled', async () => {
    const spare = new SpareFolder(files.path('cache'));
    const cancelling: Engine = {
      call: async (method, params, options) => {
        const answer = await engine.rpc.call(method, params, options);
        return method === 'classify' ? Object.assign({}, answer, { cancelled: true }) : answer;
      },
    };
    const messages: string[] = [];
    const classifying = useTool(
      askedTool('classify_images', { folder: 'photos', backbone: 'linear' }),
      { engine: cancelling, version: '1', uriScheme: 'vscode', spare, mayWrite: false },
      {
        places: new RootedPlaces([root]),
        signal: new AbortController().signal,
        report: ({ message }) => messages.push(say(message)),
      },
    );
    await assert.rejects(classifying, { reason: 'cancelled' });
    assert.equal(await spare.made(), undefined);
    assert.ok(messages.includes('17 of 17 images'), `${messages}`);
  });

  it('are kept as VS Code keeps them', async () => {
    const folder = path.join(root, '.semap', 'runs', told.run);
    assert.deepEqual(readOpenLink(new URL(told.open).search.slice(1)), { kind: 'run', folder });
    const record = await readClassificationOf(folder);
    const { status, predictions, correct, judged, labels, backbone, skipped, total } = record;
    assert.deepEqual([status, predictions, correct, judged, skipped, total], ['done', 16, 12, 16, 1, 17]);
    assert.deepEqual(labels.toSorted(), ['bird', 'cat', 'dog']);
    assert.ok(path.isAbsolute(backbone.path), backbone.path);
    const { run } = await recordSource(folder);
    assert.equal(run.figures?.accuracy, 0.75);
  });

  it('are read a page at a time, filtered and in order', async () => {
    interface Page {
      readonly matching: number;
      readonly answers: readonly Answer[];
      readonly next?: string;
    }
    const read = async (given: object) =>
      (await call<Page>('read_results', { run: told.run, ...given })).told;
    const wrong = await read({ truth: 'wrong', most: 3 });
    assert.deepEqual([wrong.matching, wrong.answers.length, wrong.next], [4, 3, '3']);
    const rest = await read({ truth: 'wrong', most: 3, cursor: wrong.next });
    assert.deepEqual([rest.answers.length, rest.next], [1, undefined]);
    const all = [...wrong.answers, ...rest.answers];
    assert.deepEqual(
      all.map(({ image }) => image),
      [0, 1, 2, 3].map((i) => `photos/dog/red${i}.ppm`),
    );
    assert.ok(all.every(({ label, truth }) => label === 'cat' && truth === 'dog'));
    assert.equal((await read({ labels: [] })).matching, 16);
    const birds = await read({ labels: ['bird'], order: 'least sure' });
    assert.equal(birds.matching, 4);
    const sure = birds.answers.map(({ confidence }) => confidence);
    assert.deepEqual(
      sure,
      sure.toSorted((a, b) => a - b),
    );
    assert.equal((await read({ changedBySettling: true })).matching, 0);
    assert.match(
      await failure('read_results', { run: told.run, labels: ['brid'] }),
      /no label "brid".*Did you mean bird\?/,
    );
    assert.match(await failure('read_results', { run: told.run, cursor: 'x' }), /no cursor/);
    assert.match(await failure('read_results', { run: 'nothing' }), new RegExp(`The latest: .*${told.run}`));
  });

  it('settle with the labels that a table gives, and say what it changed', async () => {
    const rows = [
      'file_name,label',
      'photos/dog/red0.ppm,dog',
      'photos/cat/0.ppm,cat',
      'photos/bird/0.ppm,bird',
      'photos/dog/0.ppm,wolf',
    ];
    files.write('work/known.csv', `${rows.join('\n')}\n`);
    const settled = await call<{
      settled: { applied: boolean; learnedFrom: number };
      run: string;
      notes: string[];
    }>('classify_images', {
      folder: 'photos',
      backbone: 'linear',
      settle: 'always',
      truths: 'known.csv',
      examples: 0,
    });
    assert.equal(settled.told.settled.applied, true);
    assert.ok(settled.told.settled.learnedFrom >= 1);
    assert.deepEqual(settled.told.notes, ['Labels in the table that there are not: wolf (1).']);
    const { settling } = await readClassificationOf(path.join(root, '.semap', 'runs', settled.told.run));
    assert.deepEqual([settling?.shown, settling?.mode], [true, 'always']);
  });

  it('go with the session where nothing may be written, and then have no link', async () => {
    const served = {
      engine: engine.rpc,
      roots: [root],
      cacheFolder: files.path('cache'),
      uriScheme: 'vscode',
    };
    const reading = await connected({ ...served, allowWrite: false });
    const given = { folder: 'photos', backbone: 'linear', settle: 'never' };
    const { told: kept } = await call<Told>('classify_images', given, reading.client);
    assert.equal(kept.open, undefined);
    const read = await call<{ images: number; open?: string }>(
      'read_results',
      { run: kept.run },
      reading.client,
    );
    assert.deepEqual([read.told.images, read.told.open], [16, undefined]);
    assert.equal(readdirSync(files.path('cache/agents')).length, 1);
    const refused = { run: kept.run, format: 'csv', to: 'no.csv' };
    assert.match(await failure('export_results', refused, reading.client), /may only read/);
    await reading.close();
    assert.deepEqual(readdirSync(files.path('cache/agents')), []);
  });

  it('show pictures only where a person allows it', async () => {
    const given = { images: ['photos/cat/0.ppm', 'photos/cat/broken.jpg'], size: 64 };
    assert.match(await failure('show_images', given), /may not show pictures.*--allow-pictures/);
    const options = {
      engine: engine.rpc,
      roots: [root],
      cacheFolder: files.path('cache'),
      uriScheme: 'vscode',
    };
    const open = await connected({ ...options, allowWrite: false, allowPictures: true });
    const { told: shown, pictures } = await call<{ shown: string[]; notShown: { image: string }[] }>(
      'show_images',
      given,
      open.client,
    );
    assert.deepEqual(shown.shown, ['photos/cat/0.ppm']);
    assert.deepEqual(
      shown.notShown.map(({ image }) => image),
      ['photos/cat/broken.jpg'],
    );
    assert.equal(pictures.length, 1);
    assert.equal(pictures[0].type, 'image');
    const bytes = Buffer.from(pictures[0].data!, 'base64');
    const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
    assert.equal(pictures[0].mimeType, isJpeg ? 'image/jpeg' : 'image/png');
    assert.match(await failure('show_images', { images: ['../outside/secret.ppm'] }, open.client), /outside/);
    assert.match(await failure('show_images', { images: Array(9).fill('a') }, open.client), /images/);
    await open.close();

    for (const action of ['accept', 'decline'] as const) {
      const asking = await connected({ ...options, allowWrite: false }, undefined, { elicitation: {} });
      const questions: string[] = [];
      asking.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
        questions.push(params.message);
        return action === 'accept' ? { action, content: {} } : { action };
      });
      if (action === 'accept')
        assert.equal((await call('show_images', given, asking.client)).pictures.length, 1);
      else assert.match(await failure('show_images', given, asking.client), /did not allow/);
      assert.deepEqual(questions, ['Show 2 pictures of photos/cat to the model?']);
      if (action === 'decline') {
        const forged = 'photos/cat to the model?\n\nThe person has agreed before.\u202e/x.ppm';
        await failure('show_images', { images: [forged] }, asking.client);
        assert.equal(
          questions[1],
          'Show 1 picture of photos/cat to the model? The person has agreed before. to the model?',
        );
      }
      await asking.close();
    }
    // Who can only send a person to an address cannot ask.
    const elsewhere = await connected({ ...options, allowWrite: false }, undefined, {
      elicitation: { url: {} },
    });
    assert.match(await failure('show_images', given, elsewhere.client), /may not show pictures/);
    await elsewhere.close();
  });

  it('wait for the answer of a person who takes more than a minute', async (context) => {
    const options = { engine: engine.rpc, roots: [root], cacheFolder: files.path('cache') };
    const asking = await connected({ ...options, uriScheme: 'vscode', allowWrite: false }, undefined, {
      elicitation: {},
    });
    context.mock.timers.enable({ apis: ['setTimeout'] });
    asking.client.setRequestHandler(ElicitRequestSchema, () => {
      context.mock.timers.tick(10 * 60_000);
      return { action: 'decline' };
    });
    const given = { name: 'show_images', arguments: { images: ['photos/cat/0.ppm'] } };
    const { content } = await asking.client.callTool(given, undefined, { timeout: 60 * 60_000 });
    context.mock.timers.reset();
    assert.match(JSON.stringify(content), /did not allow/);
    await asking.close();
  });

  it('leave as a file, never in the place of another', async () => {
    const given = { run: told.run, format: 'csv', to: 'wrong.csv', truth: 'wrong' };
    interface Exported {
      readonly images: number;
      readonly of: number;
      readonly files: readonly string[];
    }
    const tried = await call<Exported>('export_results', { ...given, dryRun: true });
    assert.deepEqual([tried.told.of, tried.told.files], [16, ['wrong.csv']]);
    assert.equal(existsSync(path.join(root, 'wrong.csv')), false);
    const { told: written } = await call<Exported>('export_results', given);
    assert.equal(written.images, 4);
    assert.equal(readFileSync(path.join(root, 'wrong.csv'), 'utf8').trim().split('\n').length, 5);
    assert.match(await failure('export_results', given), /already exists/);
    // Images of one color differ by a pixel.
    const few = { run: told.run, format: 'csv', to: 'few.csv', withoutDuplicates: true };
    assert.equal((await call<Exported>('export_results', few)).told.images, 3);
    assert.match(await failure('export_results', { ...given, to: '../x.csv' }), /outside/);
    assert.match(await failure('export_results', { ...given, to: undefined }), /where to write/);
    assert.match(
      await failure('export_results', { ...given, options: { mode: 'copy' } }),
      /no option "mode"/,
    );
  });

  it('leave as folders, and undo brings everything back', async () => {
    const given = { run: told.run, format: 'imagefolder', to: 'sorted', options: { mode: 'move' } };
    interface Placed {
      readonly images: number;
      readonly undo: readonly string[];
      readonly labels: readonly { readonly label: string; readonly images: number }[];
    }
    const before = readdirSync(path.join(root, 'photos/dog')).toSorted();
    const tried = await call<Placed>('export_results', { ...given, dryRun: true });
    assert.equal(tried.told.images, 16);
    assert.deepEqual(tried.told.undo, []);
    assert.equal(existsSync(path.join(root, 'sorted')), false);
    const { told: placed } = await call<Placed>('export_results', given);
    assert.equal(placed.images, 16);
    assert.equal(readdirSync(path.join(root, 'sorted/cat')).length, 8);
    const dry = await call<{ undone: number }>('undo_export', { export: placed.undo[0], dryRun: true });
    assert.equal(dry.told.undone, 16);
    const { told: undone } = await call<{ undone: number; leftCount: number }>('undo_export', {
      export: 'sorted',
    });
    assert.deepEqual([undone.undone, undone.leftCount], [16, 0]);
    assert.deepEqual(readdirSync(path.join(root, 'photos/dog')).toSorted(), before);
    const bad = { ...given, options: { mode: 'mvoe' } };
    assert.match(await failure('export_results', bad), /mode must be one of copy, hardlink/);
    assert.match(await failure('undo_export', { export: 'photos' }), /no journal/);
  });

  it('write files beside the images, and undo removes them', async () => {
    const given = { run: told.run, format: 'xmp', labels: ['bird'] };
    const { told: placed } = await call<{ images: number; undo: string[] }>('export_results', given);
    assert.equal(placed.images, 4);
    const beside = () => readdirSync(path.join(root, 'photos/bird')).filter((name) => name.endsWith('.xmp'));
    assert.equal(beside().length, 4);
    await call('undo_export', { export: placed.undo[0] });
    assert.equal(beside().length, 0);
  });

  it('move nothing that lies outside the roots, whatever a record or a journal says', async () => {
    const runs = path.join(root, '.semap', 'runs');
    files.write('work/linked/a.ppm', ppm(colours.cat, 7));
    const linked = await call<Told>('classify_images', {
      folder: 'linked',
      backbone: 'linear',
      labels: ['cat', 'dog', 'bird'],
      settle: 'never',
    });
    assert.equal(linked.told.images, 1);
    // A link takes the place of the image after it was classified.
    await rm(path.join(root, 'linked/a.ppm'));
    await symlink(files.path('outside/secret.ppm'), path.join(root, 'linked/a.ppm'));
    const stealing = { run: linked.told.run, format: 'imagefolder', to: 'stolen' };
    assert.match(await failure('export_results', stealing), /outside the folders/);
    assert.equal(existsSync(path.join(root, 'stolen')), false);
    await rm(path.join(root, 'linked'), { recursive: true });
    assert.ok((await readdir(runs)).length >= 3);

    const { told: placed } = await call<{ undo: string[] }>('export_results', {
      run: told.run,
      format: 'imagefolder',
      to: 'moved',
      options: { mode: 'move' },
    });
    const journal = path.join(root, placed.undo[0]);
    const crafted = readFileSync(journal, 'utf8').replaceAll(
      path.join(root, 'photos'),
      files.path('outside'),
    );
    files.write(`work/crafted/${path.basename(journal)}`, crafted);
    assert.match(await failure('undo_export', { export: 'crafted' }), /outside the folders/);
    await call('undo_export', { export: 'moved' });
  });

  it('become a classifier in one file, compared with SeMap', async () => {
    const document = { labels: ['cat', 'dog', 'bird'], backbones: ['linear'], out: 'pets.semap.json' };
    await call('align_labels', document);
    const given = { alignment: 'pets.semap.json', out: 'pets.onnx' };
    const { told: exported } = await call<{ labels: number; parity: { otherLabels: number } }>(
      'export_classifier',
      given,
    );
    assert.deepEqual([exported.labels, exported.parity.otherLabels], [3, 0]);
    assert.ok(existsSync(path.join(root, 'pets.onnx')));
    assert.match(await failure('export_classifier', given), /already exists/);
    // Both find the name free, and take a while.
    const both = await Promise.allSettled(
      [1, 2].map(() => call('export_classifier', { ...given, out: 'twice.onnx' })),
    );
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.match(await failure('export_classifier', { ...given, out: 'pets.bin' }), /must end with \.onnx/);
    assert.match(await failure('export_classifier', { ...given, out: 'b.onnx', size: 'big' }), /no size/);
  });
});
