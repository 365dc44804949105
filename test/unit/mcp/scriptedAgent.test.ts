import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { linearColour, meanColour } from '../engine/classifierModel.ts';
import { colours, ppm, sidecarOfSize, writeBackbone } from '../engine/colours.ts';
import { noModels, type Scratch, scratch } from '../engine/engineHarness.ts';
import { type Called, childrenOf, isRunning, type StdioAgent, stdioAgent, until } from './stdioAgent.ts';

const skip = noModels || process.platform === 'win32';
const EACH = 8;
const IMAGES = 3 * EACH;

/** What a script did: the calls that failed, by the names of their tools. */
interface Done {
  readonly refused: readonly string[];
  readonly said: readonly string[];
}

describe('A scripted agent', { skip, concurrency: true }, () => {
  const files = scratch();
  const agents: StdioAgent[] = [];

  /** An agent in a folder of its own, which has a cache of its own. */
  const start = async (name: string, ...options: string[]) => {
    writeInbox(files, name);
    const folders = [
      '--backbone-folder',
      files.path('models'),
      '--cache-folder',
      files.path(`cache/${name}`),
    ];
    const root = files.path(name);
    const before = filesBelow(root);
    const agent = await stdioAgent([...options, ...folders, '--threads', '2'], [root]);
    agents.push(agent);
    return { ...agent, root, before };
  };

  before(() => {
    writeBackbone(files, 'models/linear', linearColour());
    writeBackbone(files, 'models/slow', meanColour({ size: 96, effort: 25 }), sidecarOfSize(96));
    files.write('other/red/1.ppm', ppm(colours.cat, 1));
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    files.dispose();
  });

  it('goes from an unknown folder to a data set that it checked, and back', async () => {
    const { call, close, root, before } = await start('writing', '--allow-write');
    const { refused, said } = await madeDataSet(call);
    assert.deepEqual(refused, [], said.join('\n'));

    // What is there when the script is done, as a person finds it.
    const rows = readFileSync(path.join(root, 'answers.csv'), 'utf8').trim().split('\n');
    assert.equal(rows.length, 1 + IMAGES);
    const left = filesBelow(root).filter((file) => !file.startsWith('.semap/'));
    // The data set was undone: but for what was asked for, everything is as it was.
    assert.deepEqual(
      left,
      [...before, 'answers.csv', 'inbox.semap.json', 'inbox/labels.semap.csv'].toSorted(),
    );
    const [run] = readdirSync(path.join(root, '.semap/runs'));
    assert.ok(existsSync(path.join(root, '.semap/runs', run, 'predictions.jsonl.gz')));
    await close();
  });

  it('fails exactly at what writes where it may only read, and leaves nothing', async () => {
    const { call, close, root, before } = await start('reading');
    const { refused, said } = await madeDataSet(call);
    assert.deepEqual(refused, [
      'align_labels',
      'give_labels',
      'export_results',
      'export_results',
      'undo_export',
    ]);
    for (const text of said) assert.match(text, /may only read.*--allow-write.*\(untrusted\)/);
    assert.deepEqual(filesBelow(root), before);
    await close();
    assert.deepEqual(filesBelow(files.path('cache/reading/agents')), []);
  });

  it('goes on where a call was canceled, roots changed, and an engine was killed', async () => {
    const { call, changeRoots, client, pid, root } = await start('going');
    const stop = new AbortController();
    let heard = 0;
    const asked = { folder: 'inbox', labels: ['cat', 'dog', 'bird'], backbone: 'slow', settle: 'never' };
    const classifying = call('classify_images', asked, {
      signal: stop.signal,
      onprogress: () => {
        if (++heard === 2) stop.abort('enough');
      },
    });
    await assert.rejects(classifying, /enough/);
    const { told: whole } = await call('classify_images', asked);
    assert.equal(whole.images, IMAGES);

    await changeRoots([files.path('other')]);
    assert.match(
      (await call('describe_folder', { folder: path.join(root, 'inbox') })).text,
      /outside the folders/,
    );
    assert.equal((await call('describe_folder', { folder: 'red' })).told.images, 1);
    await changeRoots([root]);
    assert.equal((await call('describe_folder', { folder: 'inbox' })).told.images, IMAGES + 3);

    // One that is killed at work is replaced by another, which goes on; so it is when it had nothing to do.
    const [engine, ...others] = childrenOf(pid);
    assert.deepEqual(others, []);
    const again = call(
      'classify_images',
      { ...asked, folder: '.' },
      {
        onprogress: () => isRunning(engine) && process.kill(engine, 'SIGKILL'),
      },
    );
    const { told: after, text } = await again;
    assert.equal(after?.images, IMAGES, text);
    const [next] = childrenOf(pid);
    process.kill(next, 'SIGKILL');
    await until(() => childrenOf(pid).length === 0, 'the engine ended');
    const { tools } = await client.listTools();
    assert.ok(tools.length > 20);
    const described = await call('describe_folder', { folder: 'inbox' });
    assert.equal(described.told?.images, IMAGES + 3, described.text);
  });

  it('takes server, engine and temporary folders with it when it vanishes', async () => {
    const { call, pid, vanish } = await start('gone');
    const asked = { folder: 'inbox', labels: ['cat', 'dog'], backbone: 'linear' };
    assert.equal((await call('classify_images', asked)).failed, false);
    assert.equal(filesBelow(files.path('cache/gone/agents')).length > 0, true);
    const working = new Promise<void>((resolve) => {
      const onprogress = () => resolve();
      void call('classify_images', { ...asked, backbone: 'slow' }, { onprogress }).catch(() => {});
    });
    await working;
    const engines = childrenOf(pid);
    assert.equal(engines.length, 1);
    vanish();
    await until(() => ![pid, ...engines].some(isRunning), 'server and engine ended');
    assert.deepEqual(filesBelow(files.path('cache/gone/agents')), []);
  });
});

/** What an agent does that gets the prompt `export_dataset`, with its eyes on what it is told. */
async function madeDataSet(ask: StdioAgent['call']): Promise<Done> {
  const refused: string[] = [];
  const said: string[] = [];
  const call = async (...[name, given, options]: Parameters<typeof ask>): Promise<Called> => {
    const called = await ask(name, given, options);
    if (called.failed) {
      refused.push(name);
      said.push(called.text);
    }
    return called;
  };

  const { told: about } = await call('describe_folder', { folder: 'inbox' });
  assert.deepEqual([about.images, about.labelCount, about.folder], [IMAGES + 3, 0, 'inbox']);

  const { told: suggested } = await call('suggest_labels', { folder: about.folder, backbone: 'linear' });
  const labels = suggested.labels.filter((one: { proposed: boolean }) => one.proposed);
  const names: string[] = labels.map(({ label }: { label: string }) => label).toSorted();
  assert.deepEqual(names, ['bird', 'cat', 'dog']);

  const aligned = await call('align_labels', {
    labels: names,
    backbones: ['linear'],
    out: 'inbox.semap.json',
  });
  const answering = aligned.failed
    ? { labels: names, backbone: 'linear' }
    : { alignment: aligned.told.alignment };

  const heard: { progress: number; message?: string | undefined }[] = [];
  const asked = { folder: about.folder, ...answering };
  const first = await call('classify_images', asked, { onprogress: (one) => heard.push(one) });
  assert.deepEqual([first.told.images, first.told.unreadableCount, first.told.accuracy], [IMAGES, 3, null]);
  assert.match(heard.map(({ message }) => message).join('\n'), /^\d+ of \d+ images$/m);
  for (const [i, { progress }] of heard.entries()) assert.ok(i === 0 || progress > heard[i - 1].progress);

  const seen = new Set<string>();
  for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
    assert.ok(pages < 9);
    const { told } = await call('read_results', {
      run: first.told.run,
      order: 'least sure',
      most: 10,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { image } of told.answers) seen.add(image);
    cursor = told.next;
  }
  assert.equal(seen.size, IMAGES);

  const { told: proposed } = await call('propose_images', { ...asked, count: 3 });
  assert.equal(proposed.images.length, 3);
  const given = await call('give_labels', {
    folder: about.folder,
    // As the folder names it, and as other tools do.
    labels: proposed.images.map((image: string, i: number) => ({
      image: i === 0 ? `inbox/${image}` : image,
      label: labelOf(image),
    })),
  });
  if (!given.failed) assert.equal(given.told.written, 3);
  const { told: read } = await call('read_labels', { folder: about.folder });
  assert.equal(read.byAgents, given.failed ? 0 : 3);
  const { told: second } = await call('classify_images', { ...asked, settle: 'always' });
  assert.equal(second.settled.learnedFrom, given.failed ? 0 : 3);
  // Nothing is measured by what an agent said.
  assert.equal(second.accuracy, null);

  const answers = { run: second.run, format: 'csv', to: 'answers.csv' };
  const dry = await call('export_results', { ...answers, dryRun: true });
  assert.deepEqual([dry.told.images, dry.told.files], [IMAGES, ['answers.csv']]);
  const real = await call('export_results', answers);
  if (!real.failed) assert.deepEqual(real.told.files, ['answers.csv']);

  const set = { run: second.run, format: 'imagefolder', to: 'dataset' };
  const planned = await call('export_results', { ...set, dryRun: true });
  assert.equal(planned.told.images, IMAGES);
  const placed = await call('export_results', set);
  if (!placed.failed) {
    assert.deepEqual([placed.told.images, placed.told.leftCount], [IMAGES, 0]);
    const { told: check } = await call('describe_folder', { folder: 'dataset' });
    assert.deepEqual(
      check.labels.toSorted((a: { label: string }, b: { label: string }) => (a.label < b.label ? -1 : 1)),
      names.map((label) => ({ label, images: EACH })),
    );
  }
  const undone = await call('undo_export', { export: placed.failed ? 'dataset' : placed.told.undo[0] });
  if (!undone.failed) {
    assert.equal(undone.told.leftCount, 0);
    assert.match((await ask('describe_folder', { folder: 'dataset' })).text, /does not exist/);
  }
  return { refused, said };
}

/** What a person sees who looks at an image of {@link writeInbox}. */
function labelOf(image: string): string {
  return Object.keys(colours)[Number(/(\d+)\./.exec(image)![1]) % 3];
}

/** Images without a word of what they are, and three that are none. */
function writeInbox(files: Scratch, root: string): void {
  const all = Object.values(colours);
  for (let i = 0; i < IMAGES; i++) files.write(`${root}/inbox/IMG_${i}.ppm`, ppm(all[i % 3], i));
  files.write(`${root}/inbox/broken.jpg`, 'no image');
  files.write(`${root}/inbox/empty.png`, '');
  files.write(`${root}/inbox/half.ppm`, ppm(all[0], 1).subarray(0, 60));
}

/** Files below a folder, relative to it. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}
