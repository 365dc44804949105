import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { eventually, fakeMemory, stage } from './withFakeVscode.ts';

const { tabsChanged, window } = (await import('vscode')) as unknown as {
  window: { tabGroups: { all: { tabs: { input?: unknown }[] }[] } };
  tabsChanged: {
    fire(change: { opened: readonly { input?: unknown }[]; closed: readonly never[] }): void;
  };
};
const { Milestones } = await import('../../../src/host/milestones.ts');

const told = (milestone: string) => [
  ['setContext', milestone, true],
  ['setContext', milestone, false],
];

describe('What a person has done', () => {
  beforeEach(() => {
    stage.executed = [];
    stage.folders = [];
    window.tabGroups.all = [];
  });

  it('is told when it succeeds, for a moment, which marks the step', async () => {
    const milestones = new Milestones(fakeMemory());
    milestones.reached('semap.didAlign');
    await eventually(() => stage.executed.length === 2 || undefined, 'end of the moment');
    assert.deepEqual(stage.executed, told('semap.didAlign'));
    milestones.dispose();
  });

  it('is told again to a walkthrough that is opened later, in another window too', async () => {
    const memory = fakeMemory();
    new Milestones(memory).reached('semap.didTrain');
    await eventually(() => stage.executed.length === 2 || undefined, 'end of the moment');
    stage.executed = [];
    const next = new Milestones(memory);
    tabsChanged.fire({ opened: [{ input: { uri: 'a file' } }], closed: [] });
    assert.deepEqual(stage.executed, [], 'a file is no walkthrough');
    tabsChanged.fire({ opened: [{}], closed: [] });
    await eventually(() => stage.executed.length >= 2 || undefined, 'word of what was done');
    assert.deepEqual(stage.executed.slice(0, 2), told('semap.didTrain'));
    next.dispose();
  });

  it('is an open folder, too, told to a walkthrough that came back before SeMap ran', async () => {
    stage.folders = ['/photos'];
    window.tabGroups.all = [{ tabs: [{ input: { uri: 'a file' } }, {}] }];
    const milestones = new Milestones(fakeMemory());
    await eventually(
      () => stage.executed.length >= 4 || undefined,
      'the folder, now and once steps are known',
    );
    assert.deepEqual(stage.executed.slice(0, 4), [...told('semap.didOpen'), ...told('semap.didOpen')]);
    milestones.dispose();
    window.tabGroups.all = [];
  });
});
