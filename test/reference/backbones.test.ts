import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import type { Label } from '../../src/core/labels/labelSpace.ts';
import {
  noModels,
  type RunningEngine,
  type Scratch,
  scratch,
  startEngine,
} from '../unit/engine/engineHarness.ts';

const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
const skip = noModels || (existsSync(path.join(data, 'backbones')) ? false : `no backbones at ${data}`);

const PER_CLASS = 10;

/**
 * Top-1 in percent over all outputs, on the first ten images of each class. Of squeezenet1.1 and mobilenetv2 the
 * figures on 400 other images are known: 56.0 and 74.5. A preprocessing that is wrong in one thing (scaling, colour order,
 * background class, layout) costs each of them far more than what is allowed here.
 */
const expected: readonly (readonly [backbone: string, least: number])[] = [
  ['squeezenet1.1', 48],
  ['mobilenetv2', 62],
  ['mobilenetv2-qdq', 60],
  ['mobilenetv3-small', 58],
  ['mobilenetv1-0.25-128', 38],
  ['squeezenet-fp16', 45],
  ['squeezenet-int8-nhwc', 40],
];

describe('A real backbone with its own input, scaling, layout, output and background class', { skip }, () => {
  let files: Scratch;
  let engine: RunningEngine;

  before(async () => {
    files = scratch();
    engine = await startEngine(files.folder, { backboneFolders: [path.join(data, 'backbones')] });
  });
  after(async () => {
    await engine?.stop();
    files?.dispose();
  });

  /** Top-1 in percent over all outputs; images lie in folders called as `nameOf` calls the label. */
  async function top1(backbone: string, images: string, nameOf: (label: Label) => string): Promise<number> {
    const description = await engine.rpc.call('describeBackbone', { backbone });
    const result = await engine.rpc.call('classify', {
      folders: [images],
      backbone,
      alignment: everyLabel(description, nameOf),
    });
    assert.deepEqual(result.skipped, []);
    assert.equal(result.images, readdirSync(images).length * PER_CLASS);
    assert.notEqual(result.accuracy, null);
    return 100 * (result.accuracy ?? 0);
  }

  for (const [backbone, least] of expected) {
    test(`${backbone} finds the right one of all its labels on Imagenette`, async (t) => {
      const images = firstOfEach(files, 'imagenette-val');
      const percent = await top1(backbone, images, ({ wnid, name }) => wnid ?? name);
      t.diagnostic(`top-1 ${percent.toFixed(1)}%`);
      assert.ok(percent >= least, `${percent}% is less than ${least}%`);
    });
  }

  test('cifar10-resnet8 finds the right class of small pictures', async (t) => {
    const percent = await top1('cifar10-resnet8', firstOfEach(files, 'cifar10'), ({ name }) => name);
    t.diagnostic(`top-1 ${percent.toFixed(1)}%`);
    assert.ok(percent >= 65, `${percent}% is less than 65%`);
  });

  test('inat-birds-uint8-nhwc sees flamingos among 965 species', async (t) => {
    const images = firstOfEach(files, 'caltech101', ['flamingo'], 8);
    const nameOf = ({ name }: Label) => (name.includes('American Flamingo') ? 'flamingo' : name);
    const description = await engine.rpc.call('describeBackbone', { backbone: 'inat-birds-uint8-nhwc' });
    const { accuracy } = await engine.rpc.call('classify', {
      folders: [images],
      backbone: 'inat-birds-uint8-nhwc',
      alignment: everyLabel(description, nameOf),
    });
    t.diagnostic(`${(accuracy ?? 0) * 8} of 8`);
    assert.ok((accuracy ?? 0) >= 0.5);
  });
});

/** The first images of each class, as links in class folders. */
function firstOfEach(files: Scratch, name: string, classes?: readonly string[], count = PER_CLASS): string {
  const source = path.join(data, 'images', name);
  for (const label of classes ?? readdirSync(source)) {
    const folder = files.path(name, label);
    if (existsSync(folder)) continue;
    mkdirSync(folder, { recursive: true });
    for (const image of readdirSync(path.join(source, label)).sort().slice(0, count)) {
      symlinkSync(path.join(source, label, image), path.join(folder, image));
    }
  }
  return files.path(name);
}

/** Every source label as a target of its own: predictions are the backbone's own. */
function everyLabel(
  { name, sha256, labelSpace }: BackboneDescription,
  nameOf: (label: Label) => string,
): AlignmentDocument {
  return {
    version: 1,
    backbone: { name, sha256, labelSpace: labelSpace.name, sourceCount: labelSpace.labels.length },
    method: { name: 'semap-1', similarity: 'wordnet' },
    aggregation: { kind: 'max' },
    targets: labelSpace.labels.map((label, index) => ({
      label: nameOf(label),
      expected: 'good',
      sources: labelSpace.background.includes(index)
        ? []
        : [{ label: label.name, index, weight: 1, similarity: 1 }],
    })),
  };
}
