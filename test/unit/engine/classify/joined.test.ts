import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument, HeadRecord } from '../../../../src/core/alignments/alignment.ts';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { joinAlignments, withMemberWeights } from '../../../../src/core/alignments/memberEdits.ts';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import type { ClassifyParams } from '../../../../src/protocol/classification.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { linearColour, meanColour } from '../classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../colours.ts';
import { type EngineRpc, engineOfSuite, noModels } from '../engineHarness.ts';

const [cat, dog, bird] = Object.keys(colours);

describe('Several backbones', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let folder: string;
  let both: AlignmentDocument;
  const about = () => ({ folders: [folder], backbone: both.backbone.path!, alignment: both });
  /** An alignment of labels with the sources of their colours. */
  const alone = (file: string, labels: readonly string[], sha256: string) =>
    alignmentOf(
      3,
      labels.map((label) => target(label, source([cat, dog, bird].indexOf(label), 1, 1, label))),
      {
        backbone: { name: path.parse(file).name, path: file, sha256, labelSpace: 'colours', sourceCount: 3 },
      },
    );

  before(async () => {
    const first = writeBackbone(files, 'mean', meanColour());
    const second = writeBackbone(files, 'linear', linearColour());
    folder = writeColourImages(files, 'photos', 3);
    const [one, other] = await Promise.all(
      [first, second].map((backbone) => engine.rpc.call('describeBackbone', { backbone })),
    );
    // One knows cats and dogs, the other dogs and birds.
    both = joinAlignments([
      { ...alone(first, [cat, dog], one.sha256), backbone: backboneOf(one) },
      { ...alone(second, [dog, bird], other.sha256), backbone: backboneOf(other) },
    ]);
  });

  const backboneOf = ({ name, path: file, sha256, labelSpace }: BackboneDescription) => ({
    name,
    path: file,
    sha256,
    labelSpace: labelSpace.name,
    sourceCount: labelSpace.labels.length,
  });

  test('answer together for labels that one of them knows alone, and are named with their hashes', async () => {
    const { result, sources } = await classified(engine.rpc, about());
    assert.deepEqual(
      both.targets.map(({ label }) => label),
      [cat, dog, bird],
    );
    assert.equal(result.accuracy, 1);
    assert.equal(result.images, 9);
    assert.equal(sources.length, 6);
    assert.deepEqual(result.backbone, {
      name: 'mean + linear',
      sha256: both.backbone.sha256,
      members: [{ name: 'linear', sha256: both.members![0].backbone.sha256 }],
    });
  });

  test('find in the cache what each said before, and only what one lacks is run', async () => {
    files.write('photos/cat/new.ppm', ppm(colours.cat, 99));
    const { backbone, ...images } = about();
    const single = { ...images, backbone, alignment: { ...both, members: undefined, version: 1 } };
    const first = await classified(engine.rpc, single);
    assert.equal(first.cached, 9);
    const second = await classified(engine.rpc, about());
    assert.deepEqual([second.cached, second.result.images], [9, 10]);
    const again = await classified(engine.rpc, about());
    assert.equal(again.cached, 10);
    const other = both.members![0].backbone.path!;
    const alone = { ...both, backbone: both.members![0].backbone, members: undefined, version: 1 };
    assert.equal((await classified(engine.rpc, { ...images, backbone: other, alignment: alone })).cached, 10);
  });

  test('are scored again without running, and by the weights that they have now', async () => {
    const live = await engine.rpc.call('liveScore', about());
    assert.deepEqual([live.now.images, live.now.accuracy, live.unseen], [10, 1, 0]);
    const rescored = await engine.rpc.call('rescore', about());
    assert.equal(rescored.accuracy, 1);
    const unmapped = withEdit(both, { kind: 'unmap', member: 1, target: 2, source: 2 });
    const { now, changed } = await engine.rpc.call('liveScore', {
      ...about(),
      alignment: unmapped,
      before: both,
    });
    assert.ok(changed === 3 && now.accuracy! < 1);
    // What one of them said before the other joined is not read off the outputs of both.
    const alone = { ...both, members: undefined, version: 1 };
    const joined = await engine.rpc.call('liveScore', { ...about(), before: alone });
    assert.deepEqual([joined.before, joined.changed, joined.now.accuracy], [undefined, 0, 1]);
  });

  test('earn their weights by what each says of the images, as far as it carries the labels', async () => {
    const bare = files.path('bare');
    for (const name of [cat, dog, bird])
      files.write(`bare/${name[0]}.ppm`, ppm(colours[name as keyof typeof colours], 1));
    const unlabelled = { ...about(), folders: [bare] };
    await classified(engine.rpc, unlabelled);
    const { weights, images, learned } = await engine.rpc.call('memberWeights', unlabelled);
    assert.deepEqual([weights.length, images, learned], [2, 3, undefined]);
    assert.ok(weights.every((weight) => weight > 0 && weight <= 1) && weights.includes(1));
  });

  test('learn their weights from images whose labels are known, and what they are then worth', async () => {
    const { weights, images, learned } = await engine.rpc.call('memberWeights', about());
    assert.deepEqual([weights.length, images], [2, learned?.images]);
    assert.equal(learned?.validation.accuracy, 1);
    assert.ok(learned.images + learned.validation.images <= 10);
    const weighed = withMemberWeights(both, weights, { record: learned });
    const { now } = await engine.rpc.call('liveScore', { ...about(), alignment: weighed });
    assert.equal(now.measuredOn.learned, learned.images);
  });

  test('say which sources of which of them decided', async () => {
    const image = files.path('photos/dog/0.ppm');
    const found = await engine.rpc.call('decidingCells', { ...about(), path: image });
    assert.equal(found.target, 1);
    assert.deepEqual(
      found.cells.map((cell) => [cell.source, cell.share]),
      [
        [1, 0.5],
        [4, 0.5],
      ],
    );
    const weighed = withEdit(both, { kind: 'weigh', member: 1, weight: 3 });
    const { cells } = await engine.rpc.call('decidingCells', { ...about(), alignment: weighed, path: image });
    assert.deepEqual(
      cells.map((cell) => [cell.source, cell.share]),
      [
        [4, 0.75],
        [1, 0.25],
      ],
    );
  });

  test('show their similarities in one row, and explain a cell of any of them', async () => {
    const { sources, values, treeOrder, kinds } = await engine.rpc.call('similarities', { alignment: both });
    assert.equal(sources.length, 6);
    assert.equal(values.length, 18);
    assert.deepEqual(
      [...treeOrder].map((at) => Math.floor(at / 3)),
      [0, 0, 0, 1, 1, 1],
    );
    assert.equal(kinds?.length, 3);
    const row = [...values.subarray(3, 6)];
    assert.equal(row.length, 3);
    const explain = (at: number) => engine.rpc.call('explain', { alignment: both, target: 1, source: at });
    assert.deepEqual(await explain(4), await explain(1));
    await assert.rejects(explain(6));
  });

  test('align a label again with each of them', async () => {
    const edit = { kind: 'add', label: 'feline' } as const;
    const next = await engine.rpc.call('realign', { alignment: both, edit });
    assert.equal(next.targets.length, 4);
    assert.equal(next.targets[3].sources[0].label, 'cat');
    assert.equal(next.members![0].targets.at(-1)!.sources[0].label, 'cat');
    assert.equal(next.targets[3].sense, 'feline%1:05:00::');
  });

  test('settle and learn a head together, which then decides', async () => {
    for (const label of [cat, dog, bird])
      for (let i = 0; i < 8; i++) {
        const [r, g, b] = colours[label as keyof typeof colours];
        files.write(`many/${label}/${i}.ppm`, ppm([r + 3 * i, g + 2 * i, b + i], i));
      }
    const many = { ...about(), folders: [files.path('many')] };
    await classified(engine.rpc, many);
    const settled = await engine.rpc.call('settle', { ...many, mode: 'always' });
    assert.equal(settled.figures.accuracy, 1);
    const { head, bytes } = await engine.rpc.call('learnHead', { ...many, kind: 'mixture' });
    const file = files.write('both.head.safetensors', bytes);
    const headed = { ...both, version: 2, head: { ...head, file } };
    assert.equal((await engine.rpc.call('rescore', { ...many, alignment: headed })).accuracy, 1);
    const alone = { ...headed, members: undefined };
    await assert.rejects(engine.rpc.call('rescore', { ...many, alignment: alone }), /another backbone/);
  });

  test('are refused by name where one is gone, or has other labels', async () => {
    const [member] = both.members!;
    const withBackbone = (more: object): AlignmentDocument => ({
      ...both,
      members: [{ ...member, backbone: { ...member.backbone, ...more } }],
    });
    const refusal = async (alignment: AlignmentDocument) => {
      const error = await engine.rpc.call('rescore', { ...about(), alignment }).then(
        () => assert.fail('was scored'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof SemapError);
      return error;
    };
    const own = await refusal({ ...both, members: [{ ...member, head: headOf('own') }] });
    assert.match(own.message, /^linear has a head of its own/);
    const gone = await refusal(withBackbone({ path: files.path('gone.onnx') }));
    assert.match(gone.message, /linear, one of the backbones of the alignment: /);
    assert.match(gone.hint!, /leave it out/);
    const other = await refusal(withBackbone({ sourceCount: 5 }));
    assert.equal(other.reason, 'labels-mismatch');
    assert.match(other.message, /linear, one of the backbones of the alignment: /);
    assert.match(other.hint!, /leave it out/);
  });

  test('run an image again of which the outputs of one are damaged, and keep them again', async () => {
    const outputs = files.path('cache/outputs');
    const own = readdirSync(outputs).find(
      (name) => name.startsWith('linear-') && !name.includes('features'),
    )!;
    for (const segment of readdirSync(path.join(outputs, own))) {
      const file = path.join(outputs, own, segment, 'logits.bin');
      writeFileSync(file, new Uint8Array(statSync(file).size));
    }
    assert.equal((await classified(engine.rpc, about())).cached, 0);
    assert.equal((await classified(engine.rpc, about())).cached, 10);
  });

  test('keep nothing twice', () => {
    const kept = readdirSync(files.path('cache/outputs')).filter((name) => !name.includes('features'));
    assert.deepEqual(kept.map((name) => name.split('-')[0]).toSorted(), ['linear', 'mean']);
  });
});

const headOf = (file: string): HeadRecord => ({
  kind: 'mixture',
  file,
  sha256: file,
  learned: { images: 1, validation: { images: 0, accuracy: null }, learned: '' },
});

async function classified(rpc: EngineRpc, params: ClassifyParams) {
  let cached = 0;
  let sources: readonly string[] = [];
  const result = await rpc.call('classify', params, {
    onProgress: (progress) => {
      cached = progress.cached;
      sources = progress.sources ?? sources;
    },
  });
  return { result, cached, sources };
}
