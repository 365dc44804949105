import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SemapError } from '../../../src/core/errors.ts';
import { phrase } from '../../../src/core/text/text.ts';
import { column } from '../column.ts';
import { stage } from './withFakeVscode.ts';

const vscode = await import('vscode');
const { describeError, showError } = await import('../../../src/host/errors.ts');

describe('An error that a person meets', () => {
  beforeEach(() => {
    stage.messages = [];
    stage.executed = [];
    stage.answer = undefined;
  });

  it('says what failed and what next, with the button that helps', () => {
    const error = new SemapError('lfs-pointer', phrase('resnet.onnx is a Git LFS pointer.'), {
      hint: phrase('Run git lfs pull.'),
    });
    const { message, actions } = describeError(error);
    assert.equal(message, 'resnet.onnx is a Git LFS pointer. Run git lfs pull.');
    assert.deepEqual(column(actions, 'command'), ['semap.setActiveBackbone']);
  });

  it('offers to resume a run that the engine left, and tells what is kept', () => {
    const error = new SemapError('engine-stopped', phrase('The engine was stopped by SIGKILL.'), {
      hint: phrase('Run it again.'),
    });
    const { message, actions } = describeError(error, { resumable: true, kept: 12 });
    assert.equal(message, 'The engine was stopped by SIGKILL. 12 classified images are kept.');
    assert.match(describeError(error, { kept: 1 }).message, / 1 classified image is kept\.$/);
    assert.deepEqual(column(actions, 'title'), ['Resume', 'Show Log']);
    assert.deepEqual(column(describeError(error).actions, 'title'), ['Restart Engine', 'Show Log']);
  });

  it('leads to the backbones of an alignment where one of several is missing', () => {
    const members = vscode.Uri.file('/ws/both.semap.json');
    const missing = new SemapError('not-found', phrase('{0} is not there.', 'birds'));
    const { actions } = describeError(missing, { members });
    assert.deepEqual(column(actions, 'command'), ['semap.changeBackbones', 'semap.addBackbone']);
    assert.deepEqual(actions[0].arguments, [{ semapDocument: members.toString() }]);
  });

  it('does not speak of what is kept when there is nothing', () => {
    const error = new SemapError('no-images', phrase('There are no images in /photos.'), {
      hint: phrase('Choose another.'),
    });
    assert.equal(
      describeError(error, { kept: 0 }).message,
      'There are no images in /photos. Choose another.',
    );
  });

  it('leads to aligning again where an open alignment does not fit its backbone', () => {
    const misfit = new SemapError('labels-mismatch', phrase('{0} has other labels now.', 'net'));
    const first = (context: object) => describeError(misfit, context).actions[0].command;
    assert.equal(first({ document: vscode.Uri.file('/work/a.semap.json') }), 'semap.alignLabels');
    assert.equal(first({ backbone: 'net' }), 'semap.describeBackbone');
  });

  it('passes the backbone to the command that describes it', async () => {
    stage.answer = 'Describe Backbone...';
    await showError(new SemapError('needs-description', phrase('No labels.')), {
      backbone: '/models/a.onnx',
    });
    assert.deepEqual(stage.executed, [['semap.describeBackbone', '/models/a.onnx']]);
  });

  it('is shown once, however many calls it ended', async () => {
    const error = new SemapError('engine-stopped', phrase('The engine was stopped by SIGKILL.'));
    await Promise.all([showError(error), showError(error)]);
    assert.equal(stage.messages.length, 1);
  });

  it('is no message when the person cancelled', async () => {
    await showError(new SemapError('cancelled', phrase('Cancelled.')));
    await showError(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    assert.deepEqual(stage.messages, []);
  });

  it('points to the log when nobody expected it', () => {
    assert.deepEqual(column(describeError(new TypeError('x is undefined')).actions, 'title'), ['Show Log']);
  });
});
