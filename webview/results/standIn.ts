import type { ResultsState, ResultsViewApi, RunSummary } from '../../src/protocol/resultsView.ts';
import type { Connection } from '../common/connection.ts';
import { textButton } from '../common/element.ts';
import { t } from '../common/language.ts';
import { emptyNotice, problemNotice, workingNotice } from '../common/notice.ts';

/** What stands in place of a run: there is none, it is being restored, or it cannot be. */
export function standIn(
  state: Exclude<ResultsState, RunSummary>,
  host: Connection<ResultsViewApi, object>['host'],
): HTMLElement {
  switch (state.kind) {
    case 'nothing':
      return emptyNotice(
        t('No results yet. Classify a folder of images to see how a backbone labels them.'),
        t('Zero-Shot Classify...'),
        () => void host.call('classify', null),
        'results-empty',
      );
    case 'restoring':
      return workingNotice(t('Scoring the images of {0} again...', state.title));
    case 'lost': {
      const notice = problemNotice(
        t('Cannot restore the results of {0}', state.title),
        state.problem,
        (action) => void host.call('act', { action }),
        'results-lost',
      );
      notice.querySelector('.buttons')?.append(
        textButton(t('Try Again'), () => void host.call('restore', null), {
          secondary: true,
          testId: 'results-restore',
        }),
      );
      return notice;
    }
  }
}
