import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imagesOf, isWorthAsking } from '../../../../src/host/datasets/folderLayouts.ts';
import { classesTree, fakeLayouts, fakeMemory } from './fakeLayouts.ts';

const split = { train: classesTree(['cat', 'dog']), val: classesTree(['cat', 'dog']) };
const trees = { '/pets': classesTree(['cat', 'dog']), '/split': split, '/other': split };

describe('How folders are laid out', () => {
  it('is what the engine recognizes, for calls', async () => {
    const laidOut = await fakeLayouts(trees).of(['/split', '/pets']);
    assert.deepEqual(imagesOf(laidOut), {
      folders: ['/split', '/pets'],
      layouts: [
        { kind: 'classes', level: 2, splitLevel: 1 },
        { kind: 'classes', level: 1 },
      ],
    });
    assert.deepEqual(
      laidOut.chosen[0].splits.map(({ names }) => names),
      [['train'], ['val']],
    );
  });

  it('is worth a question where it is not plain, until a person saw it', async () => {
    const memory = fakeMemory();
    const layouts = fakeLayouts(trees, memory);
    assert.equal(isWorthAsking(await layouts.of(['/pets'])), false);
    const laidOut = await layouts.of(['/split']);
    assert.equal(isWorthAsking(laidOut), true);
    await layouts.remember(laidOut);
    assert.equal(isWorthAsking(await fakeLayouts(trees, memory).of(['/split'])), false);
    assert.equal(isWorthAsking(await layouts.of(['/split', '/other'])), true, 'the other was not seen');
  });

  it('is what a person chose, in the next window, too', async () => {
    const memory = fakeMemory();
    const layouts = fakeLayouts(trees, memory);
    let told = 0;
    layouts.onDidChange(() => told++);
    const laidOut = await layouts.of(['/split']);
    const flat = laidOut.found[0].alternatives.find(({ layout }) => layout.kind === 'flat')!;
    await layouts.remember({ ...laidOut, chosen: [flat], split: 'val' });
    assert.equal(told, 1);
    assert.deepEqual(imagesOf(await fakeLayouts(trees, memory).of(['/split'])), {
      folders: ['/split'],
      layouts: [{ kind: 'flat', splitLevel: 1 }],
      split: 'val',
    });
    assert.equal((await layouts.of(['/other'])).split, undefined, 'of that folder alone');
  });

  it('is recognized again where what was chosen is there no more, or was not written by SeMap', async () => {
    const memory = fakeMemory();
    const layouts = fakeLayouts(trees, memory);
    await layouts.remember({ ...(await layouts.of(['/split'])), split: 'val' });
    const changed = fakeLayouts({ '/split': classesTree(['cat', 'dog']) }, memory);
    assert.deepEqual(imagesOf(await changed.of(['/split'])), {
      folders: ['/split'],
      layouts: [{ kind: 'classes', level: 1 }],
    });
    for (const odd of [null, 7, { layout: { kind: 'classes', level: -1 } }, { split: 'val' }]) {
      memory.kept.set('folderLayouts', { '/split': odd });
      assert.equal((await layouts.of(['/split'])).confirmed, false);
    }
  });

  it('is what it was in a run of before, whatever is remembered', async () => {
    const layouts = fakeLayouts(trees);
    await layouts.remember({ ...(await layouts.of(['/split'])), split: 'val' });
    const before = { folders: ['/split'], layouts: [{ kind: 'classes', level: 2, splitLevel: 1 }] } as const;
    assert.deepEqual(imagesOf(await layouts.of(['/split'], { before })), before);
  });

  it('is remembered for as many folders as a workspace may have', async () => {
    const memory = fakeMemory();
    const layouts = fakeLayouts({}, memory);
    for (let i = 0; i < 210; i++) await layouts.remember(await layouts.of([`/${i}`]));
    const kept = Object.keys(memory.kept.get('folderLayouts') as object);
    assert.deepEqual([kept.length, kept[0] !== '/0' || kept.includes('/209')], [200, true]);
  });
});
