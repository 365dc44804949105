import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import { measuredLines, measuredShare } from '../../src/core/metrics/measuredText.ts';
import { duration } from '../../src/core/text/numbers.ts';
import { listed } from '../../src/core/text/text.ts';
import type {
  RankingSource,
  RankingState,
  RankingSummary,
  RankingViewApi,
} from '../../src/protocol/rankingView.ts';
import type { Connection } from '../common/connection.ts';
import { acting, element, label, linkButton, setText, textButton } from '../common/element.ts';
import { dateTime, plural, say, t } from '../common/language.ts';
import { emptyNotice, failureNotice, problemNotice, sentences, workingNotice } from '../common/notice.ts';
import { keepScroll } from '../common/place.ts';
import { RankingTable } from './rankingTable.ts';
import { ending, howFar } from './words.ts';

/** What the person arranged; it survives hiding and reloading. */
export interface RankingPageState {
  /** Column that the table is sorted by; undefined = ranked order. */
  readonly sort: string | undefined;
  /** The ranking that is shown, and what it takes to bring it back. */
  readonly source: RankingSource | undefined;
  /** How far it is scrolled. */
  readonly top: number;
}

export const DEFAULT_STATE: RankingPageState = { sort: undefined, source: undefined, top: 0 };

/** The ranking of backbones on a folder: verdict, table, and what to bear in mind. */
export class RankingPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<RankingViewApi, RankingPageState>;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #table: RankingTable;
  #shown: RankingSummary | undefined;
  #cancelling = false;
  readonly #scrollTo = keepScroll((top) => this.#connection.save({ top }));

  constructor(root: HTMLElement, connection: Connection<RankingViewApi, RankingPageState>) {
    this.#root = root;
    this.#connection = connection;
    root.classList.add('ranking');
    root.dataset['testid'] = 'ranking-page';
    const { host } = connection;
    this.#table = new RankingTable({
      sort: (sort) => {
        connection.save({ sort });
        if (this.#shown) this.#table.show(this.#shown, sort);
      },
      use: (path) => void host.call('use', { path }),
      describe: (path) => void host.call('describe', { path }),
    });
    root.replaceChildren(workingNotice(t('Loading the ranking...')));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice(t('Cannot show the ranking'), error, 'ranking-problem')),
      );
  }

  #show(state: RankingState): void {
    const { host } = this.#connection;
    if (state.kind === 'nothing') {
      this.#root.replaceChildren(
        emptyNotice(
          t('No ranking yet. Rank the installed backbones on a folder to see which one suits it best.'),
          t('Rank Backbones...'),
          () => void host.call('again', null),
          'ranking-empty',
        ),
      );
      return;
    }
    if (state.kind === 'lost') {
      this.#root.replaceChildren(this.#lost(state));
      return;
    }
    const before = this.#connection.state;
    const wasShown = this.#shown !== undefined;
    if (JSON.stringify(state.source) !== JSON.stringify(before.source))
      this.#connection.save({ source: state.source });
    const wasRunning = this.#shown?.phase === 'running';
    this.#shown = state;
    if (state.phase !== 'running') this.#cancelling = false;
    this.#draw(state);
    if (!wasShown && before.source?.time === state.source.time) this.#scrollTo(before.top);
    // Every report would be too much to listen to: only the end is spoken.
    if (wasRunning && state.phase !== 'running') {
      setText(this.#spoken, `${ending(state)} ${state.verdict ? say(state.verdict.headline) : ''}`);
    }
  }

  #lost({ title, message, button }: Extract<RankingState, { kind: 'lost' }>): HTMLElement {
    return element(
      'div',
      { class: 'notice', role: 'status', 'data-testid': 'ranking-lost' },
      element('p', {}, label(t('Backbones for {0}', title))),
      element('p', {}, label(message, 'sentence')),
      acting(
        textButton(button, () => void this.#connection.host.call('again', null), { testId: 'ranking-again' }),
      ),
    );
  }

  /** The page is small, so it is made anew; what has the keyboard keeps it. */
  #draw(state: RankingSummary): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset['testid'];
    const row = document.activeElement?.closest('tr');
    const at = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
    this.#table.show(state, this.#connection.state.sort);
    this.#root.replaceChildren(
      this.#header(state),
      ...this.#problem(state),
      ...this.#verdict(state),
      this.#table.element,
      ...this.#limits(state),
      ...this.#notes(state),
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
      element('h1', {}, label(t('Backbones for {0}', state.title))),
      element(
        'div',
        { class: 'line' },
        running ? element('vscode-progress-ring', { 'aria-label': t('Ranking') }) : undefined,
        element('span', { class: 'quiet progress', 'data-testid': 'ranking-progress' }, howFar(state)),
        running && !this.#cancelling
          ? textButton(t('Cancel'), cancel, { secondary: true, testId: 'ranking-cancel' })
          : undefined,
        running
          ? undefined
          : acting(
              textButton(
                state.phase === 'done' ? t('Rank Again') : t('Resume'),
                () => void host.call('again', null),
                { secondary: true, testId: 'ranking-again' },
              ),
            ),
      ),
    );
  }

  #problem({ problem }: RankingSummary): HTMLElement[] {
    if (!problem) return [];
    const act = (action: number) => void this.#connection.host.call('act', { action });
    return [problemNotice(t('Ranking stopped'), problem, act, 'ranking-problem')];
  }

  #verdict(state: RankingSummary): HTMLElement[] {
    const { verdict } = state;
    if (!verdict) return [];
    return [
      element(
        'section',
        { class: 'verdict', 'data-testid': 'ranking-verdict' },
        element('p', { class: 'headline' }, label(say(verdict.headline), 'sentence')),
        ...sentences(verdict.reasons.map(say)),
        element('div', { class: 'line' }, this.#winner(state), this.#pair(state)),
      ),
    ];
  }

  /** What makes use of the backbone that leads. */
  #winner({ verdict, rows, phase, since, active, title }: RankingSummary): HTMLElement | undefined {
    const path = rows.find(({ name, problem }) => name === verdict?.best[0] && !problem)?.path;
    if (path === undefined || phase === 'running' || since[path] === 'gone') return undefined;
    return acting(
      textButton(
        path === active ? t('Classify {0}', title) : t('Set Active and Classify'),
        () => void this.#connection.host.call('useAndClassify', { path }),
        { testId: 'ranking-winner' },
      ),
    );
  }

  /** What joins the two backbones that are worth it. */
  #pair({ verdict, phase, since }: RankingSummary): HTMLElement | undefined {
    const { pair } = verdict ?? {};
    if (!pair || phase === 'running' || pair.some(({ path }) => since[path] === 'gone')) return undefined;
    return acting(
      textButton(
        t('Align with {0}', say(listed(pair.map(({ name }) => name)))),
        () => void this.#connection.host.call('alignPair', null),
        { secondary: true, testId: 'ranking-pair' },
      ),
    );
  }

  #limits({ verdict }: RankingSummary): HTMLElement[] {
    if (!verdict || verdict.limits.length === 0) return [];
    return [
      element(
        'section',
        { class: 'limits', 'data-testid': 'ranking-limits' },
        element('h2', {}, t('Keep in Mind')),
        element('ul', {}, ...verdict.limits.map((limit) => element('li', {}, label(say(limit), 'sentence')))),
      ),
    ];
  }

  /** What was left out, and what is another by now. */
  #notes({ notes, measuredOn, source }: RankingSummary): HTMLElement[] {
    const lines = [
      ...notes,
      ...(measuredOn ? measuredLines(measuredOn, source.params.folders).map(say) : []),
    ];
    if (lines.length === 0) return [];
    return [element('section', { class: 'limits', 'data-testid': 'ranking-notes' }, ...sentences(lines))];
  }

  #origin({ device, seconds, found, skipped, record, measuredOn, source }: RankingSummary): HTMLElement {
    const begun = new Date(source.time);
    const parts = [
      found === undefined
        ? undefined
        : measuredOn && measuredOn.measured > 0
          ? t('sampled from {0} of the folder', say(measuredShare(measuredOn)))
          : plural(found, '{0} image in the folder', '{0} images in the folder'),
      skipped ? plural(skipped, '{0} image could not be read', '{0} images could not be read') : undefined,
      device,
      seconds === undefined ? undefined : say(duration(seconds)),
      begun.getTime() === 0 ? undefined : dateTime(begun),
    ].filter((part) => part !== undefined);
    const open = () => void this.#connection.host.call('openRecord', null);
    return element(
      'footer',
      { class: 'origin' },
      parts.join(' · '),
      record === undefined ? undefined : linkButton(t('Saved as {0}', record), open, 'ranking-record'),
    );
  }
}
