import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ExportSource } from '../../../src/core/exports/exportedRun.ts';
import type { TreeOptions } from '../../../src/core/exports/trees/treePlan.ts';
import { recogniseLayouts } from '../../../src/engine/folders/recogniseLayouts.ts';
import { readLabelFile } from '../../../src/engine/truths/readLabelFile.ts';
import { carryOut } from '../../../src/files/plans/carryOut.ts';
import { writeJournal } from '../../../src/files/plans/journal.ts';
import { surveyTree } from '../../../src/files/plans/treeFiles.ts';
import { imageOf, sourceOf } from '../core/exports/fakeSource.ts';
import { testFolder } from '../folders.ts';

const { signal } = new AbortController();

/** Images of two labels, one of which no folder can be called. */
async function photographed(): Promise<{ readonly root: string; readonly source: ExportSource }> {
  const root = testFolder();
  await mkdir(path.join(root, 'photos'));
  const images = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const file = path.join(root, 'photos', `${n}.jpg`);
      await writeFile(file, `image ${n}`);
      return { ...imageOf(`${n}.jpg`, { label: n % 2 ? 'cat' : 'dog/wolf', confidence: 0.5 }), path: file };
    }),
  );
  return {
    root,
    source: sourceOf(images, { labels: ['cat', 'dog/wolf'], folders: [path.join(root, 'photos')] }),
  };
}

async function exported(options: Partial<TreeOptions>): Promise<string> {
  const { root, source } = await photographed();
  const folder = path.join(root, 'out');
  const tree = await surveyTree(source, { layout: 'imagefolder', mode: 'copy', ...options }, folder);
  await carryOut(await writeJournal(tree.filePlan));
  return folder;
}

describe('Images that were placed in folders', () => {
  it('are read as class folders, with their splits', async () => {
    const plain = await exported({});
    const [{ layout }] = await recogniseLayouts([plain], { counted: true }, signal);
    assert.deepEqual(layout, { kind: 'classes', level: 1 });
    for (const name of ['imagefolder', 'ultralytics', 'huggingface'] as const) {
      const folder = await exported({
        layout: name,
        splits: { train: 8, val: 1, test: 1 },
        metadata: 'none',
      });
      const [found] = await recogniseLayouts([folder], { counted: true }, signal);
      assert.deepEqual(
        found.splits.map(({ split, classes, images }) => [split, classes, images]),
        [
          ['train', 2, 32],
          ['val', 2, 4],
          ['test', 2, 4],
        ],
        name,
      );
    }
  });

  it('have tables whose labels are known as answers, which nobody gave', async () => {
    const tables = [
      [{ layout: 'huggingface' }, 'train/metadata.jsonl'],
      [{ layout: 'huggingface', metadata: 'csv' }, 'train/metadata.csv'],
      [{ layout: 'fiftyone-folder' }, 'labels.json'],
    ] as const;
    for (const [options, table] of tables) {
      const folder = await exported(options);
      const wordnet = () => Promise.reject(new Error('No words are looked up.'));
      const { names, answered } = await readLabelFile(
        { file: path.join(folder, table), folder },
        wordnet,
        signal,
      );
      assert.deepEqual([names.length, answered], [0, 40], table);
    }
  });
});
