import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type {
  ExportClassifierParams,
  ExportedClassifier,
} from '../../../../src/protocol/classifierExport.ts';
import { testFolder } from '../../folders.ts';
import { alignment, fakeEngine } from '../results/fakeRun.ts';
import { eventually, fakeMemory, type openInput, stage } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { ExportClassifier } = await import('../../../../src/host/alignments/exportClassifier.ts');

const START = '$(play) Export Classifier';

describe('Export Classifier', { skip: process.platform === 'win32' }, () => {
  let root: string;
  let memory: ReturnType<typeof fakeMemory>;
  let asked: ExportClassifierParams[];
  let fails: SemapError | undefined;
  const at = (...parts: string[]) => path.join(root, ...parts);

  beforeEach(() => {
    root = testFolder();
    memory = fakeMemory();
    asked = [];
    fails = undefined;
    Object.assign(stage, { folders: [root], trusted: true, messages: [], executed: [], answer: undefined });
    stage.files = [];
  });

  const exportClassifier = () => {
    const engine = fakeEngine({
      exportClassifier: (params: ExportClassifierParams): ExportedClassifier => {
        asked.push(params);
        if (fails) throw fails;
        writeFileSync(params.file, 'onnx');
        const { height = 'H', width = 'W' } = params.options.size ?? {};
        return {
          file: params.file,
          bytes: 14_000_000,
          sha256: 'ab',
          form: 'modern',
          opset: 18,
          input: { name: 'images', shape: ['N', height, width, 3] },
          labels: ['cat', 'dog'],
          parity: { images: 12, own: 8, largestDifference: 0.00021, otherLabels: 0 },
          metadata: {},
        };
      },
    });
    const library = { resolve: async () => '/m/tiny.onnx' };
    return new ExportClassifier({
      engine,
      library,
      active: { current: undefined },
      memory,
      version: '1.2.3',
    });
  };
  const document = (...parts: string[]) => {
    mkdirSync(path.dirname(at(...parts)), { recursive: true });
    writeFileSync(at(...parts), serialiseAlignment(alignment));
    return vscode.Uri.file(at(...parts));
  };
  /** The form with a row of this name. */
  const form = (label = START) =>
    eventually(
      () => (stage.open?.items?.some((item) => item.label === label) ? stage.open : undefined),
      label,
    );
  /** Changes one setting: chooses its row, then answers what it asks. */
  const set = async (row: string, answer: (input: Awaited<ReturnType<typeof openInput>>) => void) => {
    const shown = await form();
    shown.choose(row);
    answer(await eventually(() => (stage.open && stage.open !== shown ? stage.open : undefined), row));
  };

  it('writes a file beside the document, and says how it answers', async () => {
    const done = exportClassifier().run(document('pets.semap.json'));
    (await form()).choose(START);
    await done;
    const [{ file, backbone, options, version, alignment: given }] = asked;
    assert.deepEqual([file, backbone, version], [at('pets.onnx'), '/m/tiny.onnx', '1.2.3']);
    assert.deepEqual(options, { target: 'onnxruntime' });
    assert.deepEqual(given.targets, alignment.targets);
    assert.deepEqual(stage.messages, [
      {
        kind: 'information',
        message:
          'Exported pets.onnx (14.0 MB). It gives 12 test images the same labels as SeMap; confidences differ by 0.021% at most.',
        items: ['Reveal', 'Add as Backbone'],
      },
    ]);
  });

  it('proposes a name that is free', async () => {
    writeFileSync(at('pets.onnx'), 'a model of the person');
    const done = exportClassifier().run(document('pets.semap.json'));
    (await form()).choose(START);
    await done;
    assert.equal(asked[0].file, at('pets-2.onnx'));
    assert.equal(String(await readFile(at('pets.onnx'))), 'a model of the person');
  });

  it('asks for target, size and threshold, and proposes them the next time', async () => {
    const uri = document('pets.semap.json');
    const first = exportClassifier().run(uri);
    await set('Runs On', (input) => input.choose('Older versions of onnxruntime, and other programs'));
    await set('Image Size', (input) => {
      input.enter('480');
      assert.match(input.validationMessage ?? '', /480x640/);
      input.enter('99999x2');
      input.enter('480 x 640');
    });
    await set('Threshold', (input) => {
      input.enter('2');
      assert.match(input.validationMessage ?? '', /0 to 1/);
      input.enter('0.5');
    });
    (await form()).choose(START);
    await first;
    const options = { target: 'other', size: { height: 480, width: 640 }, threshold: 0.5 };
    assert.deepEqual(asked[0].options, options);

    const second = exportClassifier().run(uri);
    await set('Threshold', (input) => input.enter(''));
    (await form()).choose(START);
    await second;
    assert.deepEqual(asked[1].options, { target: 'other', size: options.size });
  });

  it('writes snippets and a Triton model repository beside the file', async () => {
    const done = exportClassifier().run(document('pets.semap.json'));
    await set('Snippets', (input) => input.choose('In a Folder beside the File'));
    await set('Triton Model Repository', (input) => input.choose('In a Folder beside the File'));
    (await form()).choose(START);
    await done;
    assert.match(String(await readFile(at('pets-snippets', 'classify.py'))), /"\.\.\/pets\.onnx"/);
    assert.deepEqual(JSON.parse(String(await readFile(at('pets-snippets', 'labels.json')))), ['cat', 'dog']);
    assert.equal(String(await readFile(at('pets-triton', 'pets', '1', 'model.onnx'))), 'onnx');
  });

  it('keeps the file where something beside it cannot be written, and says why', async () => {
    mkdirSync(at('mine'));
    writeFileSync(at('mine', 'classify.py'), 'print("mine")');
    stage.picked = [at('mine')];
    const done = exportClassifier().run(document('pets.semap.json'));
    await set('Snippets', (input) => input.choose('In Another Folder...'));
    (await form()).choose(START);
    await done;
    assert.deepEqual(await readdir(at('mine')), ['classify.py']);
    const [failure, success] = stage.messages;
    assert.match(failure.message, /already has other files of these names: classify\.py/);
    assert.match(success.message, /^Exported pets\.onnx/);
  });

  it('proposes a run its own name, in the folder of the workspace', async () => {
    const folder = at('.semap', 'runs', '2026-11-29T06-55-00-classify-photos');
    document(path.relative(root, folder), 'alignment.semap.json');
    const done = exportClassifier().run({ folder });
    (await form()).choose(START);
    await done;
    assert.equal(asked[0].file, at('photos.onnx'));
  });

  it('proposes a run its own name, in the folder of the workspace, of a search too', async () => {
    const folder = at('.semap', 'runs', '2026-11-29T06-55-00-find-photos', 'watermark-blm+-0a1b2c3d');
    document(path.relative(root, folder), 'alignment.semap.json');
    const done = exportClassifier().run({ folder });
    (await form()).choose(START);
    await done;
    assert.equal(asked[0].file, at('photos.onnx'));
  });

  it('says why there is no file', async () => {
    fails = new SemapError('unsupported-model', phrase('The model is larger than 2 GB.'));
    const done = exportClassifier().run(document('pets.semap.json'));
    (await form()).choose(START);
    await assert.rejects(done, fails);
    assert.deepEqual(stage.messages, []);
  });

  it('adds the file as a backbone where the person wants that', async () => {
    stage.answer = 'Add as Backbone';
    const done = exportClassifier().run(document('pets.semap.json'));
    (await form()).choose(START);
    await done;
    assert.deepEqual(
      stage.executed.map(([command, uri]) => [command, String(uri)]),
      [['semap.addBackbone', `file://${at('pets.onnx')}`]],
    );
  });

  it('writes nothing where the person changes their mind, or does not trust the workspace', async () => {
    const done = exportClassifier().run(document('pets.semap.json'));
    (await form()).hide();
    await done;
    stage.trusted = false;
    await assert.rejects(exportClassifier().run(document('pets.semap.json')), /not trusted/);
    assert.deepEqual(asked, []);
  });
});
