import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MethodAnswers, MethodOffer } from '../../../../src/host/alignments/askMethod.ts';
import { openInput } from '../withFakeVscode.ts';

const { askMethod, askNumber } = await import('../../../../src/host/alignments/askMethod.ts');
const { StepUi, CANCEL } = await import('../../../../src/host/multiStep.ts');

const ui = () => new StepUi('Align');
const offer: MethodOffer = { usual: 'semap', labelled: false, encoder: false };

async function shown(more: Partial<MethodOffer>): Promise<readonly string[]> {
  const done = askMethod({}, ui(), { ...offer, ...more });
  const input = await openInput();
  const labels = input.items!.filter(({ kind }) => kind === undefined).map(({ label }) => label);
  input.hide();
  assert.equal(await done, CANCEL);
  return labels;
}

describe('The question how labels are mapped', () => {
  it('offers what learns from images only where there are class folders, and ConSE where there is an encoder', async () => {
    const plain = ['SeMap adaptive', 'SeMap-1', 'SeMap-1, one-to-one', 'SeMap-k', 'Random'];
    assert.deepEqual(await shown({}), plain);
    const all = await shown({ labelled: true, encoder: true });
    assert.deepEqual(
      all.filter((label) => !plain.includes(label)),
      ['ConSE', 'SeMap + Few Labels', 'BLM+', 'BLM', 'FLM', 'Linear'],
    );
  });

  it('keeps apart whether two labels may share a source label', async () => {
    const answers: MethodAnswers = {};
    const first = askMethod(answers, ui(), offer);
    (await openInput()).choose('SeMap-1, one-to-one');
    await first;
    assert.deepEqual(answers, { method: 'semap-1', shared: false });
    const second = askMethod(answers, ui(), offer);
    const input = await openInput();
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
