import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { classesTree, fakeLayouts, fakeMemory } from '../datasets/fakeLayouts.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';

const { FindForm } = await import('../../../../src/host/find/findForm.ts');

describe('the question before a search', () => {
  let images: () => number;
  beforeEach(() => {
    stage.open = undefined;
  });

  function form() {
    const memory = fakeMemory();
    const engine = fakeEngine({
      listClasses: ({ counted }: { counted?: boolean }) =>
        ['cat', 'dog'].map((label) => ({ label, empty: false, ...(counted && { images: images() }) })),
    } as never);
    const library = { list: async () => [{ name: 'a', path: '/m/a.onnx' }] };
    const layouts = fakeLayouts({ '/ws/pets': classesTree(['cat', 'dog']) }, memory);
    return new FindForm({ engine, library, layouts, memory, labels: {} } as never);
  }

  /** What the first row says once everything is known. */
  async function detail(asked: InstanceType<typeof FindForm>): Promise<string> {
    const answer = asked.ask(['/ws/pets']);
    const input = await openInput();
    await eventually(() => ((input as { busy?: boolean }).busy ? undefined : true), 'count');
    const said = String((input.items?.[0] as { detail?: string } | undefined)?.detail);
    input.hide();
    assert.equal(await answer, undefined);
    return said;
  }

  it('says how many images have a label now, whatever there was the last time', async () => {
    const asked = form();
    images = () => 2;
    assert.match(await detail(asked), /4 images with a label$/);
    images = () => 3;
    assert.match(await detail(asked), /6 images with a label$/);
  });

  it('says nothing of images that cannot be counted', async () => {
    images = () => {
      throw new SemapError('unreadable-file', verbatim('Permission denied.'));
    };
    assert.equal(await detail(form()), '2 labels · 1 backbone');
  });
});
