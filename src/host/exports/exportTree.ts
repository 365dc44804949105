import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { ExportSource } from '../../core/exports/exportedRun.ts';
import type { FormatOptions, TreeFormat } from '../../core/exports/format.ts';
import { treeOptions } from '../../core/exports/trees/treeFormats.ts';
import { treeCounts, treeNotes, treeQuestion } from '../../core/exports/trees/treeWords.ts';
import type { PlanOutcome } from '../../core/plans/filePlan.ts';
import { type SurveyedTree, surveyTree } from '../../files/plans/treeFiles.ts';
import { plural, say } from '../language.ts';
import { showInformation, withCancel } from '../messages.ts';
import { type FilePlacing, leftRows } from './filePlacing.ts';

/** Labels that the question names. */
const SHOWN_LABELS = 12;
const LATE_MS = 1000;
/** Rows of the list of files: an editor with more of them is slow. */
const MOST_ROWS = 200_000;

/**
 * Places the images of a classification in a folder: says first what would happen, and asks.
 * @param folder absolute
 * @returns undefined where nothing was done, or not all of it
 */
export async function exportTree(
  placing: FilePlacing,
  source: ExportSource,
  { format, options, folder }: { format: TreeFormat; options: FormatOptions; folder: string },
): Promise<PlanOutcome | undefined> {
  const { t } = vscode.l10n;
  const asked = treeOptions(format, options);
  const tree = await withLateCancel(t('Looking at the images'), (signal, report) =>
    surveyTree(source, asked, folder, {
      add: asked.add,
      signal,
      onProgress: (done, total) =>
        // A notification cannot be changed for each of a million images.
        done % 1000 === 0 && report((100 * done) / total),
    }),
  );
  if (tree.images === 0) {
    void showInformation([t('There is nothing to place.'), ...treeNotes(tree).map(say)].join(' '));
    return undefined;
  }
  if (!(await isWanted(placing, tree, asked.mode))) return undefined;
  const title = asked.mode === 'move' ? t('Moving images') : t('Placing images');
  return placing.carryOut(tree.filePlan, {
    title,
    done: ({ done, left, folder: to }) => {
      const placed = plural(done, 'Placed {0} image in {1}.', 'Placed {0} images in {1}.', to);
      if (left === 0) return placed;
      return `${placed} ${plural(left, '{0} file was left as it is.', '{0} files were left as they are.')}`;
    },
  });
}

/** What is over in a moment needs no notification, which would be in the way of those that follow. */
async function withLateCancel<R>(
  title: string,
  task: (signal: AbortSignal, report: (percent: number) => void) => Promise<R>,
): Promise<R> {
  const abort = new AbortController();
  let percent = 0;
  let show: (() => void) | undefined;
  const work = task(abort.signal, (now) => {
    percent = now;
    show?.();
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  if (await Promise.race([ended, sleep(LATE_MS, false, { ref: false })])) return work;
  return withCancel(title, (signal, report) => {
    signal.addEventListener('abort', () => abort.abort(), { once: true });
    show = () => report({ percent });
    return work;
  });
}

/** Asks, with the files on wish. */
function isWanted(
  placing: FilePlacing,
  tree: SurveyedTree,
  mode: ReturnType<typeof treeOptions>['mode'],
): Promise<boolean> {
  const { t } = vscode.l10n;
  const question = say(treeQuestion(mode, tree.images, tree.bytes, tree.folder));
  const details = [treeCounts(tree.plan, SHOWN_LABELS), ...treeNotes(tree)].map(say);
  const go = { copy: t('Copy'), move: t('Move'), hardlink: t('Link'), symlink: t('Link') }[mode];
  const planned = tree.plan.files.slice(0, MOST_ROWS).map(({ from, to }) => ({ file: from, note: to }));
  const rows = [...leftRows(tree.leftFiles), ...planned];
  return placing.ask(question, details, go, { title: t('Planned files'), rows });
}
