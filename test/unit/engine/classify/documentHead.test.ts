import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { type AlignmentDocument, withHead } from '../../../../src/core/alignments/alignment.ts';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withPaths } from '../../../../src/core/alignments/documentPaths.ts';
import { encodeHead, type HeadContent } from '../../../../src/core/heads/headFile.ts';
import { learnedKey } from '../../../../src/core/mapping/labelledOutputs.ts';
import { headFiles } from '../../../../src/core/runs/run.ts';
import { linearColour, meanColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, writeBackbone, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);

describe('A document with a head', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  const plain = identityAlignment(labels, 'linear');
  let folder: string;
  let sha256: string;

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    folder = writeColourImages(files, 'photos', 4);
    ({ sha256 } = await engine.rpc.call('describeBackbone', { backbone: 'linear' }));
  });

  /** What is red is a dog, and so on. */
  const turned = (more: Partial<HeadContent> = {}): HeadContent => ({
    kind: 'linear-probe',
    backbone: sha256,
    prompt: '',
    targets: labels,
    terms: {
      reads: 'features',
      width: 3,
      weights: Float32Array.of(0, 0, 9, 9, 0, 0, 0, 9, 0),
      bias: new Float32Array(3),
    },
    ...more,
  });

  function headed(name: string, content: HeadContent, learned = ''): AlignmentDocument {
    const bytes = encodeHead(content);
    const file = files.write(`heads/${name}.head.safetensors`, bytes);
    return withHead(plain, {
      kind: content.kind,
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      learned: { images: 1, validation: { images: 0, accuracy: null }, learned },
    });
  }
  const asked = (alignment: AlignmentDocument) => ({ folders: [folder], backbone: 'linear', alignment });

  test('is scored by it when a folder is classified, scored again, scored live and compared', async () => {
    const alignment = headed('turned', turned(), learnedKey('cat/0.ppm'));
    const first = await engine.rpc.call('classify', asked(alignment));
    assert.deepEqual([first.accuracy, first.measuredOn.measured, first.measuredOn.learned], [0, 11, 1]);
    assert.deepEqual(first.head, { kind: 'linear-probe', sha256: alignment.head!.sha256 });
    const again = await engine.rpc.call('rescore', asked(alignment));
    assert.equal(again.accuracy, 0);
    const { now, before, changed } = await engine.rpc.call('liveScore', {
      ...asked(alignment),
      before: plain,
    });
    assert.deepEqual([now.accuracy, before?.accuracy, changed], [0, 1, 12]);
    const side = { backbone: 'linear' };
    const { onlyRight, figures } = await engine.rpc.call('compareAlignments', {
      folders: [folder],
      sides: [
        { ...side, alignment: plain },
        { ...side, alignment },
      ],
    });
    assert.deepEqual([onlyRight, figures[1].accuracy], [[11, 0], 0]);
  });

  test('says that its cells do not explain what the head decided', async () => {
    const alignment = headed('turned', turned());
    const path = `${folder}/cat/0.ppm`;
    const cells = await engine.rpc.call('decidingCells', { ...asked(alignment), path });
    assert.equal(cells.head, 'linear-probe');
    assert.notEqual(cells.target, 0);
    const mapped = await engine.rpc.call('decidingCells', { ...asked(plain), path });
    assert.deepEqual([mapped.head, mapped.target], [undefined, 0]);
  });

  test('of logits does without features', async () => {
    const { weights } = turned().terms as { weights: Float32Array };
    const terms = { reads: 'logits' as const, width: 3, weights, bias: new Float32Array(3) };
    const result = await engine.rpc.call(
      'rescore',
      asked(headed('logits', turned({ kind: 'linear-mapping', terms }))),
    );
    assert.equal(result.accuracy, 0);
  });

  test('runs images again whose features were never kept', async () => {
    const others = writeColourImages(files, 'others', 2);
    const alignment = { ...headed('turned', turned()) };
    const result = await engine.rpc.call('classify', { ...asked(alignment), folders: [others] });
    assert.deepEqual([result.images, result.accuracy], [6, 0]);
  });

  test('whose file is gone, another, or of another backbone is refused by name', async () => {
    const gone = headed('gone', turned());
    rmSync(gone.head!.file);
    await assert.rejects(engine.rpc.call('classify', asked(gone)), {
      reason: 'not-found',
      hint: 'Put it back, or remove "head" from the alignment to classify by its mapping.',
    });
    const other = headed('other', turned());
    files.write('heads/other.head.safetensors', encodeHead(turned({ targets: ['x', 'y', 'z'] })));
    await assert.rejects(
      engine.rpc.call('classify', asked(other)),
      /is not the head that the alignment was saved/,
    );
    const head = { ...other.head!, file: 'near.head.safetensors' };
    await assert.rejects(
      engine.rpc.call('classify', asked({ ...other, head })),
      /relative to an unknown document/,
    );
    const kind = { ...headed('kind', turned()).head!, kind: 'prototypes' as const };
    await assert.rejects(
      engine.rpc.call('classify', asked({ ...plain, head: kind })),
      /as prototypes, but it is/,
    );
    const foreign = headed('foreign', turned({ backbone: 'other' }));
    await assert.rejects(
      engine.rpc.call('classify', asked(foreign)),
      /learned with another backbone than linear/,
    );
  });

  test('is saved beside a training, learned from its images, and classifies others', async () => {
    const many = writeColourImages(files, 'many', 12);
    const settings = { prompt: { kind: 'none' as const }, mapping: 'blm' as const, threads: 1 };
    const runFolder = files.path('run');
    const record = await engine.rpc.call('train', {
      folders: [many],
      settings,
      backbone: 'linear',
      alignment: plain,
      runFolder,
    });
    const kept = record.baselines.filter(({ head }) => head).map(({ kind }) => kind);
    assert.deepEqual(kept, ['linear-mapping', 'linear-probe']);
    for (const kind of kept) {
      const file = headFiles(kind);
      const document = parseAlignment(readFileSync(files.path('run', file.document), 'utf8'));
      assert.deepEqual([document.version, document.head?.kind, document.head?.file], [2, kind, file.head]);
      assert.equal(document.head?.learned.images, record.trainImages);
      const alignment = withPaths(document, (named) => files.path('run', named));
      const on = { folders: [many], backbone: 'linear', alignment };
      const { accuracy, measuredOn } = await engine.rpc.call('classify', on);
      assert.deepEqual(
        [accuracy, measuredOn.measured, measuredOn.learned],
        [1, 36 - record.trainImages, record.trainImages],
      );
    }
  });

  test('on features is refused where the backbone gives none', async () => {
    const backbone = files.write('colour.onnx', meanColour());
    const described = await engine.rpc.call('describeBackbone', { backbone, sidecar: colourSidecar });
    const alignment = headed('none', turned({ backbone: described.sha256 }));
    const labelSpace = described.labelSpace.name;
    await assert.rejects(
      engine.rpc.call('classify', {
        folders: [folder],
        backbone,
        sidecar: colourSidecar,
        alignment: { ...alignment, backbone: { ...alignment.backbone, labelSpace } },
      }),
      /needs penultimate features, which .* does not give/,
    );
  });
});
