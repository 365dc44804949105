import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { carryOut, undoPlan } from '../../../../src/files/plans/carryOut.ts';
import { planSidecars, surveySidecars } from '../../../../src/files/plans/sidecarFiles.ts';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import { sourceOf } from '../../core/exports/fakeSource.ts';
import { snapshot } from '../../files/plans/planFolders.ts';
import { testFolder } from '../../folders.ts';
import { eventually, fakeMemory, stage } from '../withFakeVscode.ts';
import { closeList, listShown } from './fileLists.ts';

const { FilePlacing } = await import('../../../../src/host/exports/filePlacing.ts');
const { exportSidecars } = await import('../../../../src/host/exports/exportSidecars.ts');

const message = (words: string) =>
  eventually(() => stage.messages.find((one) => one.message.includes(words)), `message "${words}"`);

/** What the engine answers, in this process. */
const work = {
  kindsAbove: async () => [],
  surveySidecars: ({ folders, options }: Parameters) => surveySidecars(folders, options),
  planSidecars: ({ folders, options }: Parameters) => planSidecars(folders, options),
  carryOutPlan: ({ journal }: { journal: string }) => carryOut(journal),
  undoPlan: ({ journal }: { journal: string }) => undoPlan(journal),
};
interface Parameters {
  readonly folders: globalThis.Parameters<typeof surveySidecars>[0];
  readonly options: globalThis.Parameters<typeof surveySidecars>[1];
}
const engine = {
  call: async (method: keyof typeof work, params: never) => work[method](params),
} as unknown as Engine;

describe('XMP sidecars from VS Code', () => {
  let folder = '';
  const placing = () => new FilePlacing({ engine, memory: fakeMemory() });
  const names = async () => (await readdir(folder)).filter((name) => name.endsWith('.xmp')).sort();

  beforeEach(async () => {
    folder = path.join(testFolder(), 'photos');
    await mkdir(folder);
    for (const name of ['1.jpg', '2.jpg', '3.jpg']) await writeFile(path.join(folder, name), name);
    await writeFile(path.join(folder, '3.xmp'), '<broken');
    Object.assign(stage, { messages: [], shown: [], answer: undefined, folders: [folder], executed: [] });
  });

  const write = () => {
    const images = ['1.jpg', '2.jpg', '3.jpg'].map((relative) => ({
      path: path.join(folder, relative),
      folder: 0,
      relative,
      label: 'cat',
      said: 'label' as const,
      answer: 'cat',
      confidence: 1,
      judged: false,
    }));
    return exportSidecars(engine, placing(), sourceOf(images, { folders: [folder] }), {});
  };

  it('are asked about first, and nothing happens where the person says no', async () => {
    const before = await snapshot(folder);
    assert.equal(await write(), undefined);
    const [{ message: question, detail, items }] = stage.messages;
    assert.equal(question, 'Write XMP sidecars beside the images of photos? Images are not changed.');
    assert.deepEqual(detail?.split('\n').slice(0, 1), ['2 new files']);
    assert.match(detail ?? '', /^1 image gets no sidecar: 3\.xmp is not valid XML/m);
    assert.deepEqual(items, ['Write', 'Show Files']);
    assert.deepEqual(await snapshot(folder), before);
  });

  it('are written and undone', async () => {
    const before = await snapshot(folder);
    stage.answer = 'Write';
    const outcomes = await write();
    assert.deepEqual(
      outcomes?.map((outcome) => outcome?.done),
      [2],
    );
    assert.deepEqual((await message('Wrote 2 sidecars in photos.')).items, ['Reveal', 'Undo']);
    assert.deepEqual(await names(), ['1.xmp', '2.xmp', '3.xmp']);
    assert.match(await readFile(path.join(folder, '1.xmp'), 'utf8'), /<rdf:li>cat<\/rdf:li>/);
    await placing().undo(outcomes![0]!.journal);
    assert.deepEqual(await snapshot(folder), before);
  });

  it('say so where there is nothing to write, and list what gets none', async () => {
    stage.answer = 'Write';
    await write();
    stage.messages = [];
    assert.equal(await write(), undefined);
    assert.match(
      stage.messages[0].message,
      /^There is no sidecar to write\. 2 images need no change\. 1 image gets/,
    );
  });

  it('list the images that get none in an editor before anything is written', async () => {
    stage.answer = 'Show Files';
    const written = write();
    const { text } = await listShown();
    assert.match(text, /3\.xmp +3\.xmp is not valid XML/);
    stage.answer = undefined;
    closeList();
    assert.equal(await written, undefined);
    assert.deepEqual(await names(), ['3.xmp']);
  });
});
