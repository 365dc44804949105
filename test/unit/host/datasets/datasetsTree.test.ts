import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { Layout, SplitName } from '../../../../src/core/folders/layout.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { DatasetNode } from '../../../../src/host/datasets/datasetsTree.ts';
import { testFolder } from '../../folders.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { stage } from '../withFakeVscode.ts';
import { classesTree, fakeLayouts } from './fakeLayouts.ts';

const { DatasetsTree } = await import('../../../../src/host/datasets/datasetsTree.ts');

describe('The Datasets view', () => {
  const root = testFolder();
  const pets = join(root, 'pets');
  const parted = join(root, 'parted');
  const classes = ['cat', 'dog'];

  before(async () => {
    const files = classes.flatMap((name) => [
      `pets/${name}/1.png`,
      `parted/train/${name}/1.png`,
      `parted/valid/${name}/1.png`,
    ]);
    for (const file of files) {
      await mkdir(join(root, dirname(file)), { recursive: true });
      await writeFile(join(root, file), '');
    }
    stage.folders = [root];
  });
  after(() => {
    stage.folders = [];
  });

  function view() {
    const asked: (Layout | SplitName | undefined)[][] = [];
    const engine = fakeEngine({
      listClasses: ({ layout, split }: { layout: Layout; split?: SplitName }) => {
        asked.push([layout, split]);
        return classes.map((label) => ({ label, images: 3 }));
      },
    } as never);
    const layouts = fakeLayouts({
      [pets]: classesTree(classes),
      [parted]: { train: classesTree(classes), valid: classesTree(classes) },
    });
    return { tree: new DatasetsTree(engine, layouts), layouts, asked };
  }

  const wordsOf = (tree: InstanceType<typeof DatasetsTree>, nodes: readonly DatasetNode[]) =>
    nodes.map((node) => {
      const { label, description } = tree.getTreeItem(node);
      return [label, description];
    });

  it('lists class folders, and sets with splits with the classes of each', async () => {
    const { tree, asked } = view();
    await tree.datasets();
    const sets = await tree.getChildren();
    assert.deepEqual(
      wordsOf(tree, sets).map(([label, description]) => [label, String(description).split(' · ').at(-1)]),
      [
        ['parted', 'train and valid above 2 class folders'],
        ['pets', '2 class folders'],
      ],
    );
    const [inParted, inPets] = [await tree.getChildren(sets[0]), await tree.getChildren(sets[1])];
    assert.deepEqual(wordsOf(tree, inParted), [
      ['train', '2 classes'],
      ['valid', '2 classes'],
    ]);
    assert.deepEqual(wordsOf(tree, inPets), [
      ['cat', '3 images'],
      ['dog', '3 images'],
    ]);
    assert.deepEqual(wordsOf(tree, await tree.getChildren(inParted[1])), wordsOf(tree, inPets));
    assert.deepEqual(asked, [
      [{ kind: 'classes', level: 1 }, undefined],
      [{ kind: 'classes', level: 2, splitLevel: 1 }, 'val'],
    ]);
    assert.deepEqual(await tree.getChildren(inPets[0]), []);
    tree.dispose();
  });

  it('lists all that there is to who asks while it looks, also where files come meanwhile', async () => {
    const { tree } = view();
    const asked = tree.datasets();
    tree.refresh();
    assert.deepEqual((await asked).map(({ name }) => name).sort(), ['parted', 'pets']);
    tree.dispose();
  });

  it('reads a set as the person chose to, and says what cannot be read', async () => {
    const { tree, layouts } = view();
    await tree.datasets();
    const [set] = await tree.getChildren();
    const laidOut = await layouts.of([parted]);
    const [splits] = laidOut.found[0].alternatives.filter(({ layout }) => layout.splitLevel === undefined);
    let redrawn = 0;
    tree.onDidChangeTreeData(() => redrawn++);
    await layouts.remember({ ...laidOut, chosen: [splits] });
    assert.equal(redrawn, 1);
    assert.deepEqual(
      (await tree.getChildren(set)).map(({ kind }) => kind),
      ['class', 'class'],
    );
    tree.dispose();
    const engine = fakeEngine({});
    const gone = fakeLayouts({});
    gone.of = async () => {
      throw new SemapError('not-found', phrase('This folder no longer exists.'));
    };
    const lost = new DatasetsTree(engine, gone);
    assert.deepEqual(wordsOf(lost, await lost.getChildren(set)), [
      ['This folder no longer exists.', undefined],
    ]);
    lost.dispose();
  });
});
