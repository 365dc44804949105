import assert from 'node:assert/strict';
import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { BackboneSidecar } from '../../../../src/core/backbones/backboneSidecar.ts';
import type { Reason, SemapError } from '../../../../src/core/errors.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { say } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';
import { meanColour, model, node, zeros } from '../classifierModel.ts';
import { colourSidecar, sidecarOfSize, writeBackbone } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const { preprocessing } = colourSidecar;
const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n';
const noise = Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 251);
const cut = meanColour({ effort: 2 }).subarray(0, 3000);

describe('A backbone', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ backboneFolders: ['installed'] });

  const describeIt = (backbone: string, sidecar?: BackboneSidecar, remember = false) =>
    engine.rpc.call('describeBackbone', { backbone, ...(sidecar ? { sidecar } : {}), remember });

  async function refused(backbone: string, reason: Reason, words: RegExp, sidecar?: BackboneSidecar) {
    await assert.rejects(describeIt(backbone, sidecar), (error: SemapError) => {
      assert.equal(error.reason, reason, error.message);
      assert.match(`${error.message} ${error.hint ?? ''}`, words);
      return true;
    });
  }

  describe('that is no usable classifier is refused by name:', () => {
    for (const [what, name, content, reason, words] of [
      ['an empty file', 'empty.onnx', '', 'not-onnx', /empty \(0 bytes\)/],
      ['a Git LFS pointer', 'lfs.onnx', LFS_POINTER, 'lfs-pointer', /git lfs pull/],
      ['a web page', 'page.onnx', '<!DOCTYPE html><html></html>', 'not-onnx', /a web page/],
      ['a PyTorch checkpoint', 'torch.onnx', 'PK\x03\x04rest', 'not-onnx', /PyTorch/],
      ['random bytes', 'noise.onnx', noise, 'not-onnx', /not an ONNX model/],
      ['a model that is cut short', 'cut.onnx', cut, 'not-onnx', /incomplete/],
    ] as const)
      test(what, () => refused(files.write(name, content), reason, words));
    test('a file that is not there', () => refused(files.path('none.onnx'), 'not-found', /none\.onnx/));
    test('a name that is not installed', () => refused('nosuch', 'not-found', /starter/));
    test('a folder without a model', () => {
      mkdirSync(files.path('nothing'));
      return refused(files.path('nothing'), 'not-found', /No ONNX file/);
    });
    test('two inputs that could be the image', () => {
      const inputs = ['left', 'right'].map((name) => ({ name, dims: ['N', 3, 8, 8] }));
      const nodes = [
        node('Add', ['left', 'right'], ['sum']),
        node('GlobalAveragePool', ['sum'], ['p']),
        node('Flatten', ['p'], ['scores']),
      ];
      const file = files.write('two.onnx', model({ inputs, nodes }));
      return refused(file, 'unsupported-model', /left \[N, 3, 8, 8\] and right .*--input-name/);
    });
    test('an input that is no image', () => {
      const inputs = [{ name: 'tokens', dims: ['N', 'length'] }];
      const nodes = [node('Identity', ['tokens'], ['scores'])];
      const outputs = [{ name: 'scores', dims: ['N', 'length'] }];
      const file = files.write('text.onnx', model({ inputs, nodes, outputs }));
      return refused(file, 'unsupported-model', /not a batch of images/);
    });
    test('a clip of a video', () => {
      const inputs = [{ name: 'clip', dims: ['N', 3, 16, 8, 8] }];
      const nodes = [node('GlobalAveragePool', ['clip'], ['p']), node('Flatten', ['p'], ['scores'])];
      const file = files.write('video.onnx', model({ inputs, nodes }));
      return refused(file, 'unsupported-model', /\[N, 3, 16, 8, 8\], which is not a batch of images/);
    });
    test('an output that is a picture', () => {
      const nodes = [node('Relu', ['image'], ['scores'])];
      const outputs = [{ name: 'scores', dims: ['N', 3, 8, 8] }];
      const file = files.write('picture.onnx', model({ nodes, outputs }));
      return refused(file, 'unsupported-model', /scores for positions, not for the image/);
    });
    test('an output that turns out to be no class vector when it runs', () => {
      const inputs = [{ name: 'image', dims: ['N', 3, 'H', 'W'] }];
      const nodes = [node('Relu', ['image'], ['scores'])];
      const outputs = [{ name: 'scores', dims: ['N', 3, 'H', 'W'] }];
      const file = files.write('sly.onnx', model({ inputs, nodes, outputs }));
      return refused(file, 'unsupported-model', /not a class vector but \[1, 3, 8, 8\]/, colourSidecar);
    });
    test('several outputs that could be scores', () => {
      const nodes = [
        node('GlobalAveragePool', ['image'], ['p']),
        node('Flatten', ['p'], ['one']),
        node('GlobalMaxPool', ['image'], ['most']),
        node('Flatten', ['most'], ['other']),
      ];
      const outputs = ['one', 'other'].map((name) => ({ name, dims: ['N', 3] }));
      const file = files.write('both.onnx', model({ nodes, outputs }));
      return refused(file, 'needs-description', /does not say: output_name/, colourSidecar);
    });
    test('an operator that onnxruntime does not know', () => {
      const file = files.write('odd.onnx', model({ nodes: [node('Frobnicate', ['image'], ['scores'])] }));
      return refused(file, 'unsupported-model', /Frobnicate/);
    });
    test('weights in a second file that is missing, or cut short', async () => {
      const weights = {
        ...zeros('w', [3, 3, 1, 1]),
        rawData: new Uint8Array(0),
        dataLocation: 1,
        externalData: [
          { key: 'location', value: 'far.onnx.data' },
          { key: 'length', value: '36' },
        ],
      };
      const { rawData: _, ...external } = weights;
      const bytes = encodeModel({
        irVersion: 8,
        opsetImport: [{ domain: '', version: 13 }],
        graph: {
          name: 'far',
          node: [
            node('Conv', ['image', 'w'], ['c']),
            node('GlobalAveragePool', ['c'], ['p']),
            node('Flatten', ['p'], ['scores']),
          ],
          initializer: [external],
          input: [tensorOf('image', ['N', 3, 8, 8])],
          output: [tensorOf('scores', ['N', 3])],
        },
      });
      const file = files.write('far.onnx', bytes);
      await refused(file, 'not-found', /far\.onnx\.data.*missing/);
      files.write('far.onnx.data', new Uint8Array(20));
      await refused(file, 'not-found', /weights in another file.*incomplete/);
    });
  });

  describe('without a description', () => {
    test('names the fields that are missing, and proposes the usual', async () => {
      const file = files.write('bare.onnx', meanColour());
      await refused(file, 'needs-description', /labels, rescale_factor, image_mean, image_std and channels/);
      const inspection = await engine.rpc.call('inspectBackbone', { backbone: file });
      const missing = 'labels, rescale_factor, image_mean, image_std, channels';
      assert.equal(inspection.missing.join(', '), missing);
      assert.equal(inspection.sourceCount, 3);
      assert.equal(inspection.output, 'logits');
      assert.deepEqual(inspection.input, {
        name: 'image',
        type: 'float32',
        layout: 'nchw',
        channels: 3,
        height: 8,
        width: 8,
        fixedBatch: undefined,
      });
      assert.deepEqual(inspection.suggested.preprocessing?.image_mean, [0, 0, 0]);
      assert.match(say(inspection.reasons.scaling!), /8 px/);
      assert.match(say(inspection.reasons.labels!), /No known label space has 3 labels/);
    });

    test('is described by options', async () => {
      const { labelSpace, input, output } = await describeIt(files.path('bare.onnx'), colourSidecar);
      assert.deepEqual(column(labelSpace.labels, 'name'), ['cat', 'dog', 'bird']);
      assert.equal(output, 'logits');
      assert.deepEqual(input.preprocessing.size, { height: 8, width: 8 });
    });

    test('is RGB where the scaling is said and no colour order', async () => {
      const { channels: _, ...preprocessing } = colourSidecar.preprocessing ?? {};
      const { input } = await describeIt(files.path('bare.onnx'), { ...colourSidecar, preprocessing });
      assert.equal(input.preprocessing.channels, 'rgb');
    });

    test('is remembered by its content, wherever it lies', async () => {
      const bytes = meanColour({ size: 9 });
      const labels = files.write('names.txt', 'cat\ndog\nbird\n');
      const here = files.write('here.onnx', bytes);
      await describeIt(here, { ...sidecarOfSize(9), labels }, true);
      rmSync(labels);
      const moved = await describeIt(files.write('there/other.onnx', bytes));
      assert.deepEqual(column(moved.labelSpace.labels, 'name'), ['cat', 'dog', 'bird']);
      await refused(files.write('different.onnx', meanColour({ size: 10 })), 'needs-description', /labels/);
    });
  });

  describe('with a sidecar', () => {
    test('is described by it, its labels file found beside it', async () => {
      files.write('own/net.onnx', meanColour({ softmax: true }));
      files.write('own/classes.txt', 'cat\ndog\nbackground\n');
      files.write('own/net.backbone.json', JSON.stringify({ ...colourSidecar, labels: 'classes.txt' }));
      const { output, labelSpace, name } = await describeIt(files.path('own/net.onnx'));
      assert.equal(name, 'net');
      assert.equal(output, 'probabilities', 'told by a run: scores sum to one');
      assert.deepEqual(labelSpace.background, [2]);
    });

    test('that has a typo is refused, with the field that was meant', async () => {
      files.write('typo.onnx', meanColour());
      files.write('typo.backbone.json', JSON.stringify({ ...colourSidecar, lables: [] }));
      await refused(files.path('typo.onnx'), 'invalid-description', /"lables".*Did you mean "labels"/);
    });

    test('that is no JSON is refused', async () => {
      files.write('broken.onnx', meanColour());
      files.write('broken.backbone.json', '{');
      const words = /broken\.backbone\.json is not valid JSON/;
      await refused(files.path('broken.onnx'), 'invalid-description', words);
    });

    for (const [what, change, reason, words] of [
      [
        'labels are not as many as the outputs',
        { labels: ['a', 'b'] },
        'labels-mismatch',
        /3 outputs.*2 labels/,
      ],
      ['labels file is not there', { labels: 'missing.txt' }, 'not-found', /missing\.txt/],
      [
        'crop the graph does not take',
        { preprocessing: { ...preprocessing, crop: 16 } },
        'invalid-description',
        /8 x 8 px.*16 x 16/,
      ],
    ] as const) {
      test(`whose ${what} is refused`, () =>
        refused(files.path('bare.onnx'), reason, words, { ...colourSidecar, ...change }));
    }
  });

  test('with a fixed batch says so, and one with open sizes takes them from the description', async () => {
    const fixed = await describeIt(files.write('fixed.onnx', meanColour({ batch: 4 })), colourSidecar);
    assert.equal(fixed.fixedBatch, 4);
    const inputs = [{ name: 'image', dims: ['N', 'C', 'H', 'W'] }];
    const nodes = [node('GlobalAveragePool', ['image'], ['p']), node('Flatten', ['p'], ['scores'])];
    const open = files.write('open.onnx', model({ inputs, nodes }));
    const { size: _, ...unsized } = colourSidecar.preprocessing!;
    await refused(open, 'needs-description', /size/, { ...colourSidecar, preprocessing: unsized });
    assert.equal((await describeIt(open, colourSidecar)).input.height, 8);
  });

  test('in a Hugging Face folder is described by the files there', async () => {
    const preprocessor = {
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      size: { height: 8, width: 8 },
      resample: 3,
    };
    files.write('installed/tiny-vit/onnx/model.onnx', meanColour());
    const config = { id2label: { 0: 'cat', 1: 'dog', 2: 'bird' } };
    files.write('installed/tiny-vit/config.json', JSON.stringify(config));
    files.write('installed/tiny-vit/preprocessor_config.json', JSON.stringify(preprocessor));
    const { name, input } = await describeIt('tiny-vit');
    assert.equal(name, 'tiny-vit');
    assert.equal(input.preprocessing.resample, 'bicubic');
    assert.deepEqual(input.preprocessing.mean, [0.5, 0.5, 0.5]);
  });

  test('that is damaged does not hide the others of a list', async () => {
    files.write('installed/a-broken.onnx', 'nonsense');
    writeBackbone(files, 'installed/b-good');
    const entries = await engine.rpc.call('listBackbones', {});
    assert.deepEqual(
      entries.map(({ name, embedded, problem }) => [name, embedded, problem?.reason]),
      [
        ['starter', true, undefined],
        ['a-broken', false, 'not-onnx'],
        ['b-good', false, undefined],
        ['tiny-vit', false, undefined],
      ],
    );
  });

  test('that is replaced is described anew', async () => {
    const file = files.write('changing.onnx', meanColour());
    const first = await describeIt(file, colourSidecar);
    files.write('changing.onnx', meanColour({ softmax: true }));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    const second = await describeIt(file, colourSidecar);
    assert.notEqual(second.sha256, first.sha256);
    assert.deepEqual([first.output, second.output], ['logits', 'probabilities']);
  });

  test('is checked by running it', async () => {
    const backbone = files.path('bare.onnx');
    const check = await engine.rpc.call('checkBackbone', { backbone, sidecar: colourSidecar });
    assert.equal(check.runs, true);
    assert.equal(path.basename(check.description.path), 'bare.onnx');
  });
});

function tensorOf(name: string, dims: readonly (number | string)[]) {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: BigInt(d) } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}
