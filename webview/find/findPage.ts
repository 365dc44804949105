import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { type FindCost, findCosts } from '../../src/core/find/findRecord.ts';
import { phaseWords, type RunPhase } from '../../src/core/runs/run.ts';
import { duration } from '../../src/core/text/numbers.ts';
import type { FindState, FindSummary, FindViewApi } from '../../src/protocol/findView.ts';
import type { Connection } from '../common/connection.ts';
import { element, label, linkButton, setText, textButton, withNodes } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { emptyNotice, failureNotice, problemNotice, sentences, workingNotice } from '../common/notice.ts';
import { keepScroll } from '../common/place.ts';
import { canKeep, FoundTable } from './foundTable.ts';
import { FrontierChart } from './frontierChart.ts';
import { type PointActions, pointDetails } from './pointDetails.ts';
import { howFar } from './words.ts';

/** What the person arranged, and which search was shown; it survives hiding and reloading. */
export interface FindPageState {
  readonly run: string | undefined;
  /** What accuracy is weighed against. */
  readonly cost: FindCost;
  /** Column that the table is sorted by; undefined = best first. */
  readonly sort: string | undefined;
  /** Id of the point whose details are shown; undefined = the recommended one. */
  readonly selected: string | undefined;
  /** Whether the ways that fell out are shown. */
  readonly others: boolean;
  /** How far it is scrolled. */
  readonly top: number;
}

export const DEFAULT_STATE: FindPageState = {
  run: undefined,
  cost: 'labels',
  sort: undefined,
  selected: undefined,
  others: false,
  top: 0,
};

/** A search while it runs and afterwards. Its parts stay and are updated: what has the keyboard keeps it. */
export class FindPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<FindViewApi, FindPageState>;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #title = element('h1', {});
  readonly #progress = element('span', { class: 'quiet progress', 'data-testid': 'find-progress' });
  readonly #ring = element('vscode-progress-ring', { 'aria-hidden': 'true' });
  readonly #buttons = element('div', { class: 'line buttons' });
  readonly #problem = element('div', {});
  readonly #verdict = element('section', { class: 'verdict', 'data-testid': 'find-verdict' });
  readonly #details = element('section', {
    class: 'details',
    'aria-label': t('Selected way'),
    'data-testid': 'find-details',
  });
  readonly #notes = element('ul', { class: 'notes quiet', 'data-testid': 'find-notes' });
  readonly #origin = element('footer', { class: 'origin' });
  readonly #chart: FrontierChart;
  readonly #table: FoundTable;
  /** What the slots were last filled from: the same is not drawn again. */
  readonly #drawn = new Map<HTMLElement, string>();
  readonly #scrollTo = keepScroll((top) => this.#connection.save({ top }));
  #state: FindSummary | undefined;
  #spokenOf: { readonly phase: RunPhase; readonly keeping: string | undefined } | undefined;

  constructor(root: HTMLElement, connection: Connection<FindViewApi, FindPageState>) {
    this.#root = root;
    this.#connection = connection;
    const { cost } = connection.state;
    this.#chart = new FrontierChart(
      {
        select: (selected) => this.#select(selected),
        weigh: (chosen) => this.#connection.save({ cost: chosen }),
      },
      findCosts.includes(cost) ? cost : DEFAULT_STATE.cost,
    );
    this.#table = new FoundTable(
      {
        ...this.#actions(),
        sorted: (sort) => {
          this.#connection.save({ sort });
          this.#draw();
        },
        select: (selected) => {
          this.#select(selected);
          this.#details.scrollIntoView({ block: 'nearest' });
        },
        unfolded: (others) => this.#connection.save({ others }),
      },
      connection.state.others,
    );
    root.classList.add('find');
    root.dataset['testid'] = 'find-page';
    root.replaceChildren(workingNotice(t('Loading the search...')));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice(t('Cannot show the search'), error, 'find-problem')),
      );
  }

  #show(state: FindState): void {
    const { host } = this.#connection;
    switch (state.kind) {
      case 'nothing':
        this.#state = undefined;
        this.#root.replaceChildren(
          emptyNotice(
            t(
              'No search yet. SeMap tries backbones, mappings, heads, and prompts on a folder, and says what is worth its cost.',
            ),
            t('Find Best Reuse...'),
            () => void host.call('find', null),
            'find-empty',
          ),
        );
        return;
      case 'loading':
        this.#root.replaceChildren(workingNotice(t('Reading the run...')));
        return;
      case 'damaged':
        this.#root.replaceChildren(
          problemNotice(
            t('Cannot show {0}', state.name),
            state.problem,
            (action) => void host.call('act', { action }),
            'find-damaged',
          ),
        );
        return;
      case 'find':
        this.#update(state);
    }
  }

  #update(state: FindSummary): void {
    const { state: before } = this.#connection;
    const isFirst = this.#state === undefined;
    if (before.run !== state.id) this.#connection.save({ run: state.id, selected: undefined });
    this.#state = state;
    if (!this.#root.contains(this.#progress)) this.#layOut();
    this.#draw();
    if (isFirst && before.run === state.id) this.#scrollTo(before.top);
    this.#speak(state);
  }

  /** Every report would be too much to listen to: only changes of the phase, and what was kept, are spoken. */
  #speak(state: FindSummary): void {
    const before = this.#spokenOf;
    const { phase, keeping, points } = state;
    this.#spokenOf = { phase, keeping };
    if (!before) return;
    if (before.phase !== phase)
      setText(
        this.#spoken,
        `${phase === 'running' ? t('searching') : say(phaseWords(phase))}. ${state.verdict.map(say).join(' ')}`,
      );
    const kept = points.find(({ id }) => id === before.keeping)?.kept;
    if (before.keeping !== undefined && keeping === undefined && kept !== undefined)
      setText(this.#spoken, t('Saved as {0}', kept));
  }

  #layOut(): void {
    this.#drawn.clear();
    this.#root.replaceChildren(
      element(
        'header',
        {},
        this.#title,
        element('div', { class: 'line' }, this.#ring, this.#progress, this.#buttons),
      ),
      this.#problem,
      this.#verdict,
      element('div', { class: 'beside' }, this.#chart.element, this.#details),
      element('div', { class: 'table' }, this.#table.element),
      this.#notes,
      this.#origin,
      this.#spoken,
    );
  }

  #draw(): void {
    const state = this.#state;
    if (!state) return;
    const { points, recommended, differences, keeping, phase, id } = state;
    const { sort } = this.#connection.state;
    const selected = this.#selected(state);
    this.#root.dataset['phase'] = phase;
    this.#root.dataset['points'] = String(points.length);
    this.#ring.hidden = phase !== 'running';
    setText(this.#progress, howFar(state).join(' · '));
    this.#fill(this.#title, [state.title], () => [label(t('Best reuse for {0}', state.title))]);
    this.#fill(this.#buttons, [id, phase, state.live], () => this.#verbs(state));
    this.#fill(this.#problem, [id, state.problem], () => this.#problems(state));
    this.#fill(this.#verdict, [id, state.verdict, recommended, canKeep(state), this.#keptName(state)], () =>
      this.#sentences(state),
    );
    this.#chart.show({ points, recommended, live: state.live, selected });
    const point = points.find((one) => one.id === selected);
    const { live } = state;
    const context = { points, differences, recommended, live, keeping, canKeep: canKeep(state) };
    this.#fill(this.#details, [id, point, differences, recommended, keeping, phase, live], () =>
      point
        ? pointDetails(point, context, this.#actions())
        : points.length > 0
          ? [element('p', { class: 'quiet' }, t('Select a point or a row to see what it is.'))]
          : [],
    );
    this.#table.show(state, sort, selected);
    this.#fill(this.#notes, state.notes, () => state.notes.map((note) => element('li', {}, label(note))));
    this.#fill(this.#origin, [originOf(state), state.folder], () => this.#originLine(state));
  }

  /** The point whose details are shown: what the person selected, otherwise what is recommended. */
  #selected({ points, recommended }: FindSummary): string | undefined {
    const { selected } = this.#connection.state;
    return points.some(({ id }) => id === selected) ? selected : recommended;
  }

  #select(selected: string | undefined): void {
    this.#connection.save({ selected });
    this.#draw();
  }

  #actions(): PointActions {
    const { host } = this.#connection;
    const of = (point: string) => ({ id: this.#state?.id ?? '', point });
    return {
      keep: (point) => void host.call('keep', of(point)),
      keepAndClassify: (point) => void host.call('keepAndClassify', of(point)),
      openKept: (point) => void host.call('openKept', of(point)),
      showTraining: (point) => void host.call('showTraining', of(point)),
      showBackbone: (point, path) => void host.call('showBackbone', { ...of(point), path }),
    };
  }

  /** Draws a slot again when what it shows has changed; the button that has the keyboard keeps it. */
  #fill(slot: HTMLElement, shown: unknown, draw: () => readonly Node[]): void {
    const key = JSON.stringify(shown) ?? '';
    if (this.#drawn.get(slot) === key) return;
    this.#drawn.set(slot, key);
    const focused = slot.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['testid']
      : undefined;
    slot.replaceChildren(...draw());
    if (focused === undefined) return;
    const again = slot.querySelector<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`);
    (again ?? slot.querySelector<HTMLElement>('vscode-button'))?.focus();
  }

  #keptName({ points, recommended }: FindSummary): string | undefined {
    return points.find(({ id }) => id === recommended)?.kept;
  }

  /** The answer, and the button that takes it. */
  #sentences(state: FindSummary): Node[] {
    const { verdict, recommended, live, points } = state;
    const { keep, keepAndClassify, openKept } = this.#actions();
    const kept = this.#keptName(state);
    const spoken = sentences(verdict.map(say));
    if (spoken.length === 0 && live)
      return [
        element(
          'p',
          { class: 'quiet' },
          t('What it finds is shown here as soon as there is something to compare.'),
        ),
      ];
    if (recommended === undefined || points.length === 0) return spoken;
    const buttons =
      kept !== undefined
        ? [
            textButton(t('Open {0}', kept), () => openKept(recommended), { testId: 'find-open-best' }),
            textButton(t('Classify with This'), () => keepAndClassify(recommended), {
              secondary: true,
              testId: 'find-classify-best',
            }),
          ]
        : canKeep(state)
          ? [
              textButton(t('Keep the Recommended'), () => keep(recommended), { testId: 'find-keep-best' }),
              textButton(t('Keep and Classify'), () => keepAndClassify(recommended), {
                secondary: true,
                testId: 'find-classify-best',
              }),
            ]
          : [];
    return [...spoken, ...(buttons.length > 0 ? [element('div', { class: 'buttons' }, ...buttons)] : [])];
  }

  #verbs({ id, phase, live }: FindSummary): HTMLElement[] {
    const { host } = this.#connection;
    const verbs: HTMLElement[] = [];
    if (live && phase === 'running')
      verbs.push(
        textButton(t('Pause'), () => void host.call('pause', { id }), {
          secondary: true,
          testId: 'find-pause',
        }),
      );
    if (phase === 'paused' || phase === 'interrupted')
      verbs.push(textButton(t('Resume'), () => void host.call('resume', { id }), { testId: 'find-resume' }));
    if (live)
      verbs.push(
        textButton(
          phase === 'queued' ? t('Remove from Queue') : t('Stop and Keep'),
          () => void host.call('stop', { id }),
          { secondary: true, testId: 'find-stop' },
        ),
      );
    else
      verbs.push(
        textButton(t('Find Again...'), () => void host.call('again', { id }), {
          secondary: true,
          testId: 'find-again',
        }),
      );
    return verbs;
  }

  #problems({ phase, problem }: FindSummary): HTMLElement[] {
    if (!problem) return [];
    const act = (action: number) => void this.#connection.host.call('act', { action });
    const title = phase === 'interrupted' ? t('The search was interrupted') : t('The search stopped');
    return [problemNotice(title, problem, act, 'find-problem')];
  }

  #originLine(state: FindSummary): Node[] {
    const { id, folder } = state;
    const { host } = this.#connection;
    return [
      element('span', { 'data-testid': 'find-origin' }, originOf(state).join(' · ')),
      ...(folder === undefined
        ? []
        : [
            element(
              'span',
              {},
              ...withNodes(
                t('Saved in {0}'),
                linkButton(label(folder), () => void host.call('openRecord', { id }), 'find-record'),
              ),
            ),
          ]),
    ];
  }
}

/** Where the numbers come from. */
function originOf({ device, seed, budgetMinutes }: FindSummary): string[] {
  return [
    device,
    seed === undefined ? undefined : t('seed {0}', String(seed)),
    t('time budget {0}', say(duration(60 * budgetMinutes))),
  ].filter((part) => part !== undefined);
}
