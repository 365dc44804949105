import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MethodAnswers, MethodOffer } from '../../../../src/host/alignments/askMethod.ts';
import type { AnswerableInput } from '../stage.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';

const { askMethod, askNumber } = await import('../../../../src/host/alignments/askMethod.ts');
const { StepUi, CANCEL } = await import('../../../../src/host/multiStep.ts');

const ui = () => new StepUi('Align');
const MORE = 'More Methods...';
const offer: MethodOffer = { usual: 'semap', labelled: false, encoder: false };

/** The list that is open, once its items are there. */
async function openList(): Promise<AnswerableInput> {
  return eventually(() => (stage.open?.items?.length ? stage.open : undefined), 'list');
}

const labelsOf = ({ items }: AnswerableInput) =>
  items!.filter(({ kind }) => kind === undefined).map(({ label }) => label);

/** The short list, then the long one behind it. */
async function open(state: MethodAnswers, more: Partial<MethodOffer> = {}) {
  const done = askMethod(state, ui(), { ...offer, ...more });
  const first = labelsOf(await openList());
  (await openList()).choose(MORE);
  await eventually(() => (stage.open?.items?.length === first.length ? undefined : stage.open), 'long list');
  return { done, first, all: await openList() };
}

async function shown(more: Partial<MethodOffer>): Promise<readonly string[]> {
  const { done, all } = await open({}, more);
  const labels = labelsOf(all);
  all.hide();
  assert.equal(await done, CANCEL);
  return labels;
}

describe('The question how labels are mapped', () => {
  it('offers what learns from images only where there are class folders, and ConSE where there is an encoder', async () => {
    const plain = ['SeMap adaptive', 'SeMap-1', 'SeMap-1, one-to-one', 'SeMap-k', 'Random'];
    assert.deepEqual(await shown({}), plain);
    const all = await shown({ labelled: true, encoder: true });
    const others = all.filter((label) => !plain.includes(label));
    assert.deepEqual(others, ['ConSE', 'SeMap + Few Labels', 'BLM+', 'BLM', 'FLM', 'Linear']);
  });

  it('shows the recommended method first, the usual one beside it, and all others behind More Methods', async () => {
    const short = async (state: MethodAnswers, more: Partial<MethodOffer> = {}) => {
      const { done, first, all } = await open(state, more);
      all.hide();
      await done;
      return first;
    };
    assert.deepEqual(await short({}), ['SeMap adaptive', MORE]);
    assert.deepEqual(await short({}, { usual: 'random' }), ['SeMap adaptive', 'Random', MORE]);
    assert.deepEqual(await short({ method: 'semap-k' }), ['SeMap adaptive', 'SeMap-k', MORE]);
  });

  it('leads back from all methods to the recommended one', async () => {
    const answers: MethodAnswers = {};
    const { done, all } = await open(answers);
    all.back();
    const again = await eventually(
      () => (stage.open?.items?.some(({ label }) => label === MORE) ? stage.open : undefined),
      'short list',
    );
    again.choose('SeMap adaptive');
    await done;
    assert.equal(answers.method, 'semap');
  });

  it('keeps apart whether two labels may share a source label', async () => {
    const answers: MethodAnswers = {};
    const { done, all } = await open(answers);
    all.choose('SeMap-1, one-to-one');
    await done;
    assert.deepEqual(answers, { method: 'semap-1', shared: false });
    const { done: second, all: input } = await open(answers);
    assert.equal(input.activeItems![0].label, 'SeMap-1, one-to-one');
    input.choose('SeMap-1');
    await second;
    assert.deepEqual(answers, { method: 'semap-1', shared: undefined });
  });

  it('asks learned methods how many images of each label, and SeMap-k for k', async () => {
    const learned: MethodAnswers = { method: 'blm+' };
    const first = askNumber(learned, ui());
    const input = await openInput();
    assert.equal(input.value, '20');
    input.enter('0');
    assert.match(input.validationMessage!, /from 1 to 1,?000/);
    input.enter('5');
    await first;
    assert.deepEqual(learned, { method: 'blm+', perClass: 5 });
    const k: MethodAnswers = { method: 'semap-k' };
    const second = askNumber(k, ui());
    (await openInput()).enter('3');
    await second;
    assert.deepEqual(k, { method: 'semap-k', k: 3 });
  });
});
