import * as vscode from 'vscode';
import { imageCount } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { askModal } from '../messages.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** Whether a person promises that there are about equally many images of each label: where it is not so, answers get worse. */
export async function promiseBalance({ folders, predictions, alignment }: ClassifyRun): Promise<boolean> {
  const { t } = vscode.l10n;
  const balance = t('Yes, Balance');
  const answer = await askModal(
    t('Do the folders contain about the same number of images of each label?'),
    [
      say(
        phrase(
          'Balanced expects each of the {0} labels to have about the same share of the {1} in {2}. If that is not the case, answers get much worse.',
          alignment.targets.length,
          imageCount(predictions.length),
          titleOf(folders),
        ),
      ),
    ],
    balance,
  );
  return answer === balance;
}
