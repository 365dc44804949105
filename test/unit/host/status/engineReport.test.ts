import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cancelled } from '../../../../src/core/errors.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { restoresFake, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { EngineReport } = await import('../../../../src/host/status/engineReport.ts');

describe('The check of the engine', () => {
  restoresFake();

  it('says nothing of an engine whose check was canceled', async () => {
    const token = { isCancellationRequested: true, onCancellationRequested() {} };
    Object.assign(vscode.window, {
      withProgress: (_: unknown, task: (progress: unknown, token: unknown) => unknown) =>
        task({ report() {} }, token),
    });
    const engine = fakeEngine({
      checkBackbone: (_, options) => {
        if (options?.signal?.aborted) throw cancelled();
        throw new Error('It should have been canceled.');
      },
    });
    const active = { name: 'starter', path: '/models/starter.onnx' };
    const report = new EngineReport({
      log: { show() {} },
      engine,
      supervisor: { state: { kind: 'stopped' } },
      library: { refresh() {}, list: async () => [active], active: async () => active },
      version: '1.0.0',
      folders: { models: '/models', cache: '/cache' },
    } as never);
    stage.shown = [];
    await assert.rejects(report.show(), { reason: 'cancelled' });
    assert.deepEqual(stage.shown, []);
    // What went wrong otherwise is what was asked for.
    token.isCancellationRequested = false;
    await report.show();
    const [shown] = stage.shown as unknown as { getText(): string }[];
    assert.match(shown?.getText() ?? '', /The engine does not work: It should have been canceled/);
    report.dispose();
  });
});
