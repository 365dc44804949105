import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '../withFakeVscode.ts';

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
