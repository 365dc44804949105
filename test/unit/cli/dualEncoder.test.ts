import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import { TOKENIZER } from '../../../src/core/backbones/backboneFiles.ts';
import { findVariants } from '../../../src/core/encoders/variants.ts';
import { filesOfModel } from '../../../src/engine/backbones/modelFiles.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { dualTowers } from '../engine/encoders/dualTowers.ts';
import { writeEncoder } from '../engine/encoders/tinyEncoders.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runWith } from './runCommand.ts';

const lonePreprocessing = { rescale_factor: 1 / 255, image_mean: [0], image_std: [1], size: 8 };

describe('A dual encoder as a backbone', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['--backbone-folder', files.path('models')],
    ...['--cache-folder', files.path('cache'), '--threads', '1', '--device', 'cpu'],
  ]);
  const photos = files.path('photos');
  const document = (name: string): AlignmentDocument => JSON.parse(readFileSync(files.path(name), 'utf8'));

  before(async () => {
    await writeEncoder(files.path('models/towers'), dualTowers());
    await writeEncoder(files.path('models/whole'), dualTowers({ whole: true }));
    writeBackbone(files, 'models/linear', linearColour());
    writeColourImages(files, 'photos', 8);
    return () => files.dispose();
  });

  test('is described from its folder, and has no labels of its own', async () => {
    const { code, out, err } = await run`backbones check towers`;
    assert.equal(code, 0, err);
    assert.match(out, /output +embedding of 3 numbers/);
    assert.match(out, /logits +100 x cosine \(as models of this family have it\)/);
    assert.match(out, /labels +any/);
    const { out: list } = await run`backbones list`;
    assert.match(list, /towers +any/);
  });

  test('may be both encoders in one file, which then tells the scale of its logits', async () => {
    const { code, out, err } = await run`backbones check whole`;
    assert.equal(code, 0, err);
    assert.match(out, /logits +40 x cosine - 3 \(from the model\)/);
    const at = files.path('whole.semap.json');
    await run`align --labels cat,dog,bird -b whole -o ${at}`;
    const classified = await run`classify ${photos} -a ${at} --json`;
    assert.equal(classified.code, 0, classified.err);
    assert.equal(JSON.parse(classified.out).plainAccuracy, 1);
  });

  test('may be an image encoder alone whose description, or an option, names the text encoder', async () => {
    // With the name of a producer: what is said of it is remembered by its content.
    const tower = Buffer.concat([dualTowers()['onnx/vision_model.onnx'], Buffer.from([0x12, 1, 0x78])]);
    const described = (name: string, more: object) => {
      files.write(
        `lone/${name}.backbone.json`,
        JSON.stringify({ preprocessing: lonePreprocessing, ...more }),
      );
      return files.write(`lone/${name}.onnx`, tower);
    };
    const said = described('said', { text: { encoder: '../models/towers', templates: ['{}'], scale: 7 } });
    const first = await run`backbones describe ${said}`;
    assert.match(first.out, /templates +\{\}\nlogits +7 x cosine \(from the description\)/, first.err);
    const asked = described('asked', {});
    const second =
      await run`backbones describe ${asked} --text-encoder ${files.path('models/towers')} --json`;
    assert.equal(second.code, 0, second.err);
    assert.equal(JSON.parse(second.out).text.name, 'towers');
    const third = await run`backbones describe ${asked} --text-encoder none-such`;
    assert.equal(third.code, 1);
    assert.match(third.err, /Text encoder "none-such" not found/);
    // Its folder does not come along: it is remembered where it is.
    const added = await run`backbones add ${said}`;
    assert.equal(added.code, 0, added.err);
    const fourth = await run`backbones describe said`;
    assert.match(fourth.out, /text encoder +towers .*\nlogits +7 x cosine/s, fourth.err);
  });

  test('may be described without its text encoder, which lies beside it', async () => {
    await writeEncoder(files.path('own'), dualTowers());
    const text = { templates: ['art of {}'], bias: 1 };
    files.write('own/onnx/vision_model.backbone.json', JSON.stringify({ text }));
    const { out, err } = await run`backbones describe ${files.path('own')}`;
    assert.match(out, /templates +art of \{\}\nlogits +100 x cosine \+ 1 \(/, err);
    const { ['onnx/vision_model.onnx']: tower } = dualTowers();
    files.write('lone/none.backbone.json', JSON.stringify({ preprocessing: lonePreprocessing, text }));
    const none = await run`backbones describe ${files.write('lone/none.onnx', tower)}`;
    assert.match(none.err, /names no text encoder/);
    rmSync(files.path('own/tokenizer.json'));
    const lacking = await run`backbones check ${files.path('own')}`;
    assert.match(lacking.err, /Missing: tokenizer.json/);
  });

  test('brings its text encoder along when its file alone is copied', async () => {
    const file = files.path('models/towers/onnx/vision_model.onnx');
    const copied = (await filesOfModel(file, [file])).map((one) => one.path);
    for (const name of ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json', 'config.json'])
      assert.ok(copied.includes(name), name);
    // As they lie then.
    const [found] = findVariants(
      ['text_model.onnx', 'config.json', ...TOKENIZER].map((path) => ({ path, size: 1 })),
      'copy',
    );
    assert.equal(found.modelPath, 'text_model.onnx');
  });

  test('sees everyday things where nobody says what to ask', async () => {
    const image = files.path('photos/dog/0.ppm');
    const { code, out, err } =
      await run`backbones add ${files.path('models/towers')} --json --image ${image}`;
    assert.equal(code, 0, err);
    const { trial } = JSON.parse(out);
    assert.equal(trial.best[0].label, 'dog');
    const again = await run`backbones add ${files.path('models/towers/onnx/vision_model.onnx')}`;
    assert.match(again.err, /is already in/, 'of one model, the folder and the file are the same');
  });

  test('answers the labels of an alignment, each by its own text', async () => {
    const at = files.path('a.semap.json');
    const aligned = await run`align --labels cat,dog,bird -b towers -o ${at}`;
    assert.equal(aligned.code, 0, aligned.err);
    const { backbone, targets } = document('a.semap.json');
    assert.deepEqual(backbone.texts?.labels, ['cat', 'dog', 'bird']);
    assert.deepEqual(
      targets.map(({ sources }) => sources.map(({ label, weight }) => [label, weight])),
      [[['cat', 1]], [['dog', 1]], [['bird', 1]]],
    );
    const { code, out, err } = await run`classify ${photos} -a ${at} --json`;
    assert.equal(code, 0, err);
    const { images, plainAccuracy, settled } = JSON.parse(out);
    assert.deepEqual([images, plainAccuracy, settled.comparedBy], [24, 1, 'features']);
  });

  test('answers other labels without another run of the model', async () => {
    const rows = () => bytesBelow(files.path('cache/outputs'));
    const before = rows();
    assert.ok(before > 0);
    const at = files.path('b.semap.json');
    await run`align --labels kitten,bird -b towers -o ${at}`;
    const { code, out, err } = await run`classify ${photos} -a ${at} --json`;
    assert.equal(code, 0, err);
    const { predictions } = JSON.parse(out);
    const cats = predictions.filter(({ path }: { path: string }) => path.includes('cat'));
    assert.ok(cats.length === 8 && cats.every(({ label }: { label: string }) => label === 'kitten'));
    assert.equal(rows(), before);
  });

  test('learns, ranks and answers beside a net of other labels', async () => {
    const at = files.path('both.semap.json');
    const aligned = await run`align ${photos} -b towers -b linear --weigh -o ${at}`;
    assert.equal(aligned.code, 0, aligned.err);
    const { backbone, members = [] } = document('both.semap.json');
    assert.deepEqual([backbone.texts?.labels.length, members.length], [3, 1]);
    const { code, out, err } = await run`classify ${photos} -a ${at} --json`;
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).plainAccuracy, 1);
    const job = ['--images-per-shard', '24', '--out', files.path('job')];
    const planned = await run`plan ${photos} -a ${at} ${job}`;
    assert.equal(planned.code, 0, planned.err);
    const ran = await run`run-shard ${files.path('job')} 0`;
    assert.equal(ran.code, 0, ran.err);
    const merged = await run`merge ${files.path('job')} --json`;
    assert.equal(merged.code, 0, merged.err);
    assert.equal(JSON.parse(merged.out).plainAccuracy, 1);
  });

  test('learns and ranks as others do', async () => {
    const learned =
      await run`learn ${photos} -a ${files.path('a.semap.json')} -o ${files.path('l.semap.json')}`;
    assert.equal(learned.code, 0, learned.err);
    const ranked = await run`rank ${photos} -b towers -b linear --json`;
    assert.equal(ranked.code, 0, ranked.err);
    const { rows } = JSON.parse(ranked.out);
    const towers = rows.find(({ name }: { name: string }) => name === 'towers');
    assert.deepEqual([towers.facts.sourceCount, towers.scores.accuracy], [3, 1]);
  });

  test('is exported with the vectors of its labels', async () => {
    const [at, out] = [files.path('a.semap.json'), files.path('a.onnx')];
    const exported = await run`export ${at} --onnx ${out}`;
    assert.equal(exported.code, 0, exported.err);
    assert.match(exported.out, /the same labels as SeMap/);
  });

  test('trains a prompt', async () => {
    const options = ['--epochs', '1', '--batch', '4', '--prompt', 'low-rank', '--rank', '1', '--json'];
    const ran =
      await run`train ${photos} -b towers -a ${files.path('a.semap.json')} --run ${files.path('run')} ${options}`;
    assert.equal(ran.code, 0, ran.err);
    assert.equal(JSON.parse(ran.out).best.valAccuracy, 1);
  });
});

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}
