import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { backboneRef } from '../../../src/cli/backboneArguments.ts';
import { scratch } from '../engine/engineHarness.ts';

describe('the backbone that -b means', () => {
  const files = scratch();
  const here = process.cwd();
  before(() => {
    files.write('photos/cat/1.jpg', 'a picture');
    files.write('model/model.onnx', 'a model');
    files.write('hub/onnx/model_fp16.onnx', 'a model');
    process.chdir(files.folder);
  });
  after(() => {
    process.chdir(here);
    files.dispose();
  });

  test('is an installed one where a folder of images is called like it', () => {
    assert.equal(backboneRef('photos'), 'photos');
    assert.equal(backboneRef('starter'), 'starter');
  });

  test('is a file or folder where that is a model, or written as a path', () => {
    const folder = process.cwd();
    assert.equal(backboneRef('model'), path.join(folder, 'model'));
    assert.equal(backboneRef('hub'), path.join(folder, 'hub'));
    assert.equal(backboneRef('photos/'), path.join(folder, 'photos'));
    assert.equal(backboneRef('missing.onnx'), path.join(folder, 'missing.onnx'));
  });
});
