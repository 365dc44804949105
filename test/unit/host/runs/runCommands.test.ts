import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from '../withFakeVscode.ts';

const { RunCommands } = await import('../../../../src/host/runs/runCommands.ts');

describe('A run that is opened', () => {
  it('has the page of its kind, also where it is younger than the list: an agent made it', async () => {
    const opened: string[] = [];
    const page = (name: string) => async (folder: string) => void opened.push(`${name} ${folder}`);
    const young = { kind: 'classification', folder: '/photos/.semap/runs/young' };
    let reads = 0;
    const runs = {
      list: async () => [{ kind: 'ranking', folder: '/photos/.semap/runs/known' }],
      readAgain: async () => {
        reads++;
        return [young];
      },
    };
    const commands = new RunCommands(
      runs as never,
      {
        training: page('training'),
        ranking: page('ranking'),
        classification: page('classification'),
        find: page('find'),
      } as never,
    );
    await commands.open('/photos/.semap/runs/known');
    assert.equal(reads, 0);
    await commands.open(young.folder);
    assert.deepEqual(opened, ['ranking /photos/.semap/runs/known', `classification ${young.folder}`]);
  });
});

describe('A run that is deleted', () => {
  it('is closed at once, also where another cannot be deleted', async () => {
    const entries = ['a', 'b'].map((name) => ({
      kind: 'ranking',
      name,
      folder: `/photos/.semap/runs/${name}`,
    }));
    const closed: (readonly string[])[] = [];
    const runs = {
      list: async () => entries,
      mayChange: async () => {},
      delete: async (folder: string) => {
        if (folder === entries[1].folder) throw new Error('It is in use.');
      },
    };
    const commands = new RunCommands(
      runs as never,
      { deleted: (folders: readonly string[]) => closed.push(folders) } as never,
    );
    stage.answer = 'Delete';
    stage.messages = [];
    await assert.rejects(commands.delete(entries[0] as never, entries as never), /in use/);
    assert.deepEqual(closed, [[entries[0].folder]]);
    assert.match(stage.messages[0]?.message ?? '', /Delete 2 runs\?/);
  });

  it('and is gone already is not asked about: nothing would be deleted', async () => {
    const commands = new RunCommands(
      { list: async () => [], mayChange: async () => {} } as never,
      {} as never,
    );
    stage.answer = 'Delete';
    stage.messages = [];
    await assert.rejects(commands.delete('/photos/.semap/runs/gone'), /gone was deleted or renamed/);
    await assert.rejects(commands.rename('/photos/.semap/runs/gone'), /gone was deleted or renamed/);
    assert.deepEqual(stage.messages, []);
    stage.answer = undefined;
  });
});
