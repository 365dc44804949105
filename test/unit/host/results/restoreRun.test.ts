import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import type { ResultsSource } from '../../../../src/protocol/resultsView.ts';
import { testFolder } from '../../folders.ts';
import { alignment, fakeEngine, finishedRun, noLabels } from './fakeRun.ts';
import '../withFakeVscode.ts';

const { restoreRun } = await import('../../../../src/host/results/restoreRun.ts');
const { Settlings } = await import('../../../../src/host/results/settlings.ts');
const { isResultsSource, sourceOf } = await import('../../../../src/host/results/resultsSource.ts');
const vscode = await import('vscode');

const [cat, other] = alignment.targets;
const mended: AlignmentDocument = { ...alignment, targets: [{ ...cat!, label: 'dog' }, other!] };

const { predictions, result } = await made();

describe('a run of the window before', () => {
  const root = testFolder();
  let photos: string;
  let source: ResultsSource;
  let open: AlignmentDocument;
  let unseen = 0;

  before(async () => {
    photos = join(root, 'photos');
    await mkdir(photos);
    await writeFile(join(root, 'file'), '');
  });
  beforeEach(async () => {
    open = alignment;
    unseen = 0;
    const uri = vscode.Uri.file(join(root, 'pets.semap.json'));
    (vscode.workspace.textDocuments as unknown[]).splice(0, 1, {
      uri,
      getText: () => serialiseAlignment(open),
    });
    const run = await finishedRun();
    source = JSON.parse(
      JSON.stringify({ ...sourceOf(run), folders: [photos], alignment: uri.fsPath, skipped: 1 }),
    );
  });

  const parts = {
    engine: fakeEngine({ rescore: () => ({ ...result, skipped: [], predictions, unseen }) }),
    library: { resolve: async () => '/models/tiny.onnx' as string | undefined },
    settlings: new Settlings(fakeEngine({}), noLabels),
  };

  it('is shown as it was: the same run, all images answered', async () => {
    unseen = 1;
    const run = await restoreRun(source, parts);
    assert.deepEqual([run.id, run.state, run.predictions.length], [source.id, 'done', 3]);
    assert.deepEqual([run.judged, run.correct, run.progress.total], [2, 1, 3]);
    assert.equal(run.time.toISOString(), source.time);
    assert.deepEqual(run.notes, ['1 image could not be read when the folder was classified.']);
  });

  it('that the reload interrupted can be continued, and says so', async () => {
    unseen = 7;
    const run = await restoreRun({ ...source, phase: 'running', skipped: 0 }, parts);
    assert.deepEqual([run.state, run.progress.done, run.progress.total], ['cancelled', 3, 10]);
    assert.deepEqual(run.notes, ['The window was reloaded during the classification.']);
    const notes = async (phase: 'cancelled' | 'failed') =>
      (await restoreRun({ ...source, phase }, parts)).notes.join();
    assert.match(await notes('cancelled'), /was canceled before it finished/);
    assert.match(await notes('failed'), /stopped before it finished/);
  });

  it('says that the folder has other images by now', async () => {
    unseen = 3;
    const run = await restoreRun(source, parts);
    assert.equal(run.state, 'cancelled');
    assert.match(run.notes.join(), /^2 images are new, were changed, or are no longer in the cache/);
  });

  it('is another run, and says so, where the alignment is another by now', async () => {
    open = mended;
    const run = await restoreRun({ ...source, skipped: 0 }, parts);
    assert.notEqual(run.id, source.id);
    assert.match(run.notes.join(), /^pets.semap.json was changed since the images were classified/);
  });

  it('is refused by name where folder, alignment or backbone are gone', async () => {
    const refused = (changed: Partial<ResultsSource>, message: RegExp) =>
      assert.rejects(restoreRun({ ...source, ...changed }, parts), { reason: 'not-found', message });
    await refused({ folders: [photos, join(root, 'nowhere')] }, /There is no folder .*nowhere/);
    await refused({ folders: [join(root, 'file')] }, /file is not a folder/);
    await refused({ alignment: join(root, 'gone.semap.json') }, /^gone.semap.json was deleted/);
    const { alignment: _, ...unsaved } = source;
    await assert.rejects(restoreRun(unsaved, parts), /never saved/);
    const none = { ...parts, library: { resolve: async () => undefined } };
    await assert.rejects(restoreRun(source, none), /The backbone tiny is not installed/);
  });

  it('is recognised in the memory of a page, and nothing else is', () => {
    assert.ok(isResultsSource(source));
    const wrong = [undefined, null, 1, {}, { ...source, folders: [] }, { ...source, time: 'soon' }];
    for (const value of wrong) assert.equal(isResultsSource(value), false);
  });
});

async function made() {
  const run = await finishedRun();
  assert.ok(run.result);
  return { predictions: run.predictions.slice(0, 9), result: run.result };
}
