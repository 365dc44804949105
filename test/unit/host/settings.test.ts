import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { stage } from './withFakeVscode.ts';

const vscode = await import('vscode');
const { Settings } = await import('../../../src/host/settings.ts');
const settings = new Settings();

describe('settings for new alignments', () => {
  afterEach(() => {
    stage.configuration = {};
  });

  it('leave everything to the method when nothing is set', () => {
    assert.equal(settings.aggregation, undefined);
    assert.equal(settings.promptTemplates, undefined);
  });

  it('name an aggregation, and alpha where it has one', () => {
    stage.configuration['aggregation'] = 'max';
    stage.configuration['aggregationAlpha'] = 0.5;
    assert.deepEqual(settings.aggregation, { kind: 'max' });
    stage.configuration['aggregation'] = 'log-mean-exp';
    assert.deepEqual(settings.aggregation, { kind: 'log-mean-exp', alpha: 0.5 });
    stage.configuration['aggregationAlpha'] = 7;
    assert.deepEqual(settings.aggregation, { kind: 'log-mean-exp', alpha: 2 });
    stage.configuration['aggregation'] = 'median';
    stage.configuration['aggregationAlpha'] = 1;
    assert.equal(settings.aggregation, undefined);
  });

  it('take templates with a place for the label, and no others', () => {
    stage.configuration['promptTemplates'] = ['a drawing of a {}.', 'no place'];
    assert.deepEqual(settings.promptTemplates, ['a drawing of a {}.']);
    stage.configuration['promptTemplates'] = ['no place'];
    assert.equal(settings.promptTemplates, undefined);
  });
});

describe('settings that are texts and lists', () => {
  afterEach(() => {
    stage.configuration = {};
  });

  it('are as if they were not set where a workspace has something else', () => {
    for (const wrong of [5, null, {}, true, [5, null, {}], { length: 1 }]) {
      for (const name of ['modelFolder', 'backbones', 'defaultBackbone', 'defaultMethod', 'promptTemplates'])
        stage.configuration[name] = wrong;
      const { modelFolder, backbones, defaultBackbone, defaultMethod, promptTemplates } = settings;
      assert.deepEqual(
        [modelFolder, backbones, defaultBackbone, defaultMethod, promptTemplates],
        [undefined, [], '', 'semap', undefined],
      );
    }
    stage.configuration['defaultMethod'] = 'toString';
    assert.equal(settings.defaultMethod, 'semap');
    stage.configuration['backbones'] = ['/a/net.onnx', 5];
    assert.deepEqual(settings.backbones, ['/a/net.onnx']);
  });
});

describe('settings that are numbers', () => {
  afterEach(() => {
    stage.configuration = {};
  });

  it('are what they should be where something else was written, and stay in their range', () => {
    for (const wrong of ['abc', '1', null, {}, [], true, Number.NaN]) {
      for (const name of ['threads', 'cacheSize', 'aggregationAlpha', 'engine.idleMinutes'])
        stage.configuration[name] = wrong;
      const { threads, cacheBytes, aggregation, engineIdleMs } = settings;
      assert.deepEqual([threads, cacheBytes, aggregation, engineIdleMs], [0, 5e9, undefined, 600_000]);
    }
    stage.configuration['cacheSize'] = Number.POSITIVE_INFINITY;
    assert.equal(settings.cacheBytes, 1e13);
    stage.configuration['cacheSize'] = -1;
    assert.equal(settings.cacheBytes, 0);
    stage.configuration['aggregationAlpha'] = -1e308;
    assert.deepEqual(settings.aggregation, { kind: 'log-mean-exp', alpha: 0 });
  });
});

describe('the list of backbones', () => {
  afterEach(() => {
    stage.configuration = {};
    stage.workspaceConfiguration = {};
  });

  it('is the person’s, and is changed there', async () => {
    stage.configuration['backbones'] = ['/models/a.onnx'];
    await settings.addBackbone('/models/b.onnx');
    await settings.addBackbone('/models/b.onnx');
    assert.deepEqual(stage.configuration['backbones'], ['/models/a.onnx', '/models/b.onnx']);
    await settings.removeBackbone('/models/a.onnx');
    assert.deepEqual(settings.backbones, ['/models/b.onnx']);
  });

  it('is the person’s where the workspace is not trusted', async () => {
    stage.trusted = false;
    stage.folders = ['/w'];
    stage.configuration['backbones'] = ['/models/a.onnx'];
    stage.workspaceConfiguration['backbones'] = ['/w/c.onnx'];
    const targets: unknown[] = [];
    const { workspace } = vscode;
    const { getConfiguration } = workspace;
    workspace.getConfiguration = (() => {
      const configuration = getConfiguration();
      const update = (name: string, _: unknown, target: unknown) => targets.push([name, target]);
      return { ...configuration, update };
    }) as never;
    await settings.addBackbone('/models/b.onnx');
    Object.assign(workspace, { getConfiguration });
    assert.deepEqual(targets, [['backbones', vscode.ConfigurationTarget.Global]]);
    stage.trusted = true;
    stage.folders = [];
  });

  it('is the workspace’s where it has one, and its paths stay as they are written', async () => {
    stage.configuration['backbones'] = ['/models/a.onnx'];
    stage.workspaceConfiguration['backbones'] = ['~/net.onnx', '/models/c.onnx'];
    await settings.addBackbone('/models/b.onnx');
    await settings.removeBackbone('/models/c.onnx');
    assert.deepEqual(stage.workspaceConfiguration['backbones'], ['~/net.onnx', '/models/b.onnx']);
    assert.deepEqual(stage.configuration['backbones'], ['/models/a.onnx']);
    await settings.removeBackbone(settings.backbones[0]);
    assert.deepEqual(settings.backbones, ['/models/b.onnx']);
  });
});

describe('a change of settings', () => {
  afterEach(() => {
    stage.configuration = {};
  });

  it('is told where a value is another, whatever the event names', (context) => {
    let fire: (event: { affectsConfiguration(key: string): boolean }) => void = () => {};
    context.mock.method(vscode.workspace, 'onDidChangeConfiguration', ((listener: typeof fire) => {
      fire = listener;
      return { dispose() {} };
    }) as never);
    let told = 0;
    stage.configuration['modelFolder'] = '/models';
    settings.onDidChange(['modelFolder'], () => told++);
    fire({ affectsConfiguration: () => false });
    assert.equal(told, 0);
    delete stage.configuration['modelFolder'];
    fire({ affectsConfiguration: () => false });
    assert.equal(told, 1);
    fire({ affectsConfiguration: (key) => key === 'semap.modelFolder' });
    assert.equal(told, 2);
  });
});
