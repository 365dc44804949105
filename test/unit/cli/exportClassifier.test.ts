import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { linearColour } from '../engine/classifierModel.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runCommand, runWith } from './runCommand.ts';

describe('semap export --onnx', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['-b', 'linear', '--backbone-folder', files.path('models')],
    ...['--cache-folder', files.path('cache'), '--threads', '1', '--device', 'cpu'],
  ]);

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeColourImages(files, 'photos', 3);
    const { code, err } = await run`align ${files.path('photos')} -o ${files.path('pets.semap.json')}`;
    assert.equal(code, 0, err);
    return () => files.dispose();
  });

  test('writes the file, with snippets and as a model of Triton', async () => {
    const [alignment, file] = [files.path('pets.semap.json'), files.path('pets.onnx')];
    const beside = ['--snippets', files.path('snippets'), '--triton', files.path('models-of-triton')];
    const told = await run`export ${alignment} --onnx ${file} ${beside}`;
    assert.equal(told.code, 0, told.err);
    assert.match(told.out, /^It gives \d+ test images the same labels as SeMap; /m);
    assert.match(told.out, /^Snippets: .*snippets$/m);
    assert.match(told.out, /^Triton: .*1$/m);
    const model = files.path('models-of-triton', 'pets', '1', 'model.onnx');
    assert.deepEqual(readFileSync(model), readFileSync(file));
    const labels = JSON.parse(readFileSync(files.path('snippets', 'labels.json'), 'utf8'));

    const again = await run`export ${alignment} --onnx ${file} ${beside} --json`;
    assert.equal(again.code, 0, again.err);
    const result = JSON.parse(again.out);
    assert.deepEqual(result.labels, labels);
    // The same file is no further version.
    assert.equal(result.triton, files.path('models-of-triton', 'pets', '1'));
    assert.equal(result.snippets, files.path('snippets'));
  });

  test('keeps the file, and what a person changed beside it', async () => {
    const [alignment, file] = [files.path('pets.semap.json'), files.path('kept.onnx')];
    files.write('mine/classify.py', 'print("mine")');
    const { code, err } = await run`export ${alignment} --onnx ${file} --snippets ${files.path('mine')}`;
    assert.equal(code, 1);
    assert.match(err, /already has other files of these names: classify\.py/);
    assert.equal(readFileSync(files.path('mine', 'classify.py'), 'utf8'), 'print("mine")');
    assert.ok(existsSync(file));
  });

  test('never takes the place of a backbone of the alignment', async () => {
    const backbone = files.path('models', 'linear.onnx');
    const before = readFileSync(backbone);
    const { code, err } = await run`export ${files.path('pets.semap.json')} --onnx ${backbone}`;
    assert.equal(code, 1);
    assert.match(err, /is a backbone of this alignment and would be overwritten/);
    assert.deepEqual(readFileSync(backbone), before);
  });

  test('has nothing beside what is no classifier', async () => {
    const { code, err } = await runCommand(['export', 'result.json', '--as', 'csv', '--triton', 'models']);
    assert.equal(code, 2);
    assert.match(err, /--triton needs --onnx\./);
  });

  test('takes no option of results', async () => {
    for (const option of ['--at-least=0.5', '--mode=move', '--splits=80/20', '--alignment=b.semap.json']) {
      const { code, err } = await runCommand(['export', 'a.semap.json', '--onnx', 'a.onnx', option]);
      assert.equal(code, 2);
      assert.match(err, new RegExp(`${option.replace(/=.*/, '')} cannot be used with --onnx\\.`));
    }
  });
});
