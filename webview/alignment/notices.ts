import type { AlignmentViewApi } from '../../src/protocol/alignmentView.ts';
import type { PageProblem } from '../../src/protocol/pageProblem.ts';
import type { Connection } from '../common/connection.ts';
import { t } from '../common/language.ts';
import { emptyNotice, problemNotice } from '../common/notice.ts';

/** What stands above the grid, or in its place. */
export class AlignmentNotices {
  readonly #host: Connection<AlignmentViewApi, object>['host'];

  constructor(host: Connection<AlignmentViewApi, object>['host']) {
    this.#host = host;
  }

  nothing(): HTMLElement {
    return emptyNotice(
      t('No alignment yet. Align your labels with those of a backbone to see how they match.'),
      t('Align Labels...'),
      () => void this.#host.call('align', null),
      'alignment-empty',
    );
  }

  problem(title: string, problem: PageProblem): HTMLElement {
    const act = (action: number) => void this.#host.call('act', { action });
    return problemNotice(title, problem, act, 'alignment-problem');
  }
}
