import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { phrase } from '../../../../src/core/text/text.ts';
import { eventually, openInput, stage } from '../withFakeVscode.ts';
import { classesTree, fakeLayouts, fakeMemory, layoutOf, type Tree, tableOption } from './fakeLayouts.ts';

const { changeLayout, confirmLayout, layoutRows } = await import(
  '../../../../src/host/datasets/askLayout.ts'
);
const { StepUi } = await import('../../../../src/host/multiStep.ts');

const pets = classesTree(['cat', 'dog']);
const split: Tree = { train: pets, valid: pets, test: pets };
const nested: Tree = {
  animals: { dog: ['1.png'], cat: ['1.png'] },
  plants: { oak: ['1.png'], elm: ['1.png'] },
};
const trees = { '/split': split, '/pets': pets, '/nested': nested };

async function choose(label: string): Promise<void> {
  const item = await eventually(
    () => stage.open?.items?.find((one) => one.label.includes(label)),
    `row ${label}`,
  );
  const asked = stage.open!;
  asked.choose(item.label);
  await eventually(() => (stage.open === asked ? undefined : true), 'answer');
}

const rows = () =>
  stage.open?.items?.map((item) => item as { label: string; description?: string; detail?: string }) ?? [];

describe('The question how folders are laid out', () => {
  beforeEach(() => {
    stage.open = undefined;
    stage.messages = [];
  });

  it('says what was recognized in a row, and splits in another', async () => {
    const layouts = fakeLayouts(trees);
    const wordsOf = async (...folders: string[]) =>
      layoutRows(await layouts.of(folders)).map(({ label, description }) => [label, description]);
    assert.deepEqual(await wordsOf('/pets'), [['Layout', '2 class folders']]);
    assert.deepEqual(await wordsOf('/split'), [
      ['Layout', 'train, valid and test above 2 class folders'],
      ['Split', 'all splits'],
    ]);
    assert.deepEqual(await wordsOf('/split', '/pets'), [
      ['Layout', 'different layouts'],
      ['Split', 'all splits'],
    ]);
  });

  it('changes the level of nested folders', async () => {
    const laidOut = await fakeLayouts(trees).of(['/nested']);
    const answer = changeLayout('layout', laidOut, new StepUi('t'), fakeLayouts(trees));
    await openInput();
    const levels = rows().filter(({ label }) => label.includes('class folders'));
    assert.deepEqual(
      levels.map(({ label, detail }) => [label, detail]),
      [
        ['2 class folders', 'animals and plants'],
        ['4 class folders on level 2', 'dog, cat, oak and elm'],
      ],
    );
    await choose('on level 2');
    const changed = await answer;
    assert.ok(typeof changed === 'object');
    assert.deepEqual(changed.chosen[0].layout, { kind: 'classes', level: 2 });
  });

  it('takes a split alone, and all of them again', async () => {
    const laidOut = await fakeLayouts(trees).of(['/split']);
    let answer = changeLayout('split', laidOut, new StepUi('t'), fakeLayouts(trees));
    await openInput();
    assert.deepEqual(
      rows().map(({ label, description }) => [label, description]),
      [
        ['all splits', 'train, valid and test'],
        ['only train', '2 classes'],
        ['only valid', '2 classes'],
        ['only test', '2 classes'],
      ],
    );
    await choose('only valid');
    const only = await answer;
    assert.ok(typeof only === 'object');
    assert.equal(only.split, 'val');
    answer = changeLayout('split', only, new StepUi('t'), fakeLayouts(trees));
    await choose('all splits');
    const all = await answer;
    assert.ok(typeof all === 'object' && !('split' in all));
  });

  it('asks which of several folders is another, and forgets a split that is no more', async () => {
    const laidOut = { ...(await fakeLayouts(trees).of(['/pets', '/split'])), split: 'val' as const };
    const answer = changeLayout('layout', laidOut, new StepUi('t'), fakeLayouts(trees));
    await choose('split');
    await choose('3 class folders');
    const changed = await answer;
    assert.ok(typeof changed === 'object');
    assert.deepEqual(
      changed.chosen.map(({ layout }) => layout),
      [
        { kind: 'classes', level: 1 },
        { kind: 'classes', level: 1 },
      ],
    );
    assert.equal('split' in changed, false);
  });

  it('says of a table that cannot be used why, and what to do', async () => {
    const problem = {
      reason: 'invalid-labels' as const,
      message: phrase('{0} has no subfolders with images.', 'labels.csv'),
      hint: phrase('Choose a folder whose subfolders are the classes, or type the labels.'),
    };
    const found = layoutOf('/pets', pets, [{ file: 'labels.csv', problem }]);
    const laidOut = { folders: ['/pets'], found: [found], chosen: [found], confirmed: false, labeled: 0 };
    const why = 'labels.csv has no subfolders with images. Choose a folder whose subfolders';
    assert.ok(layoutRows(laidOut)[0].detail?.startsWith(why));
    const answer = changeLayout('layout', laidOut, new StepUi('t'), fakeLayouts(trees));
    const asked = await openInput();
    assert.equal(rows().at(-1)?.description, 'cannot be used');
    asked.choose('$(warning) labels.csv');
    await eventually(() => stage.messages[0], 'message');
    assert.match(stage.messages[0].message, /labels.csv has no subfolders/);
    (await eventually(() => (stage.open !== asked ? stage.open : undefined), 'the list again')).hide();
    await answer;
  });

  it('says how many images have a label of their own, where folders and files give none', async () => {
    const described = async (labeled: number) => {
      const laidOut = await fakeLayouts({ '/inbox': ['1.png'] }, undefined, {}, labeled).of(['/inbox']);
      return layoutRows(laidOut)[0].description;
    };
    assert.equal(await described(0), 'no labels from folders or files');
    assert.equal(await described(20), 'no labels from folders or files · 20 labeled images');
  });

  it('takes a table that the person chooses, and one of its columns; one that says nothing is told', async () => {
    const memory = fakeMemory();
    const columns = [
      tableOption('breeds.csv', 'breed', ['pug', 'poodle']),
      tableOption('breeds.csv', 'size', ['big', 'small']),
    ];
    const layouts = fakeLayouts(trees, memory, { '/pets/breeds.csv': columns });
    const laidOut = await layouts.of(['/pets']);
    stage.picked = ['/pets/empty.csv'];
    let answer = changeLayout('layout', laidOut, new StepUi('t'), layouts);
    await choose('Choose Table');
    await eventually(() => stage.messages[0], 'message');
    assert.match(stage.messages[0].message, /empty.csv does not exist/);
    stage.picked = ['/pets/breeds.csv'];
    await choose('Choose Table');
    assert.equal((await openInput()).activeItems?.[0]?.label, 'breed');
    await choose('breed');
    const first = await answer;
    stage.picked = undefined;
    assert.ok(typeof first === 'object');
    assert.deepEqual(first.chosen, [columns[0]]);
    answer = changeLayout('layout', first, new StepUi('t'), layouts);
    await choose('breeds.csv');
    (await openInput()).back();
    await eventually(() => rows().find(({ description }) => description === 'column breed'), 'list');
    await choose('breeds.csv');
    await choose('size');
    const second = await answer;
    assert.ok(typeof second === 'object');
    assert.deepEqual(second.chosen, [columns[1]]);
    await layouts.remember(second);
    assert.deepEqual((await layouts.of(['/pets'])).chosen, [columns[1]], 'it is read again');
    const gone = await fakeLayouts(trees, memory).of(['/pets']);
    assert.deepEqual(gone.chosen[0].layout, { kind: 'classes', level: 1 });
  });

  it('is asked once, and not where it goes without saying', async () => {
    const layouts = fakeLayouts(trees);
    const question = { title: 'Rank', start: 'Start Ranking' };
    assert.deepEqual((await confirmLayout(['/pets'], layouts, question))?.folders, ['/pets']);
    assert.equal(stage.open, undefined);
    const answer = confirmLayout(['/split'], layouts, question);
    const asked = await openInput();
    assert.equal(asked.activeItems?.[0]?.label, '$(play) Start Ranking');
    assert.equal(rows()[0].detail, 'train, valid and test above 2 class folders');
    await choose('Split');
    await choose('only test');
    await choose('Start Ranking');
    assert.equal((await answer)?.split, 'test');
    stage.open = undefined;
    assert.equal((await confirmLayout(['/split'], layouts, question))?.split, 'test');
    assert.equal(stage.open, undefined, 'it was asked before');
    const other = confirmLayout(['/nested', '/split'], layouts, question);
    (await openInput()).hide();
    assert.equal(await other, undefined);
  });
});
