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

  /** Answers what is asked next. */
  async function choose(label: string): Promise<void> {
    const asked = await openInput();
    const item = await eventually(
      () =>
        (asked.items as readonly { label: string }[] | undefined)?.find((one) => one.label.includes(label)),
      label,
    );
    asked.choose(item.label);
    await eventually(() => (stage.open === asked ? undefined : true), 'answer');
  }

  it('keeps labels that a person said when another split is chosen, also those of a search that is asked again', async () => {
    const memory = fakeMemory();
    const listed: (string | undefined)[] = [];
    const engine = fakeEngine({
      listClasses: ({ split }: { split?: string }) => {
        listed.push(split);
        return (split === 'val' ? ['cat'] : ['cat', 'dog']).map((label) => ({
          label,
          empty: false,
          images: 1,
        }));
      },
    } as never);
    const targets = ['fish', 'ant'].map((name) => ({ name }));
    const labels = { ask: async () => ({ targets, problems: [], name: 'typed', origin: 'fish, ant' }) };
    const library = { list: async () => [{ name: 'a', path: '/m/a.onnx' }] };
    const parted = { train: classesTree(['cat', 'dog']), val: classesTree(['cat']) };
    const layouts = fakeLayouts({ '/ws/parted': parted }, memory);
    const ask = (before?: object) =>
      new FindForm({ engine, library, layouts, memory, labels } as never).ask(
        ['/ws/parted'],
        before as never,
      );
    const names = (asked: Awaited<ReturnType<typeof ask>>) => asked?.targets.map(({ name }) => name);

    const ofClasses = ask();
    await choose('Split');
    await choose('only val');
    await choose('Start Search');
    const first = await ofClasses;
    assert.deepEqual([names(first), first?.split], [['cat'], 'val']);

    const typed = ask();
    await choose('Labels');
    await choose('Split');
    await choose('only train');
    await choose('Start Search');
    const second = await typed;
    assert.deepEqual([names(second), second?.split], [['fish', 'ant'], 'train']);

    for (const [before, expected] of [
      [second, ['fish', 'ant']],
      [{ ...second, targets: [{ name: 'dog' }, { name: 'cat' }] }, ['cat']],
    ] as const) {
      const again = ask(before);
      await choose('Split');
      await choose('only val');
      await choose('Start Search');
      assert.deepEqual(names(await again), expected);
    }
  });
});
