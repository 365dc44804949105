import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WizardStep } from '../../../src/host/multiStep.ts';
import { openInput, stage } from './withFakeVscode.ts';

const wizard = await import('../../../src/host/multiStep.ts');

interface Answers {
  animal?: string;
  name?: string;
  wild?: boolean;
}

const steps: WizardStep<Answers>[] = [
  {
    ask: async (state, ui) => {
      const items = [{ label: 'cat' }, { label: 'lion' }];
      const item = await ui.pick({
        placeholder: 'Which?',
        items: Promise.resolve(items),
        active: ({ label }) => label === 'lion',
      });
      if (item === wizard.BACK || item === wizard.CANCEL) return item;
      state.animal = item.label;
      return undefined;
    },
  },
  {
    when: ({ animal }) => animal === 'cat',
    ask: async (state, ui) => {
      const text = await ui.input({
        prompt: 'Its name?',
        validate: (value) => (value === '' ? 'A name.' : undefined),
      });
      if (text === wizard.BACK || text === wizard.CANCEL) return text;
      state.name = text;
      return undefined;
    },
  },
  {
    ask: async (state, ui) => {
      const item = await ui.pick({ placeholder: 'Wild?', items: [{ label: 'yes' }, { label: 'no' }] });
      if (item === wizard.BACK || item === wizard.CANCEL) return item;
      state.wild = item.label === 'yes';
      return undefined;
    },
  },
];

describe('The wizard', () => {
  it('asks what applies, in order, and tells the place', async () => {
    const answers: Answers = {};
    const done = wizard.runWizard('Animals', steps, answers);
    const first = await openInput();
    assert.deepEqual([first.title, first.step, first.totalSteps], ['Animals', 1, 2]);
    first.choose('lion');
    const second = await openInput();
    assert.deepEqual([second.placeholder, second.step, second.totalSteps], ['Wild?', 2, 2]);
    second.choose('yes');
    assert.equal(await done, true);
    assert.deepEqual(answers, { animal: 'lion', wild: true });
  });

  it('goes back over questions that were not asked', async () => {
    const answers: Answers = {};
    const done = wizard.runWizard('Animals', steps, answers);
    (await openInput()).choose('lion');
    (await openInput()).back();
    (await openInput()).choose('cat');
    (await openInput()).enter('Tom');
    (await openInput()).choose('no');
    assert.equal(await done, true);
    assert.deepEqual(answers, { animal: 'cat', name: 'Tom', wild: false });
  });

  it('ends when a question is closed', async () => {
    const done = wizard.runWizard('Animals', steps, {});
    (await openInput()).hide();
    assert.equal(await done, false);
    assert.equal(stage.open, undefined);
  });

  it('takes no value that is not valid', async () => {
    const answers: Answers = {};
    const done = wizard.runWizard('Animals', steps, answers);
    (await openInput()).choose('cat');
    const box = await openInput();
    box.enter('');
    assert.equal(box.validationMessage, 'A name.');
    assert.equal(answers.name, undefined);
    box.enter('Tom');
    (await openInput()).hide();
    assert.equal(await done, false);
  });

  it('focuses what is usual', async () => {
    const done = wizard.runWizard('Animals', steps, {});
    const picker = await openInput();
    await new Promise((resolve) => setImmediate(resolve));
    const active = picker.activeItems?.map(({ label }) => label);
    assert.deepEqual(active, ['lion']);
    picker.hide();
    await done;
  });

  it('passes on why the items of a question could not be had', async () => {
    const failing: WizardStep<Answers> = {
      ask: async (_, ui) => {
        await ui.pick({
          placeholder: 'Which?',
          items: Promise.reject(new Error('The engine does not run.')),
        });
        return undefined;
      },
    };
    await assert.rejects(wizard.runWizard('Animals', [failing], {}), /does not run/);
    assert.equal(stage.open, undefined);
  });
});
