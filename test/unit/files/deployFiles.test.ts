import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { SemapError } from '../../../src/core/errors.ts';
import { addToTriton, writeSnippets } from '../../../src/files/deployFiles.ts';
import { testFolder } from '../folders.ts';

const folder = testFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);

const classifier = {
  name: 'pets',
  labels: ['cat', 'dog'],
  input: 'images',
  probabilities: 'probabilities',
  label: 'label',
};

async function model(name: string, content = 'weights'): Promise<string> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  await writeFile(at(name), content);
  return at(name);
}

const exists = (error: unknown) => error instanceof SemapError && error.reason === 'already-exists';

describe('a Triton model repository', () => {
  it('gets a folder with configuration, labels and the model as version 1', async () => {
    const version = await addToTriton(at('first'), classifier, await model('pets.onnx'));
    assert.equal(version, at('first', 'pets', '1'));
    const names = (await readdir(at('first'), { recursive: true })).toSorted();
    const expected = ['pets', 'pets/1', 'pets/1/model.onnx', 'pets/config.pbtxt', 'pets/labels.txt'];
    assert.deepEqual(names, expected.map(path.normalize));
    assert.equal(String(await readFile(path.join(version, 'model.onnx'))), 'weights');
  });

  it('gets the next version for another file, and none for the same', async () => {
    await addToTriton(at('versions'), classifier, await model('pets.onnx'));
    await mkdir(at('versions', 'pets', '9'));
    const next = await addToTriton(at('versions'), classifier, await model('better.onnx', 'better'));
    assert.equal(next, at('versions', 'pets', '10'));
    assert.equal(await addToTriton(at('versions'), classifier, at('better.onnx')), next);
  });

  it('keeps a model of that name with other labels as it is', async () => {
    await addToTriton(at('others'), classifier, await model('pets.onnx'));
    const before = await readdir(at('others'), { recursive: true });
    const renamed = { ...classifier, labels: ['cat', 'wolf'] };
    await assert.rejects(addToTriton(at('others'), renamed, at('pets.onnx')), exists);
    assert.deepEqual(await readdir(at('others'), { recursive: true }), before);
  });

  it('has two versions where two are added at the same time, and nothing unfinished', async () => {
    const files = [await model('one.onnx', 'one'), await model('two.onnx', 'two')];
    await Promise.all(files.map((file) => addToTriton(at('race'), classifier, file)));
    assert.deepEqual((await readdir(at('race', 'pets'))).toSorted(), [
      '1',
      '2',
      'config.pbtxt',
      'labels.txt',
    ]);
  });

  it('has no version of a model that cannot be read', async () => {
    await assert.rejects(addToTriton(at('none'), classifier, at('missing.onnx')));
    assert.deepEqual((await readdir(at('none', 'pets'))).toSorted(), ['config.pbtxt', 'labels.txt']);
  });
});

describe('snippets', () => {
  it('lie in a folder of their own, and are written again where they are as they were', async () => {
    const files = await writeSnippets(at('snippets'), classifier, await model('models/pets.onnx'));
    assert.deepEqual(
      files.map((file) => path.basename(file)),
      ['labels.json', 'classify.py', 'classify.mjs', 'classify.html'],
    );
    assert.match(String(await readFile(at('snippets', 'classify.mjs'))), /"\.\.\/models\/pets\.onnx"/);
    assert.deepEqual(await writeSnippets(at('snippets'), classifier, at('models/pets.onnx')), files);
  });

  it('are not written over what a person changed', async () => {
    await writeSnippets(at('mine'), classifier, await model('pets.onnx'));
    await writeFile(at('mine', 'classify.py'), 'print("mine")');
    const renamed = { ...classifier, labels: ['cat', 'wolf'] };
    await assert.rejects(writeSnippets(at('mine'), renamed, at('pets.onnx')), (error: SemapError) => {
      assert.match(error.message, /labels\.json and classify\.py/);
      return exists(error);
    });
    assert.equal(String(await readFile(at('mine', 'classify.py'))), 'print("mine")');
    assert.deepEqual(JSON.parse(String(await readFile(at('mine', 'labels.json')))), classifier.labels);
  });
});
