import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { RankingState, RankingSummary, RankingViewApi } from '../../src/protocol/rankingView.ts';
import type { Connection } from '../common/connection.ts';
import { element, label, textButton } from '../common/element.ts';
import { emptyNotice, failureNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { rankingTable } from './rankingTable.ts';
import { ending, howFar } from './words.ts';

/** What the person arranged; it survives hiding and reloading. */
export interface RankingPageState {
  /** Column that the table is sorted by; undefined = ranked order. */
  readonly sort: string | undefined;
}

export const DEFAULT_STATE: RankingPageState = { sort: undefined };

/** The ranking of backbones on a folder: verdict, table, and what to bear in mind. */
export class RankingPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<RankingViewApi, RankingPageState>;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  #state: RankingPageState;
  #shown: RankingSummary | undefined;
  #cancelling = false;

  constructor(root: HTMLElement, connection: Connection<RankingViewApi, RankingPageState>) {
    this.#root = root;
    this.#connection = connection;
    this.#state = connection.state;
    root.classList.add('ranking');
    root.dataset['testid'] = 'ranking-page';
    root.replaceChildren(workingNotice('Loading the ranking…'));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice('The ranking cannot be shown', error, 'ranking-problem')),
      );
  }

  #show(state: RankingState): void {
    const { host } = this.#connection;
    if (state.kind === 'nothing') {
      this.#root.replaceChildren(
        emptyNotice(
          'No ranking yet. Rank the installed backbones on a folder to see which of them suits it.',
          'Rank Backbones',
          () => void host.call('again', null),
          'ranking-empty',
        ),
      );
      return;
    }
    const wasRunning = this.#shown?.phase === 'running';
    this.#shown = state;
    if (state.phase !== 'running') this.#cancelling = false;
    this.#draw(state);
    // Every report would be too much to listen to: only the end is spoken.
    if (wasRunning && state.phase !== 'running') {
      this.#spoken.textContent = `${ending(state)} ${state.verdict?.headline ?? ''}`;
    }
  }

  /** The page is small, so it is made anew; what has the keyboard keeps it. */
  #draw(state: RankingSummary): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset['testid'];
    const row = document.activeElement?.closest('tr');
    const at = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
    this.#root.replaceChildren(
      this.#header(state),
      ...this.#problem(state),
      ...this.#verdict(state),
      element('div', { class: 'table-scroller' }, this.#table(state)),
      ...this.#limits(state),
      this.#origin(state),
      this.#spoken,
    );
    if (focused === undefined) return;
    const again = [...this.#root.querySelectorAll<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`)];
    const rows = [...this.#root.querySelectorAll('tbody tr')];
    (again.find((one) => at >= 0 && one.closest('tr') === rows[at]) ?? again[0])?.focus();
  }

  #header(state: RankingSummary): HTMLElement {
    const { host } = this.#connection;
    const running = state.phase === 'running';
    const cancel = () => {
      this.#cancelling = true;
      void host.call('cancel', null);
      this.#draw(state);
    };
    return element(
      'header',
      {},
      element('h1', {}, 'Backbones for ', label(state.title)),
      element(
        'div',
        { class: 'line' },
        running ? element('vscode-progress-ring', { 'aria-label': 'Ranking' }) : undefined,
        element('span', { class: 'quiet progress', 'data-testid': 'ranking-progress' }, howFar(state)),
        running && !this.#cancelling
          ? textButton('Cancel', cancel, { secondary: true, testId: 'ranking-cancel' })
          : undefined,
        running
          ? undefined
          : textButton(
              state.phase === 'done' ? 'Rank Again' : 'Continue',
              () => void host.call('again', null),
              { secondary: true, testId: 'ranking-again' },
            ),
      ),
    );
  }

  #problem({ problem }: RankingSummary): HTMLElement[] {
    if (!problem) return [];
    const act = (action: number) => void this.#connection.host.call('act', { action });
    return [problemNotice('The ranking stopped', problem, act, 'ranking-problem')];
  }

  #verdict({ verdict }: RankingSummary): HTMLElement[] {
    if (!verdict) return [];
    return [
      element(
        'section',
        { class: 'verdict', 'data-testid': 'ranking-verdict' },
        element('p', { class: 'headline' }, label(verdict.headline, 'sentence')),
        ...verdict.reasons.map((reason) => element('p', {}, label(reason, 'sentence'))),
      ),
    ];
  }

  #table(state: RankingSummary): HTMLElement {
    const { host } = this.#connection;
    const marks = {
      sort: this.#state.sort,
      best: state.verdict?.best ?? [],
      activePath: state.active,
      running: state.activity?.backbone,
    };
    return rankingTable(state.rows, marks, {
      sort: (sort) => {
        this.#state = { sort };
        this.#connection.save(this.#state);
        this.#draw(state);
      },
      use: (path) => void host.call('use', { path }),
      describe: (path) => void host.call('describe', { path }),
    });
  }

  #limits({ verdict }: RankingSummary): HTMLElement[] {
    if (!verdict || verdict.limits.length === 0) return [];
    return [
      element(
        'section',
        { class: 'limits', 'data-testid': 'ranking-limits' },
        element('h2', {}, 'To bear in mind'),
        element('ul', {}, ...verdict.limits.map((limit) => element('li', {}, label(limit, 'sentence')))),
      ),
    ];
  }

  #origin({ device, seconds, found, skipped, record }: RankingSummary): HTMLElement {
    const parts = [
      found === undefined ? undefined : `${found.toLocaleString()} images in the folder`,
      skipped ? `${skipped.toLocaleString()} could not be read` : undefined,
      device,
      seconds === undefined ? undefined : `${seconds.toFixed(1)} s`,
    ].filter((part) => part !== undefined);
    const open = () => void this.#connection.host.call('openRecord', null);
    return element(
      'footer',
      { class: 'origin' },
      parts.join(' · '),
      record === undefined
        ? undefined
        : element(
            'button',
            { class: 'link-button', type: 'button', onclick: open, 'data-testid': 'ranking-record' },
            `Saved as ${record}`,
          ),
    );
  }
}
