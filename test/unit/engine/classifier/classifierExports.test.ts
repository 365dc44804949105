import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as ort from 'onnxruntime-node';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import type { ClassifierOptions } from '../../../../src/core/classifiers/classifierOptions.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { encodeHead } from '../../../../src/core/heads/headFile.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import { encodePrompt } from '../../../../src/core/prompts/promptFile.ts';
import { source, target } from '../../alignments.ts';
import { floats, int, ints, linearColour, meanColour, model, node } from '../classifierModel.ts';
import { colours, identityAlignment, sidecarOfSize, writeBackbone, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);

async function shaOf(
  rpc: ReturnType<typeof engineOfSuite>['engine']['rpc'],
  backbone: string,
): Promise<string> {
  return (await rpc.call('describeBackbone', { backbone })).sha256;
}

describe('exporting a classifier', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();

  const alignmentFor = async (
    backbone: string,
    more: Partial<AlignmentDocument> = {},
  ): Promise<AlignmentDocument> => {
    const one = identityAlignment(labels, 'colours');
    return {
      ...one,
      backbone: { ...one.backbone, name: 'net', path: backbone, sha256: await shaOf(engine.rpc, backbone) },
      ...more,
    };
  };
  const exportTo = (
    name: string,
    backbone: string,
    alignment: AlignmentDocument,
    options: Partial<ClassifierOptions> = {},
  ) =>
    engine.rpc.call('exportClassifier', {
      backbone,
      alignment,
      options: { target: 'onnxruntime', ...options },
      file: files.path(name),
      version: '1.2.3',
    });
  const answer = async (file: string, [r, g, b]: readonly number[], count = 1, edge = 30) => {
    const session = await ort.InferenceSession.create(file);
    const pixels = new Uint8Array(count * edge * edge * 3);
    for (let i = 0; i < pixels.length; i += 3) pixels.set([r, g, b], i);
    const out = await session.run({ images: new ort.Tensor('uint8', pixels, [count, edge, edge, 3]) });
    return {
      label: Array.from(out.label.data as BigInt64Array, Number),
      probabilities: Array.from(out.probabilities.data as Float32Array),
      dims: out.probabilities.dims,
    };
  };

  it('writes one file that answers as SeMap does, one image or several, and says what it is made of', async () => {
    const backbone = writeBackbone(files, 'net');
    const folder = writeColourImages(files, 'photos', 2);
    const alignment = await alignmentFor(backbone, { folders: [folder] });
    const steps: string[] = [];
    const exported = await engine.rpc.call(
      'exportClassifier',
      {
        backbone,
        alignment,
        options: { target: 'onnxruntime' },
        file: files.path('a.onnx'),
        version: '1.2.3',
      },
      { onProgress: ({ step }) => steps.push(step) },
    );
    assert.deepEqual(steps, ['reading', 'writing', 'comparing']);
    assert.deepEqual(exported.input, { name: 'images', shape: ['N', 'H', 'W', 3] });
    assert.deepEqual([exported.opset, exported.form, exported.labels], [18, 'modern', labels]);
    assert.equal(exported.parity.own, 6);
    assert.equal(exported.parity.otherLabels, 0);
    assert.ok(exported.parity.largestDifference < 0.001);
    const bytes = readFileSync(files.path('a.onnx'));
    assert.equal(exported.bytes, bytes.length);
    const metadata = Object.fromEntries(
      decodeModel(bytes).metadataProps!.map(({ key, value }) => [key, value]),
    );
    assert.deepEqual(metadata, exported.metadata);
    assert.deepEqual(JSON.parse(metadata['labels']!), labels);
    assert.equal(metadata['semap.version'], '1.2.3');
    assert.equal(JSON.parse(metadata['semap.backbones']!)[0].sha256, alignment.backbone.sha256);
    assert.ok(!JSON.stringify(metadata).includes(files.folder), 'no path of this machine');
    const { label, dims } = await answer(files.path('a.onnx'), colours.dog, 2);
    assert.deepEqual(
      [label, dims],
      [
        [1, 1],
        [2, 3],
      ],
    );
  });

  it('gives the same bytes again, wherever the alignment lies', async () => {
    const backbone = writeBackbone(files, 'net');
    const alignment = await alignmentFor(backbone);
    const one = await exportTo('a.onnx', backbone, alignment);
    const other = await exportTo('b.onnx', backbone, { ...alignment, folders: [files.path('elsewhere')] });
    assert.equal(one.sha256, other.sha256);
  });

  it('for other programs needs no operator of later sets, and at a fixed size no condition', async () => {
    const backbone = writeBackbone(files, 'net');
    const alignment = await alignmentFor(backbone);
    const any = await exportTo('any.onnx', backbone, alignment, { target: 'other' });
    const fixed = await exportTo('fixed.onnx', backbone, alignment, {
      target: 'other',
      size: { height: 30, width: 30 },
    });
    assert.deepEqual([any.opset, fixed.opset], [13, 13]);
    assert.deepEqual(fixed.input.shape, ['N', 30, 30, 3]);
    const operators = (name: string) =>
      decodeModel(readFileSync(files.path(name))).graph!.node!.map(({ opType }) => opType);
    assert.ok(!operators('any.onnx').includes('Resize'));
    assert.ok(!operators('fixed.onnx').some((op) => op === 'Resize' || op === 'If' || op === 'Range'));
    assert.deepEqual((await answer(files.path('fixed.onnx'), colours.bird)).label, [2]);
  });

  it('says -1 below a threshold, and where all labels are as likely', async () => {
    const backbone = writeBackbone(files, 'net');
    const alignment = await alignmentFor(backbone);
    await exportTo('sure.onnx', backbone, alignment, { threshold: 0.9 });
    await exportTo('any.onnx', backbone, alignment);
    assert.deepEqual((await answer(files.path('sure.onnx'), colours.cat)).label, [-1]);
    assert.deepEqual((await answer(files.path('any.onnx'), colours.cat)).label, [0]);
    assert.deepEqual((await answer(files.path('any.onnx'), [90, 90, 90])).label, [-1]);
  });

  it('can be added as a backbone again, without a question', async () => {
    const backbone = writeBackbone(files, 'net');
    await exportTo('again.onnx', backbone, await alignmentFor(backbone));
    const description = await engine.rpc.call('describeBackbone', { backbone: files.path('again.onnx') });
    assert.deepEqual(
      description.labelSpace.labels.map(({ name }) => name),
      labels,
    );
    assert.deepEqual(
      [description.output, description.outputName, description.input.type, description.input.height],
      ['probabilities', 'probabilities', 'uint8', 8],
    );
    const folder = writeColourImages(files, 'photos', 2);
    const { accuracy } = await engine.rpc.call('classify', {
      backbone: files.path('again.onnx'),
      alignment: await alignmentFor(files.path('again.onnx')),
      folders: [folder],
    });
    assert.equal(accuracy, 1);
  });

  it('is not believed where it describes itself by a file of this machine', async () => {
    const { metadataProps: _, ...bare } = decodeModel(meanColour());
    const about = {
      labels: files.write('names.txt', 'a\nb\nc\n'),
      preprocessing: { size: 8, channels: 'rgb' },
    };
    for (const value of [JSON.stringify(about), '{', '[]', '{"labels": 3}']) {
      const described = { ...bare, metadataProps: [{ key: 'semap.description', value }] };
      const foreign = files.write(`foreign${value.length}.onnx`, encodeModel(described));
      const { missing } = await engine.rpc.call('inspectBackbone', { backbone: foreign });
      assert.ok(missing.includes('labels') && missing.includes('channels'), value);
    }
  });

  it('has the visual prompt of the alignment, and a head on features', async () => {
    const backbone = writeBackbone(files, 'lin', linearColour());
    const sha256 = await shaOf(engine.rpc, backbone);
    const shape = { kind: 'watermark', height: 8, width: 8, frame: 0, rank: 0 } as const;
    // Red is taken away, and blue is added.
    const parameters = Float32Array.from({ length: 192 }, (_, i) => (i < 64 ? -1 : i < 128 ? 0 : 1));
    const prompt = files.write('p.safetensors', encodePrompt({ shape, parameters, backbone: sha256 }));
    const prompted = await alignmentFor(backbone, { prompt });
    await exportTo('prompted.onnx', backbone, prompted);
    assert.deepEqual((await answer(files.path('prompted.onnx'), colours.cat)).label, [2]);
    const bytes = encodeHead({
      kind: 'linear-probe',
      backbone: sha256,
      prompt: '',
      targets: labels,
      // Everything is a step further than the mapping says.
      terms: {
        reads: 'features',
        width: 3,
        weights: Float32Array.of(0, 0, 9, 9, 0, 0, 0, 9, 0),
        bias: new Float32Array(3),
      },
    });
    const head = {
      kind: 'linear-probe',
      file: files.write('h.head.safetensors', bytes),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      learned: { images: 3, validation: { images: 0, accuracy: null }, learned: '' },
    } as const;
    const exported = await exportTo(
      'head.onnx',
      backbone,
      await alignmentFor(backbone, { version: 2, head }),
    );
    assert.equal(JSON.parse(exported.metadata['semap.head']!).kind, 'linear-probe');
    assert.deepEqual((await answer(files.path('head.onnx'), colours.cat)).label, [1]);
  });

  it('has several backbones, whose values have the same names', async () => {
    const one = writeBackbone(files, 'one');
    const other = writeBackbone(files, 'other', linearColour(true), sidecarOfSize(8));
    const alignment = await alignmentFor(one, {
      version: 2,
      members: [
        {
          backbone: {
            name: 'other',
            path: other,
            sha256: await shaOf(engine.rpc, other),
            labelSpace: 'colours',
            sourceCount: 3,
          },
          aggregation: { kind: 'log-mean-exp', alpha: 1 },
          targets: labels.map((label, index) => ({ label, sources: [source(index, 1, 1, label)] })),
        },
      ],
    });
    const exported = await exportTo('two.onnx', one, alignment);
    assert.equal(exported.parity.otherLabels, 0);
    assert.equal(JSON.parse(exported.metadata['semap.backbones']!).length, 2);
    // The other one, which is surer, takes red for what comes before cat.
    assert.notDeepEqual((await answer(files.path('two.onnx'), colours.cat)).label, [0]);
  });

  it('takes as many images a run as the backbone insists on', async () => {
    const backbone = writeBackbone(files, 'four', meanColour({ batch: 4 }));
    const exported = await exportTo('four-out.onnx', backbone, await alignmentFor(backbone));
    assert.deepEqual(exported.input.shape, [4, 'H', 'W', 3]);
    assert.deepEqual((await answer(files.path('four-out.onnx'), colours.dog, 4)).label, [1, 1, 1, 1]);
    const two = writeBackbone(files, 'two', meanColour({ batch: 2 }));
    const both = await alignmentFor(backbone, {
      version: 2,
      members: [
        {
          backbone: {
            name: 'two',
            path: two,
            sha256: await shaOf(engine.rpc, two),
            labelSpace: 'colours',
            sourceCount: 3,
          },
          aggregation: { kind: 'log-mean-exp', alpha: 1 },
          targets: labels.map((label, index) => ({ label, sources: [source(index, 1, 1, label)] })),
        },
      ],
    });
    await assert.rejects(
      exportTo('both.onnx', backbone, both),
      isReason('unsupported-model', /four takes 4 images/),
    );
  });

  it('that says it takes any number of images but means one takes one', async () => {
    const nodes = [
      node('GlobalAveragePool', ['image'], ['pooled']),
      node('Reshape', ['pooled', 'shape'], ['scores']),
    ];
    const shape = {
      name: 'shape',
      dataType: 7,
      dims: BigInt64Array.of(2n),
      int64Data: BigInt64Array.of(1n, 3n),
    };
    const backbone = writeBackbone(files, 'one', model({ nodes, initializers: [shape] }));
    const exported = await exportTo('one-out.onnx', backbone, await alignmentFor(backbone));
    assert.deepEqual(exported.input.shape, [1, 'H', 'W', 3]);
  });

  it('that answers otherwise is not kept, and leaves what was there', async () => {
    // What a random operator says is another thing each time, here only of reds as the pictures of the comparison have
    // them: a backbone that is random for every picture is refused before.
    const nodes = [
      node('GlobalAveragePool', ['image'], ['pooled']),
      node('Flatten', ['pooled'], ['flat']),
      node('RandomUniformLike', ['flat'], ['noise'], [{ name: 'high', f: 30, type: 1 }]),
      node('Sub', ['flat', 'center'], ['off']),
      node('Abs', ['off'], ['far']),
      node('Less', ['far', 'near'], ['isNear']),
      node('Cast', ['isNear'], ['some'], [int('to', 1)]),
      node('Mul', ['some', 'red'], ['reds']),
      node('ReduceMax', ['reds'], ['is'], [ints('axes', [1])]),
      node('Mul', ['noise', 'is'], ['more']),
      node('Add', ['flat', 'more'], ['scores']),
    ];
    const initializers = [
      floats('center', [1], [0.575]),
      floats('near', [1], [0.02]),
      floats('red', [3], [1, 0, 0]),
    ];
    const backbone = writeBackbone(files, 'noise', model({ nodes, initializers }));
    files.write('kept.onnx', 'before');
    const alignment = await alignmentFor(backbone);
    await assert.rejects(
      exportTo('kept.onnx', backbone, alignment),
      isReason('unsupported-model', /not kept/),
    );
    assert.equal(readFileSync(files.path('kept.onnx'), 'utf8'), 'before');
    assert.deepEqual(readdirSync(files.path('cache', 'exports')), []);
  });

  it('is not kept where a backbone is replaced meanwhile: its hash would be that of another', async () => {
    const backbone = writeBackbone(files, 'changing');
    const before = readFileSync(backbone);
    const alignment = await alignmentFor(backbone);
    const call = engine.rpc.call(
      'exportClassifier',
      { backbone, alignment, options: { target: 'onnxruntime' }, file: files.path('c.onnx'), version: '' },
      {
        onProgress: ({ step }) => {
          if (step === 'comparing')
            writeFileSync(backbone, encodeModel({ ...decodeModel(before), producerName: 'other' }));
        },
      },
    );
    await assert.rejects(call, isReason('not-found', /changing\.onnx was replaced while it was in use/));
    assert.ok(!existsSync(files.path('c.onnx')));
  });

  it('ends when it is canceled, and refuses what makes no sense', async () => {
    const backbone = writeBackbone(files, 'net');
    const alignment = await alignmentFor(backbone);
    await assert.rejects(
      exportTo('x.onnx', backbone, alignment, { threshold: 7 }),
      isReason('invalid-argument'),
    );
    await assert.rejects(
      exportTo('x.onnx', backbone, alignment, { size: { height: 0, width: 5 } }),
      isReason('invalid-argument'),
    );
    const nothing = { ...alignment, targets: labels.map((label) => target(label)) };
    await assert.rejects(
      exportTo('x.onnx', backbone, nothing),
      isReason('unsupported-model', /nothing to export/),
    );
    const stop = new AbortController();
    const call = engine.rpc.call(
      'exportClassifier',
      { backbone, alignment, options: { target: 'other' }, file: files.path('x.onnx'), version: '' },
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    await assert.rejects(call, isReason('cancelled'));
    assert.ok(!existsSync(files.path('x.onnx')));
  });
});

function isReason(reason: string, message = /./) {
  return (error: unknown) =>
    error instanceof SemapError && error.reason === reason && message.test(error.message);
}
