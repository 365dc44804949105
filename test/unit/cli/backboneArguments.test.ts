import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { alignmentOption } from '../../../src/cli/alignmentArguments.ts';
import { answeringOptions } from '../../../src/cli/askedAlignment.ts';
import { backboneRef } from '../../../src/cli/backboneArguments.ts';
import { parityOptions } from '../../../src/cli/backboneParity.ts';
import { trialOptions } from '../../../src/cli/backboneTrial.ts';
import { cautionOptions } from '../../../src/cli/cautionArguments.ts';
import { installOptions } from '../../../src/cli/installCommand.ts';
import { folderOptions } from '../../../src/cli/layoutArguments.ts';
import {
  backboneOption,
  backbonesOption,
  commonOptions,
  encoderFolderOption,
  labelOptions,
  methodOptions,
  sidecarOptions,
} from '../../../src/cli/options.ts';
import { settleOptions, truthsOption } from '../../../src/cli/settleArguments.ts';
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

test('no option of a backbone has the name of one that stands beside it', () => {
  const others = [
    commonOptions,
    folderOptions,
    labelOptions,
    methodOptions,
    encoderFolderOption,
    backboneOption,
    backbonesOption,
    alignmentOption,
    settleOptions,
    truthsOption,
    cautionOptions,
    answeringOptions,
    trialOptions,
    parityOptions,
    installOptions,
  ];
  const names = new Set(others.flatMap((table) => Object.keys(table)));
  assert.deepEqual(
    Object.keys(sidecarOptions).filter((name) => names.has(name)),
    [],
  );
});
