import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SemapError } from '../../../src/core/errors.ts';
import { verbatim } from '../../../src/core/text/text.ts';
import { eventually, openInput, stage } from './withFakeVscode.ts';

const form = await import('../../../src/host/startForm.ts');

describe('a form whose rows cannot be found out', () => {
  beforeEach(() => {
    stage.open = undefined;
    stage.messages = [];
  });

  function ask(look: () => Promise<void>): Promise<number | undefined> {
    return form.askForm<number, 'start' | 'more'>(
      {
        title: () => 'Form',
        placeholder: '',
        rows: (times) => [
          { label: 'Start', field: 'start' },
          { label: `More ${times}`, field: 'more' },
        ],
        isBusy: () => true,
        look,
        change: async (field, times) => {
          if (field === 'start') return form.START;
          return times + 1;
        },
      },
      0,
    );
  }

  const told = () => stage.messages.map(({ message }) => message);

  it('says why once, is busy no longer, and starts', async () => {
    const answer = ask(async () => {
      throw new SemapError('unreadable-file', verbatim('Permission denied.'));
    });
    for (const label of ['More 0', 'More 1', 'Start']) {
      const asked = await openInput();
      await eventually(() => ((asked as { busy?: boolean }).busy ? undefined : true), 'end of the look');
      asked.choose(label);
      await eventually(() => (stage.open === asked ? undefined : true), 'answer');
    }
    assert.equal(await answer, 2);
    assert.deepEqual(told(), ['Permission denied.']);
  });

  it('says nothing of what went wrong after it was closed', async () => {
    let fail = (_: Error): void => {};
    const answer = ask(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    (await openInput()).hide();
    assert.equal(await answer, undefined);
    fail(new Error('gone'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(told(), []);
  });
});
