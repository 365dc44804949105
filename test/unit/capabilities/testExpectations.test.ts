import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RootedPlaces } from '../../../src/capabilities/places.ts';
import type { AgentSession } from '../../../src/capabilities/session.ts';
import { testExpectationsTool } from '../../../src/capabilities/tools/testExpectationsTool.ts';
import type { DocumentExpectation } from '../../../src/core/expectations/statedExpectations.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, type RunningEngine, scratch, startEngine } from '../engine/engineHarness.ts';

interface Told {
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly notListed?: number;
  readonly expectations: readonly {
    readonly status: string;
    readonly said: string;
    readonly line: number;
    readonly broke?: readonly string[];
    readonly brokeCount?: number;
  }[];
}

describe('test_expectations', { skip: noModels }, () => {
  const files = scratch();
  let engine: RunningEngine;

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeColourImages(files, 'work/photos', 4);
    for (let i = 0; i < 12; i++) files.write(`work/photos/dog/red${i}.ppm`, ppm(colours.cat, 100 + i));
    writeColourImages(files, 'outside', 2);
    engine = await startEngine(files.folder, { backboneFolders: [files.path('models')] });
  });
  after(async () => {
    await engine.stop();
    files.dispose();
  });

  const test = async (
    expectations: readonly DocumentExpectation[],
    signal = new AbortController().signal,
  ) => {
    const aligned = await engine.rpc.call('align', {
      targets: Object.keys(colours).map((name) => ({ name })),
      backbone: 'linear',
      method: 'semap',
    });
    const document = { ...aligned, folders: ['photos'], expectations };
    files.write('work/pets.semap.json', JSON.stringify(document, null, 2));
    const session: AgentSession = {
      engine: engine.rpc,
      signal,
      places: new RootedPlaces([files.path('work')]),
      note: () => {},
      report: () => {},
      ways: {
        labels: { key: '', values: [] },
        layout: { key: '', values: [] },
        balanced: { key: '', values: [] },
      },
      version: '1.2.3',
      newRun: () => assert.fail('No run is made.'),
      runOf: () => assert.fail('No run is read.'),
      link: ({ kind }) => `vscode:${kind}`,
    };
    return testExpectationsTool.asked({ alignment: 'pets.semap.json' }).use(session) as Promise<Told>;
  };

  it('lists a hundred of thousands, those that did not pass first', async () => {
    const told = await test([...Array.from({ length: 150 }, () => 'at least 1 images'), 'accuracy >= .9']);
    assert.deepEqual([told.passed, told.failed, told.notListed], [150, 1, 51]);
    assert.deepEqual([told.expectations.length, told.expectations[0].status], [100, 'failed']);
  });

  it('is short, and names the images that broke an expectation', async () => {
    const told = await test(['accuracy >= .8', 'recall of cat >= 1', 'recal of cat >= 1']);
    assert.deepEqual([told.passed, told.failed, told.errors], [1, 1, 1]);
    const [accuracy, , slip] = told.expectations;
    assert.match(
      accuracy.said,
      /^Accuracy is 50\.0% \(31\.4 to 68\.6%\) on 24 images; expected at least 80\.0%\.$/,
    );
    assert.deepEqual([accuracy.broke?.length, accuracy.brokeCount], [10, 12]);
    assert.match(accuracy.broke![0], /^dog\/red\d+\.ppm: cat \(/);
    assert.ok(accuracy.line > 1);
    assert.match(slip.said, /at character 1: "recal"/);
  });

  it('looks at no folder outside those that it may use', async () => {
    const { expectations } = await test([
      'at least 24 images',
      { folder: '../outside', expect: ['at least 1 images'] },
    ]);
    assert.equal(expectations[0].status, 'passed');
    assert.equal(expectations[1].status, 'error');
    assert.match(expectations[1].said, /outside the folders that SeMap may use/);
  });

  it('says that a document states nothing', async () => {
    await assert.rejects(test([]), /states no expectations/);
  });

  it('ends when it is canceled', async () => {
    await assert.rejects(test(['accuracy >= .8'], AbortSignal.abort()), { reason: 'cancelled' });
  });
});
