import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import type { CachedImages } from '../../../../src/protocol/evidence.ts';
import { alignment, fakeEngine } from '../results/fakeRun.ts';
import '../withFakeVscode.ts';

const { CachedRuns } = await import('../../../../src/host/alignments/cachedRuns.ts');

const pets = 'file:///home/me/pets.semap.json';

function labelled(...labels: string[]): AlignmentDocument {
  return { ...alignment, targets: labels.map((label) => ({ ...alignment.targets[0], label })) };
}

/** What is remembered of runs that ended one after the other. */
function runsOf(
  ...runs: readonly { folders: string[]; with?: string; document: AlignmentDocument }[]
): InstanceType<typeof CachedRuns> {
  let finish: (run: never) => unknown = () => {};
  const engine = fakeEngine({
    liveScore: ({ folders }: CachedImages) => ({
      changed: 2,
      unseen: 0,
      now: { images: folders[0] === '/not yet' ? 0 : 9 },
    }),
  });
  const cached = new CachedRuns(engine, {
    onDidFinish: (listener) => {
      finish = listener as never;
      return { dispose() {} };
    },
  });
  for (const { folders, with: path, document } of runs) {
    const params = { folders, backbone: 'tiny', alignment: document };
    finish({ settings: { params, ...(path === undefined ? {} : { alignmentPath: path }) } } as never);
  }
  return cached;
}

describe('the images that an alignment is scored on', () => {
  const animals = labelled('cat', 'dog');
  const own = { folders: ['/pets'], with: '/home/me/pets.semap.json', document: animals };

  it('are those it classified last, whatever was classified since', async () => {
    const other = { folders: ['/zoo'], with: '/home/me/zoo.semap.json', document: animals };
    const images = await runsOf(own, other).imagesOf(animals, pets);
    assert.deepEqual(images, { folders: ['/pets'], backbone: 'tiny' });
  });

  it('are those of the folders it was made for, whatever it classified since, once any of them has an output', async () => {
    const made = { ...animals, folders: ['/home/me/pets'] };
    const cached = runsOf({ ...own, document: made });
    assert.deepEqual(await cached.imagesOf(made, pets), { folders: ['/home/me/pets'], backbone: 'tiny' });
    const fresh = { ...animals, folders: ['/not yet'] };
    assert.deepEqual(await cached.imagesOf(fresh, pets), { folders: ['/pets'], backbone: 'tiny' });
  });

  it('are those of another alignment for the same labels, which is named', async () => {
    const cached = runsOf({ folders: ['/zoo'], with: '/home/me/zoo.semap.json', document: animals });
    assert.equal((await cached.imagesOf(animals, pets))?.classifiedWith, 'zoo.semap.json');
  });

  it('are none of other labels, and none of another backbone', async () => {
    const flowers = { folders: ['/flowers'], with: '/f.semap.json', document: labelled('rose', 'tulip') };
    assert.equal(await runsOf(flowers).imagesOf(animals, pets), undefined);
    const elsewhere = { ...animals, backbone: { ...animals.backbone, sha256: 'other' } };
    assert.equal(await runsOf(own).imagesOf(elsewhere, pets), undefined);
  });

  it('are looked for again once the engine that ended meanwhile is back', async () => {
    const fallen = new SemapError('engine-stopped', verbatim('The engine stopped.'));
    const answers = [() => Promise.reject(fallen), () => ({ changed: 0, unseen: 0, now: { images: 9 } })];
    const cached = new CachedRuns(fakeEngine({ liveScore: () => answers.shift()!() }), {
      onDidFinish: () => ({ dispose() {} }),
    });
    const made = { ...animals, folders: ['/home/me/pets'] };
    assert.equal(await cached.imagesOf(made, pets), undefined);
    assert.deepEqual((await cached.imagesOf(made, pets))?.folders, made.folders);
  });

  it('are named where a change is counted on them', async () => {
    const count = await runsOf(own).countChanges(animals, async () => animals, pets);
    assert.deepEqual(count, { changed: 2, images: 9, title: 'pets' });
  });
});
