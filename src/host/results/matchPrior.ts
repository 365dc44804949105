import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { decidingText } from '../../core/alignments/alignmentDifference.ts';
import { SemapError } from '../../core/errors.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { type ActiveAlignment, readEntry } from '../alignments/activeAlignment.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { askModal } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ClassifyRun } from './classifyRun.ts';

interface MatchPriorParts {
  readonly engine: Engine;
  readonly active: Pick<ActiveAlignment, 'update'>;
  readonly classify: {
    readonly last: ClassifyRun | undefined;
    again(run: ClassifyRun): Promise<ClassifyRun | undefined>;
  };
}

/**
 * `Match Prior...`: shifts the scores of the last run's alignment so that every label gets about as many of its images,
 * and classifies them again from the cache. The shifts are the offsets of the document: to be seen, and undone.
 */
export async function matchPrior({ engine, active, classify }: MatchPriorParts): Promise<void> {
  const { t } = vscode.l10n;
  const run = classify.last;
  const path = run?.settings.alignmentPath;
  if (!run || run.state === 'running' || path === undefined) {
    throw new SemapError('invalid-argument', phrase('There is no finished classification to match.'), {
      hint: phrase('Classify a folder first, with a saved alignment.'),
    });
  }
  const match = t('Match');
  const answer = await askModal(
    t('Do the folders contain about the same number of images of each label?'),
    [
      say(
        phrase(
          'Match Prior shifts the scores in {0} so that each label gets about the same share of the {1} in {2}. If the labels are not about equally frequent, results get worse.',
          basename(path),
          imageCount(run.predictions.length),
          titleOf(run.settings.params.folders),
        ),
      ),
    ],
    match,
  );
  if (answer !== match) return;
  const uri = vscode.Uri.file(path);
  const document = (await readEntry(uri))?.document;
  const { alignment } = run.settings.params;
  if (!document || decidingText(document) !== decidingText(alignment)) {
    throw new SemapError(
      'invalid-argument',
      phrase('{0} was changed since the folder was classified.', basename(path)),
      { hint: phrase('Classify the folder again.') },
    );
  }
  const { offsets, images } = await engine.call('priorOffsets', run.settings.params);
  if (images === 0) return;
  await active.update(uri, withOffsets(document, offsets), true);
  await classify.again(run);
}

function withOffsets(document: AlignmentDocument, more: readonly number[]): AlignmentDocument {
  const targets = document.targets.map((target, t) => ({
    ...target,
    offset: Number(((target.offset ?? 0) + more[t]).toFixed(4)),
  }));
  return { ...document, targets };
}
