import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import type { DataTransfer } from 'vscode';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase, verbatim } from '../../../../src/core/text/text.ts';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import type { BackboneEntry, BackboneInspection, BackboneTrial } from '../../../../src/protocol/backbones.ts';
import { testFolder } from '../../folders.ts';
import { eventually, fakeMemory, openInput, stage } from '../withFakeVscode.ts';

const { AddBackbone } = await import('../../../../src/host/backbones/addBackbone.ts');
const { BackboneCommands } = await import('../../../../src/host/backbones/backboneCommands.ts');
const { BackboneLibrary } = await import('../../../../src/host/backbones/backboneLibrary.ts');
const { BackbonesTree } = await import('../../../../src/host/backbones/backbonesTree.ts');
const { backboneTooltip } = await import('../../../../src/host/backbones/backbonesTree.ts');
const { measuredRows } = await import('../../../../src/host/backbones/tryBackbone.ts');
const { Settings } = await import('../../../../src/host/settings.ts');

const inspection: BackboneInspection = {
  name: 'net',
  path: '/models/net.onnx',
  sha256: 'a',
  bytes: 1,
  input: { name: 'x', type: 'float32', layout: 'nchw', channels: 3, height: 224, width: 224 },
  sourceCount: 1000,
  output: 'logits',
  known: {},
  missing: ['labels', 'rescale_factor', 'image_mean', 'image_std', 'channels'],
  suggested: {
    labels: 'imagenet-1k',
    preprocessing: { rescale_factor: 1, image_mean: [0, 0, 0], image_std: [1, 1, 1], channels: 'rgb' },
  },
  reasons: {
    labels: phrase('1,000 outputs.'),
    scaling: phrase('The graph scales.'),
    channels: phrase('Nearly all.'),
  },
  stated: [],
  notes: [],
};

const trial: BackboneTrial = {
  image: '/photos/cat.jpg',
  milliseconds: 12,
  best: [{ label: 'pelican', probability: 0.2 }],
  others: [
    {
      best: [{ label: 'dog', probability: 0.9 }],
      scaling: 'imagenet',
      channels: 'bgr',
      preprocessing: {
        rescale_factor: 1 / 255,
        image_mean: [0.485, 0.456, 0.406],
        image_std: [0.229, 0.224, 0.225],
        channels: 'bgr',
      },
    },
  ],
};

/** Gray images of any size, a further input, two outputs: all that can be asked. */
const asking: BackboneInspection = {
  ...inspection,
  input: {
    name: 'x',
    type: 'float32',
    layout: 'nchw',
    channels: 1,
    supposed: ['layout', 'channels'],
    others: [{ name: 'alpha', type: 'float32', shape: ['N', 2] }],
  },
  outputs: [
    { name: 'features', shape: ['N', 64] },
    { name: 'scores', shape: ['N', 10] },
  ],
  missing: ['layout', 'channels', 'inputs.alpha', 'output_name', 'size', 'labels', 'rescale_factor'],
  suggested: { output_name: 'scores', labels: ['0', '1'] },
  reasons: {},
  notes: [phrase('Two names look alike.')],
};

type Call = [method: string, params: Record<string, unknown>];

/** Knows one file, which has to be described first. */
function fakeEngine(calls: Call[], known = inspection): Engine {
  let described = false;
  const call = async (method: string, params: Record<string, unknown>) => {
    calls.push([method, params]);
    if (method === 'listBackbones') return [];
    if (method === 'inspectBackbone') {
      if (params['sidecar'] && JSON.stringify(params['sidecar']).includes('nhwc'))
        throw new SemapError('invalid-description', phrase('It does not run.'));
      return known;
    }
    if (method === 'tryBackbone') return trial;
    if (method !== 'describeBackbone') return undefined;
    const isSecond =
      calls.filter(([, one]) => 'labels' in ((one['sidecar'] as object | undefined) ?? {})).length === 2;
    if (known.notes.length > 0 && isSecond)
      throw new SemapError('labels-mismatch', phrase('10 outputs, but 2.'));
    described ||= params['remember'] === true;
    if (!described) throw new SemapError('needs-description', phrase('What?'));
    return { name: 'net', path: params['backbone'], labelSpace: { labels: [1, 2, 3] } };
  };
  return { call: call as Engine['call'] };
}

describe('Adding a backbone', () => {
  const folder = testFolder();
  let calls: Call[] = [];
  const make = () => {
    const engine = fakeEngine(calls);
    const library = new BackboneLibrary(engine, new Settings(), fakeMemory());
    return { engine, library, add: new AddBackbone(library) };
  };
  const backboneCommands = () => new BackboneCommands({ ...make(), get: { run: async () => {} } });

  before(async () => {
    for (const name of [
      'three/a.onnx',
      'three/b.onnx',
      'three/c.onnx',
      'hub/onnx/model.onnx',
      'hub/onnx/model_q4.onnx',
    ]) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), '');
    }
    await mkdir(join(folder, 'empty'));
  });
  beforeEach(() => {
    calls = [];
    stage.configuration = {};
    stage.messages = [];
    stage.answer = undefined;
    stage.files = ['/photos/dog.jpg'];
  });

  async function answer(label: RegExp): Promise<string> {
    const input = await openInput();
    const item = await eventually(() => input.items?.find((one) => label.test(one.label)), `${label}`);
    input.choose(item.label);
    await new Promise((resolve) => setImmediate(resolve));
    return `${(item as { description?: string }).description ?? ''}`;
  }

  async function type(value: string, fits = true): Promise<void> {
    const input = await openInput();
    input.enter(value);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stage.open === input, !fits, value);
  }

  it('asks for what the file does not say, with reasons, and takes another reading of the trial for right', async () => {
    const added = make().add.run([{ fsPath: '/models/net.onnx' } as never]);
    assert.match(await answer(/ImageNet-1k/), /1,000 outputs/);
    assert.match(await answer(/0 to 255$/), /The graph scales/);
    assert.match(await answer(/RGB/), /Nearly all/);
    await answer(/dog\.jpg/);
    await answer(/ImageNet mean and standard deviation, BGR/);
    await answer(/Looks Right/);
    await added;
    const kept = calls.find(([method, params]) => method === 'describeBackbone' && params['remember']);
    assert.deepEqual(kept?.[1]['sidecar'], {
      labels: 'imagenet-1k',
      preprocessing: trial.others[0].preprocessing,
    });
    assert.deepEqual(stage.configuration['backbones'], ['/models/net.onnx']);
    assert.match(stage.messages.at(-1)?.message ?? '', /Added net \(3 source labels/);
  });

  it('asks for all that a graph leaves open, runs it between, goes back, and explains what cannot be', async () => {
    stage.messages = [];
    const engine = fakeEngine(calls, asking);
    const library = new BackboneLibrary(engine, new Settings(), fakeMemory());
    const added = new AddBackbone(library).run([{ fsPath: '/models/net.onnx' } as never]);
    await answer(/After Height and Width/);
    // The engine refuses it, and the question comes again.
    await answer(/Before Height and Width/);
    assert.match(stage.messages[0].message, /It does not run/);
    await answer(/^Gray$/);
    await type('0.5, x', false);
    await type('0.5, 1');
    assert.match(await answer(/scores/), /likely/);
    await type('28');
    await answer(/2 names: 0, 1/);
    (await openInput()).back();
    await answer(/Two names look alike/);
    await answer(/2 names: 0, 1/);
    await eventually(() => stage.messages.find(({ message }) => /10 outputs/.test(message)), 'reason');
    await answer(/2 names: 0, 1/);
    await answer(/^0 to 1$/);
    await answer(/Swapped/);
    await answer(/dog\.jpg/);
    await answer(/Looks Right/);
    await added;
    const kept = calls.find(([method, params]) => method === 'describeBackbone' && params['remember']);
    assert.deepEqual(kept?.[1]['sidecar'], {
      layout: 'nchw',
      inputs: { alpha: [0.5, 1] },
      output_name: 'scores',
      labels: ['0', '1'],
      preprocessing: {
        channels: 'gray',
        size: { height: 28, width: 28 },
        rescale_factor: 1 / 255,
        image_mean: [0, 0, 0],
        image_std: [1, 1, 1],
        invert: true,
      },
    });
  });

  it('is tried on images of known labels where the workspace has class folders, and says the label', async () => {
    for (const name of ['photos/cat/1.png', 'photos/dog/2.png']) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), '');
    }
    stage.folders = [folder];
    stage.executed = [];
    const entry: BackboneEntry = { name: 'net', path: '/models/net.onnx', embedded: false };
    const tried = backboneCommands().try({ kind: 'backbone', entry });
    await answer(/dog$/);
    const input = await openInput();
    assert.match(input.placeholder!, /Is it recognized as dog\?/);
    const [[command, shown]] = stage.executed as [string, { path: string }][];
    assert.deepEqual([command, shown.path], ['vscode.open', join(folder, 'photos/dog/2.png')]);
    await answer(/Looks Right/);
    await tried;
    stage.folders = [];
  });

  it('of a folder takes its usual model, asks which of several, and says when there is none', async () => {
    const asked = () =>
      calls.filter(([method]) => method === 'describeBackbone').map(([, { backbone }]) => backbone);
    const { add } = make();
    const given = (name: string) => add.run([{ fsPath: join(folder, name) } as never]);
    await given('three');
    assert.deepEqual(asked(), []);
    await assert.rejects(given('empty'), { reason: 'not-found' });
    void given('hub');
    await openInput();
    assert.deepEqual(asked(), [join(folder, 'hub/onnx/model.onnx')]);
    (await openInput()).hide();
    stage.answer = 'b.onnx';
    void given('three');
    await openInput();
    assert.equal(asked().at(-1), join(folder, 'three/b.onnx'));
    (await openInput()).hide();
  });

  it('works by dropping files onto the view, not web pages', async () => {
    const { engine, library, add } = make();
    const tree = new BackbonesTree(engine, library, add);
    const dropped = (text: string) =>
      tree.handleDrop(undefined, { get: () => ({ asString: async () => text }) } as unknown as DataTransfer);
    await dropped('https://example.org/net.onnx\r\n# a comment');
    assert.deepEqual(calls, []);
    void dropped('file:///models/my%20net.onnx\r\n');
    (await openInput()).hide();
    assert.equal(calls[0]?.[1]['backbone'], '/models/my net.onnx');
  });

  it('is undone without touching a file that the person brought', async () => {
    const commands = backboneCommands();
    const own: BackboneEntry = { name: 'net', path: '/models/net.onnx', embedded: false };
    stage.configuration['backbones'] = [own.path];
    await commands.remove({ kind: 'backbone', entry: own });
    assert.deepEqual(stage.configuration['backbones'], [own.path], 'not without a yes');
    stage.answer = 'Remove from List';
    await commands.remove({ kind: 'backbone', entry: own });
    assert.deepEqual(stage.configuration['backbones'], []);
    assert.ok(!calls.some(([method]) => method === 'removeBackbone'));
    stage.answer = 'Delete';
    await commands.remove({ kind: 'backbone', entry: { ...own, installed: true } });
    assert.deepEqual(calls.find(([method]) => method === 'removeBackbone')?.[1], { backbone: own.path });
  });
});

describe('What several images say of settings', () => {
  const measured = { images: 40, labelled: 40, likelihood: 0.02, accuracy: 0.1, sureness: 0.97, sure: true };
  const [other] = trial.others;

  it('stands below what one image shows, the likeliest first and marked where it is sure', () => {
    const others = [{ ...other, likelihood: 0.97, accuracy: 0.8, inverted: true }];
    const [title, first, second] = measuredRows({ ...trial, others, measured });
    assert.equal(title.label, 'Measured on 40 images: 97.0% sure');
    assert.deepEqual(
      [first.icon, first.label, first.description],
      [
        'star-full',
        'ImageNet mean and standard deviation, BGR, light and dark swapped',
        '97.0% likely, 80.0% right',
      ],
    );
    assert.deepEqual(first.verdict, { kind: 'other', preprocessing: other.preprocessing });
    assert.deepEqual([second.icon, second.label, second.verdict?.kind], ['dash', 'These Settings', 'right']);
  });

  it('marks none where two are near, and says nothing where nothing was measured', () => {
    const others = [{ ...other, likelihood: 0.5 }];
    const near = { images: 6, labelled: 0, likelihood: 0.5, sureness: 0.5, sure: false };
    const [title, ...rows] = measuredRows({ ...trial, others, measured: near });
    assert.match(title.label, /6 images: too near to tell/);
    assert.deepEqual(
      rows.map(({ icon, description }) => [icon, description]),
      [
        ['dash', '50.0% likely'],
        ['dash', '50.0% likely'],
      ],
    );
    const order = { order: 'text-order', accuracy: 0.8, listed: 0.1 } as const;
    const warned = measuredRows({ ...trial, others, measured: { ...near, order } }).at(-1);
    assert.match(`${warned?.label}: ${warned?.description}`, /sorted as text.*: 80\.0%.*10\.0%/);
    assert.deepEqual(measuredRows(trial), []);
  });
});

describe('The tooltip of a backbone', () => {
  it('tells what was found out, and of a damaged one what is wrong', () => {
    const entry = {
      name: 'net',
      path: '/models/net.onnx',
      embedded: false,
      installed: true,
      description: {
        bytes: 15_100_000,
        output: 'logits',
        input: {
          width: 224,
          height: 224,
          type: 'float32',
          layout: 'nchw',
          preprocessing: { channels: 'rgb' },
        },
        labelSpace: { name: 'imagenet-1k', labels: [1, 2] },
      },
    } as unknown as BackboneEntry;
    const lines = backboneTooltip(entry, {
      parameters: 3_770_000,
      promptable: false,
      whyNotPromptable: phrase('no gradient through {0}', 'NonZero'),
      licence: 'Apache-2.0',
      source: 'someone/net@abc',
      stated: [verbatim('config.json'), verbatim('labels.txt')],
      notes: [phrase('Labels are numbers in text order.')],
      installed: true,
      devices: [{ provider: 'cpu', works: true, reason: verbatim('') }],
    });
    for (const words of [
      'Size: 15.1 MB, 3.77 million parameters',
      'Visual prompts: cannot be trained (no gradient through NonZero)',
      'License: Apache-2.0',
      'Source: someone/net@abc',
      'Described by config.json and labels.txt',
      'Labels are numbers in text order.',
      'Devices: cpu',
      'Installed by SeMap',
      '/models/net.onnx',
    ])
      assert.ok(lines.includes(words), words);
    const damaged = {
      ...entry,
      description: undefined,
      problem: { reason: 'not-onnx', message: phrase('No.'), hint: phrase('Get it.') },
    };
    assert.deepEqual(backboneTooltip(damaged as never), [
      'net',
      'No.',
      'Get it.',
      'Installed by SeMap',
      '/models/net.onnx',
    ]);
  });
});
