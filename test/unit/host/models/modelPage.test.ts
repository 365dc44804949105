import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase, verbatim } from '../../../../src/core/text/text.ts';
import type { ModelPageHost } from '../../../../src/host/models/modelPage.ts';
import type { ModelFileOutline, ModelReport } from '../../../../src/protocol/backbones.ts';
import type { ModelState } from '../../../../src/protocol/modelView.ts';
import { context, last, settle, watch } from '../pageCalls.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { stage } from '../withFakeVscode.ts';

const { ModelPage } = await import('../../../../src/host/models/modelPage.ts');
const { ModelView } = await import('../../../../src/host/models/modelView.ts');
const { Uri } = await import('vscode');

const outline = {
  bytes: 10,
  nodes: 1,
  operators: [],
  problems: [],
  weightFiles: [],
} as unknown as ModelFileOutline;
const report = { outline, sha256: 'ab', origins: [] } as unknown as ModelReport;
type Answers = Parameters<typeof fakeEngine>[0];

function opened(answers: Answers, more: Partial<ModelPageHost> = {}) {
  const calls: unknown[][] = [];
  const asked: string[] = [];
  const counted = Object.fromEntries(
    Object.entries(answers).map(([method, answer]) => [
      method,
      (...args: Parameters<typeof answer>) => {
        asked.push(method);
        return answer(...args);
      },
    ]),
  );
  const page = new ModelPage('/models/net.onnx', {
    engine: fakeEngine(counted),
    mayOpen: () => {},
    isAdded: () => false,
    test: async (path) => calls.push(['test', path]),
    copyPath: (path) => calls.push(['copy', path]),
    execute: (...call) => calls.push(call),
    ...more,
  });
  return { page, calls, asked, states: watch<ModelState>(page) };
}

describe('The host of a model file', () => {
  it('shows what the file says before it is recognized, and runs nothing', async () => {
    let answer = (_: ModelReport) => {};
    const { page, states, asked } = opened({
      reportModel: (_, options) => {
        options?.onProgress?.(outline as never);
        return new Promise<ModelReport>((resolve) => {
          answer = resolve;
        });
      },
    });
    assert.equal(states.at(-1)?.kind, 'reading');
    const reading = page.read();
    assert.deepEqual([last(states, 'model').outline, last(states, 'model').report], [outline, undefined]);
    answer(report);
    await reading;
    const { report: shown, check, isAdded } = last(states, 'model');
    assert.deepEqual([shown, check, isAdded], [report, { kind: 'none' }, false]);
    assert.deepEqual(asked, ['reportModel']);
  });

  it('says what is no model, and reads it again for the button', async () => {
    let isPointer = true;
    const { page, states, calls } = opened({
      reportModel: () => {
        if (isPointer)
          throw new SemapError('lfs-pointer', phrase('It is a pointer.'), { hint: verbatim('Pull.') });
        return report;
      },
    });
    await page.read();
    const { problem } = last(states, 'failed');
    // Another backbone is not what a person wants who opens a file.
    assert.deepEqual(problem, { message: 'It is a pointer. Pull.', actions: [{ title: 'Try Again' }] });
    isPointer = false;
    await page.handlers.act({ action: 0 }, context());
    await settle();
    assert.deepEqual([last(states, 'model').name, calls], ['net.onnx', []]);
  });

  it('loads and runs the model when it is asked to, once', async () => {
    const details = { promptable: true, devices: [] };
    const { page, states, asked } = opened({
      reportModel: () => report,
      inspectBackbone: () => ({}),
      checkBackbone: () => ({ milliseconds: 12 }),
      backboneDetails: () => details,
    });
    await page.read();
    const checking = page.handlers.check(null, context());
    assert.equal(last(states, 'model').check.kind, 'working');
    await page.handlers.check(null, context());
    await checking;
    const { check } = last(states, 'model');
    assert.deepEqual(check, { kind: 'done', milliseconds: 12, problem: undefined, details });
    assert.deepEqual(asked, [
      'reportModel',
      'inspectBackbone',
      'checkBackbone',
      'backboneDetails',
      'reportModel',
    ]);
  });

  it('finds out about prompts also where a description is missing, and offers to describe it', async () => {
    const { page, states, calls } = opened({
      reportModel: () => report,
      inspectBackbone: () => ({}),
      checkBackbone: () => {
        throw new SemapError('needs-description', phrase('No labels.'));
      },
      backboneDetails: () => ({ promptable: false }),
    });
    await page.read();
    await page.handlers.check(null, context());
    const { check } = last(states, 'model');
    assert.ok(check.kind === 'done');
    assert.deepEqual([check.details?.promptable, check.problem?.message], [false, 'No labels.']);
    await page.handlers.act({ action: 0 }, context());
    assert.deepEqual(calls, [['semap.describeBackbone', '/models/net.onnx']]);
    // Described now, perhaps: what was wrong is asked again, not told.
    await page.handlers.describe(null, context());
    assert.equal(last(states, 'model').check.kind, 'none');
  });

  it('forgets a check that was canceled, and one of a file that changed meanwhile', async () => {
    let end = (_: unknown) => {};
    const { page, states } = opened({
      reportModel: () => report,
      inspectBackbone: (_, options) =>
        new Promise((resolve, reject) => {
          end = resolve;
          options?.signal?.addEventListener('abort', () =>
            reject(new SemapError('cancelled', phrase('Canceled.'))),
          );
        }),
      checkBackbone: () => ({ milliseconds: 1 }),
      backboneDetails: () => ({}),
    });
    await page.read();
    const canceled = page.handlers.check(null, context());
    await page.handlers.cancel(null, context());
    await canceled;
    assert.equal(last(states, 'model').check.kind, 'none');
    const outlived = page.handlers.check(null, context());
    await page.read();
    end({});
    await outlived;
    assert.equal(last(states, 'model').check.kind, 'none');
  });

  it('adds it, tests it and copies its path by what does that elsewhere', async () => {
    const { page, calls } = opened({ reportModel: () => report });
    await page.handlers.add(null, context());
    await page.handlers.test(null, context());
    await page.handlers.copyPath(null, context());
    const [add, ...others] = calls;
    assert.deepEqual(
      [add![0], String((add![1] as { fsPath: string }).fsPath)],
      ['semap.addBackbone', '/models/net.onnx'],
    );
    assert.deepEqual(others, [
      ['test', '/models/net.onnx'],
      ['copy', '/models/net.onnx'],
    ]);
  });
});

describe('The viewer of a model file', () => {
  const asked: string[] = [];
  const view = new ModelView(Uri.file('/extension'), {
    engine: fakeEngine({
      reportModel: () => {
        asked.push('reportModel');
        return report;
      },
    }),
    library: { isAdded: () => true, onDidChange: () => ({ dispose() {} }) },
  });
  const shown = async (uri: ReturnType<typeof Uri.file>) => {
    asked.length = 0;
    const page = view.pageOf(uri);
    const states = watch<ModelState>(page);
    await page.read();
    return states;
  };

  it('opens no model of a workspace before that is trusted', async (t) => {
    const before = [stage.trusted, stage.folders] as const;
    t.after(() => Object.assign(stage, { trusted: before[0], folders: before[1] }));
    stage.trusted = false;
    stage.folders = ['/work'];
    const { problem } = last(await shown(Uri.file('/work/net.onnx')), 'failed');
    assert.match(problem.message, /not trusted\. Trust the workspace to open its models\./);
    assert.deepEqual(problem.actions, [{ title: 'Manage Workspace Trust' }]);
    assert.deepEqual(asked, []);
    // What lies elsewhere is the person's.
    assert.equal(last(await shown(Uri.file('/home/net.onnx')), 'model').isAdded, true);
  });

  it('opens nothing that is on no disk', async () => {
    const { problem } = last(await shown(Uri.parse('vscode-vfs://github/net.onnx')), 'failed');
    assert.match(problem.message, /^net\.onnx is not a file on this computer\./);
    assert.deepEqual(asked, []);
  });
});
