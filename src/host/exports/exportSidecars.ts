import * as vscode from 'vscode';
import type { ExportSource } from '../../core/exports/exportedRun.ts';
import type { FormatOptions } from '../../core/exports/format.ts';
import type { SurveyedSidecars } from '../../core/exports/sidecars/sidecarSurvey.ts';
import { sidecarOptions, taggedFolders } from '../../core/exports/sidecars/xmpFormat.ts';
import type { PlanOutcome } from '../../core/plans/filePlan.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import { showInformation, withCancel } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { FilePlacing } from './filePlacing.ts';

/**
 * Writes sidecars beside the images of a classification: says first what would happen, and asks. Each folder can be undone.
 * @returns what came of each folder; undefined where nothing was done
 */
export async function exportSidecars(
  engine: Pick<Engine, 'call'>,
  placing: FilePlacing,
  source: ExportSource,
  given: FormatOptions,
): Promise<readonly (PlanOutcome | undefined)[] | undefined> {
  const { t } = vscode.l10n;
  const options = sidecarOptions(given);
  const kindsOf = (senses: readonly string[]) => engine.call('kindsAbove', { senses });
  const folders = await taggedFolders(source, options, kindsOf);
  const survey = await withCancel(t('Looking at the sidecars'), (signal, report) =>
    engine.call(
      'surveySidecars',
      { folders, options },
      {
        signal,
        onProgress: ({ done, total }) => report({ percent: total > 0 ? (100 * done) / total : 100 }),
      },
    ),
  );
  if (!(await isWanted(placing, survey, titleOf(source.run.folders)))) return undefined;
  const changing = folders.filter(({ folder }) => survey.folders.includes(folder));
  const { journals } = await withCancel(t('Preparing the sidecars'), (signal) =>
    engine.call('planSidecars', { folders: changing, options }, { signal }),
  );
  const outcomes: (PlanOutcome | undefined)[] = [];
  for (const journal of journals) {
    const outcome = await placing.carryOutJournal(journal, {
      title: t('Writing sidecars'),
      done: ({ done, left, folder }) => {
        const wrote = plural(
          done,
          'Wrote {0} sidecar in {1}.',
          'Wrote {0} sidecars in {1}.',
          titleOf([folder]),
        );
        if (left === 0) return wrote;
        return `${wrote} ${plural(left, '{0} file was left as it is.', '{0} files were left as they are.')}`;
      },
    });
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Says what would happen and asks; where nothing would, says only that. */
async function isWanted(
  placing: FilePlacing,
  { created, merged, unchanged, left, problems }: SurveyedSidecars,
  title: string,
): Promise<boolean> {
  const { t } = vscode.l10n;
  const details = [
    created > 0 && plural(created, '{0} new file', '{0} new files'),
    merged > 0 &&
      plural(
        merged,
        '{0} existing file gets the label; everything else in it stays.',
        '{0} existing files get the label; everything else in them stays.',
      ),
    unchanged > 0 && plural(unchanged, '{0} image needs no change.', '{0} images need no change.'),
    left > 0 &&
      plural(
        left,
        '{0} image gets no sidecar: {1}',
        '{0} images get no sidecar, the first: {1}',
        problems[0].problem.message,
      ),
  ].filter((line) => typeof line === 'string');
  if (created + merged === 0) {
    void showInformation([t('There is no sidecar to write.'), ...details].join(' '));
    return false;
  }
  const question = t('Write XMP sidecars beside the images of {0}? Images are not changed.', title);
  const rows = problems.map(({ file, problem }) => ({ file, note: say(problem.message) }));
  const list = left > 0 ? { title: t('Images without a sidecar'), rows } : undefined;
  return placing.ask(question, details, t('Write'), list);
}
