import path from 'node:path';
import * as vscode from 'vscode';
import { namesIn } from '../../capabilities/testExpectations.ts';
import { SemapError } from '../../core/errors.ts';
import { withExpectation } from '../../core/expectations/addedExpectation.ts';
import type { JudgedImages } from '../../core/expectations/judge.ts';
import { readExpectation } from '../../core/expectations/readExpectation.ts';
import type { ExpectationScope } from '../../core/expectations/statedExpectations.ts';
import { askedLayoutText, isSameLayout } from '../../core/folders/layout.ts';
import { phrase } from '../../core/text/text.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import { SHOWN } from '../../protocol/cautionView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { changeAlignment, nearPath } from '../alignments/alignmentFiles.ts';
import { offer } from '../messages.ts';
import { StepUi } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import { askExpectation, saidOf } from './askExpectation.ts';
import type { ClassifyRun } from './classifyRun.ts';
import type { Settlings } from './settlings.ts';

interface Parts {
  readonly engine: Pick<Engine, 'call'>;
  readonly settlings: Pick<Settlings, 'of'>;
}

/** What of a run the person looks at: an image by its row, a label by its index. */
export interface ExpectationWish {
  readonly image?: number | undefined;
  readonly label?: number | undefined;
}

/** Alignments in these folders are not tested: they are records. */
const NOT_TESTED = /[\\/](?:node_modules|\.[^\\/]+)[\\/]/;

/**
 * `Add Expectation...`: asks what the alignment of a run shall promise, with what the page shows as the suggestion, and
 * writes it into its document, from where Undo takes it back.
 * @throws {SemapError} where the run has no document, or one of another version
 */
export async function addExpectation(
  { engine, settlings }: Parts,
  run: ClassifyRun,
  { image, label }: ExpectationWish = {},
): Promise<void> {
  const { t } = vscode.l10n;
  mustBeTrusted(phrase('Trust the workspace to write into its alignments.'));
  const { uri, folders } = await documentOf(run);
  const settled = isSettled(run, settlings);
  const scope = await scopeOf(run, { settled, folders }, engine);
  const judged = judgedImages(run);
  const about = {
    label: label === undefined ? undefined : judged.labels[label],
    image: image === undefined ? undefined : namesIn(run.images)(run.answers.at(image)?.path ?? ''),
  };
  const name = path.basename(uri.fsPath);
  const ui = new StepUi(t('SeMap: Add Expectation to {0}', name));
  const text = await askExpectation(judged, about, ui);
  if (text === undefined) return;
  const near = scope.folder === undefined ? scope : { ...scope, folder: nearPath(scope.folder, uri) };
  const resolve = (folder: string) => path.resolve(path.dirname(uri.fsPath), folder);
  let isNew = true;
  await changeAlignment(
    uri,
    (document) => {
      const { expectations: before = [], targets } = document;
      // Its labels may be others by now.
      readExpectation(
        text,
        targets.map((target) => target.label),
      );
      const expectations = withExpectation(before, text, near, resolve);
      isNew = expectations !== before;
      if (!isNew) return document;
      const { targets: _, members: __, ...rest } = document;
      // Before the long lists, where a person who reads the document finds it.
      const { members } = document;
      return { ...rest, expectations, targets, ...(members && { members }) };
    },
    true,
  );
  await tellAdded(text, { name, uri, isNew, said: saidOf(text, judged) });
}

/** @throws {SemapError} where there is nothing to write into */
async function documentOf(
  run: ClassifyRun,
): Promise<{ readonly uri: vscode.Uri; readonly folders: readonly string[] }> {
  if (run.state === 'running')
    throw new SemapError('busy', phrase('The images are still being classified.'), {
      hint: phrase('Add the expectation when they are done, or cancel.'),
    });
  const { alignmentPath } = run;
  if (alignmentPath === undefined)
    throw new SemapError('not-found', phrase('The alignment of these results is in no file.'), {
      hint: phrase('Save the alignment, and classify the images with it.'),
    });
  const name = path.basename(alignmentPath);
  if (NOT_TESTED.test(alignmentPath))
    throw new SemapError('invalid-argument', phrase('{0} is kept with a run, and is not tested.', name), {
      hint: phrase('Copy the alignment into the workspace, and classify the images with the copy.'),
    });
  const entry = await readEntry(vscode.Uri.file(alignmentPath));
  if (!entry)
    throw new SemapError('not-found', phrase('{0} was deleted or renamed.', name), {
      hint: phrase('Bring it back, or classify the images with another alignment.'),
    });
  const { uri, forEngine, problem } = entry;
  if (!forEngine) throw problem ?? new SemapError('invalid-document', phrase('Cannot read {0}.', name));
  if (decidedBy(forEngine) !== decidedBy(run.alignment))
    throw new SemapError(
      'invalid-argument',
      phrase('{0} was changed since these images were classified.', name),
      { hint: phrase('Score the images again, then add the expectation.') },
    );
  return { uri, folders: forEngine.folders ?? [] };
}

/** @throws {SemapError} where answers rest on what no expectation says */
function isSettled(run: ClassifyRun, settlings: Parts['settlings']): boolean {
  const { shown, balanced } = settlings.of(run).state;
  if (shown && balanced)
    throw new SemapError(
      'invalid-argument',
      phrase('These answers rest on the promise of about equally many images of each label.'),
      { hint: phrase('Settle the images without it, then add the expectation.') },
    );
  return shown;
}

/**
 * Which images an expectation is about so that it is tested on these, and answered as they are shown.
 * @param about.folders those of the document, absolute
 * @throws {SemapError} where no expectation can say that
 */
async function scopeOf(
  { images }: Pick<ClassifyRun, 'images'>,
  { settled, folders }: { readonly settled: boolean; readonly folders: readonly string[] },
  engine: Parts['engine'],
): Promise<ExpectationScope> {
  const own = images.folders.map((folder) => path.resolve(folder));
  const isOwn = JSON.stringify(own.toSorted()) === JSON.stringify(folders.toSorted());
  if (!isOwn && own.length > 1)
    throw new SemapError('invalid-argument', phrase('These results are of several folders.'), {
      hint: phrase('Classify one of them, or name all in {0} of the alignment.', '"folders"'),
    });
  return {
    ...(!isOwn && { folder: own[0] }),
    layout: await layoutOf(images, engine),
    split: images.split,
    ...(settled && { settled }),
  };
}

/** How folders are laid out, where a person said so: undefined where it is recognized anyway. */
async function layoutOf(
  { folders, layouts }: ClassifyRun['images'],
  engine: Parts['engine'],
): Promise<string | undefined> {
  const known = layouts?.map((layout) => layout ?? undefined) ?? [];
  if (known.every((layout) => layout === undefined)) return undefined;
  const found = await engine.call('recogniseLayouts', { folders: [...folders] });
  const isRecognized = known.every((layout, i) => !layout || isSameLayout(layout, found[i].layout));
  if (isRecognized) return undefined;
  const [asked, ...others] = [...new Set(known.map((layout) => layout && askedLayoutText(layout)))];
  if (asked === undefined || others.length > 0)
    throw new SemapError('invalid-argument', phrase('These folders are laid out in different ways.'), {
      hint: phrase('Classify one of them, then add the expectation.'),
    });
  return asked;
}

/** The answers that are shown of a run, as expectations judge them. */
function judgedImages({ answers, alignment, images, skipped, result, measured }: ClassifyRun): JudgedImages {
  const nameOf = namesIn(images);
  const rows = Array.from({ length: answers.length }, (_, row) => row);
  return {
    labels: alignment.targets.map(({ label }) => label),
    images: rows
      .filter((row) => answers.said(row) !== SHOWN.gone)
      .map((row) => {
        const { path: file, target, confidence, truth } = answers.at(row)!;
        return { path: file, name: nameOf(file), target, confidence, truth };
      }),
    unread: skipped.map(({ path: file, reason }) => ({ path: file, name: nameOf(file), reason })),
    measuredOn: (measured ?? result)?.measuredOn ?? { learned: 0 },
  };
}

async function tellAdded(
  text: string,
  {
    name,
    uri,
    isNew,
    said,
  }: {
    readonly name: string;
    readonly uri: vscode.Uri;
    readonly isNew: boolean;
    readonly said: string | undefined;
  },
): Promise<void> {
  const { t } = vscode.l10n;
  const what = isNew ? t('Added "{0}" to {1}.', text, name) : t('{1} states "{0}" already.', text, name);
  await offer('information', said === undefined ? what : `${what} ${said}`, [
    { title: t('Show in Testing'), command: 'workbench.view.testing.focus' },
    { title: t('Open Alignment as Text'), command: 'semap.openAlignmentText', arguments: [uri] },
  ]);
}
