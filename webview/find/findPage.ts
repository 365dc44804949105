import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { type FindCost, findCosts } from '../../src/core/find/findRecord.ts';
import { phaseWords } from '../../src/core/runs/run.ts';
import { duration } from '../../src/core/text/numbers.ts';
import type { FindSummary, FindViewApi } from '../../src/protocol/findView.ts';
import type { Connection } from '../common/connection.ts';
import { acting, element, label, textButton } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { sentences } from '../common/notice.ts';
import { keepScroll } from '../common/place.ts';
import { RunFrame } from '../common/runFrame.ts';
import { canKeep, FoundTable } from './foundTable.ts';
import { FrontierChart } from './frontierChart.ts';
import { type PointActions, pointDetails } from './pointDetails.ts';
import { howFar } from './words.ts';

/** What the person arranged, and which search was shown; it survives hiding and reloading. */
export interface FindPageState {
  readonly run: string | undefined;
  /** What accuracy is weighed against; undefined = as it suits the search. */
  readonly cost: FindCost | undefined;
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
  cost: undefined,
  sort: undefined,
  selected: undefined,
  others: false,
  top: 0,
};

/** A search while it runs and afterwards. Its parts stay and are updated: what has the keyboard keeps it. */
export class FindPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<FindViewApi, FindPageState>;
  readonly #frame: RunFrame<FindSummary>;
  readonly #ring = element('vscode-progress-ring', { 'aria-hidden': 'true' });
  readonly #verdict = element('section', { class: 'verdict', 'data-testid': 'find-verdict' });
  readonly #details = element('section', {
    class: 'details',
    'aria-label': t('Selected way'),
    'data-testid': 'find-details',
  });
  readonly #chart: FrontierChart;
  readonly #table: FoundTable;
  readonly #scrollTo = keepScroll((top) => this.#connection.save({ top }));
  #state: FindSummary | undefined;
  #keeping: string | undefined;

  constructor(root: HTMLElement, connection: Connection<FindViewApi, FindPageState>) {
    this.#root = root;
    this.#connection = connection;
    const { host } = connection;
    this.#frame = new RunFrame(root, host, () => void host.call('find', null), {
      page: 'find',
      loading: t('Loading the search...'),
      cannotShow: t('Cannot show the search'),
      nothing: t(
        'No search yet. SeMap tries backbones, mappings, heads, and prompts on a folder, and says what is worth its cost.',
      ),
      begin: t('Find Best Reuse...'),
      again: t('Find Again...'),
      interrupted: t('The search was interrupted'),
      stopped: t('The search stopped'),
    });
    const { cost } = connection.state;
    this.#chart = new FrontierChart(
      {
        select: (selected) => this.#select(selected),
        weigh: (chosen) => this.#connection.save({ cost: chosen }),
      },
      cost !== undefined && findCosts.includes(cost) ? cost : undefined,
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
  }

  /** Follows the host until the page goes. */
  start(): void {
    this.#frame.follow((state) => this.#update(state));
  }

  #update(state: FindSummary): void {
    const { state: before } = this.#connection;
    const isFirst = this.#state === undefined;
    if (before.run !== state.id) this.#connection.save({ run: state.id, selected: undefined });
    this.#state = state;
    this.#frame.layOut({
      ahead: this.#ring,
      body: (notes) => [
        this.#verdict,
        element('div', { class: 'beside' }, this.#chart.element, this.#details),
        element('div', { class: 'table' }, this.#table.element),
        notes,
      ],
    });
    this.#draw();
    if (isFirst && before.run === state.id) this.#scrollTo(before.top);
    this.#speak(state);
  }

  #speak({ phase, keeping, points, verdict }: FindSummary): void {
    this.#frame.speakOfPhase(
      phase,
      () => `${phase === 'running' ? t('searching') : say(phaseWords(phase))}. ${verdict.map(say).join(' ')}`,
    );
    const before = this.#keeping;
    this.#keeping = keeping;
    const kept = points.find(({ id }) => id === before)?.kept;
    if (before !== undefined && keeping === undefined && kept !== undefined)
      this.#frame.speak(t('Saved as {0}', kept));
  }

  #draw(): void {
    const state = this.#state;
    if (!state) return;
    const { points, recommended, differences, keeping, phase, id } = state;
    const { sort } = this.#connection.state;
    const selected = this.#selected(state);
    this.#root.dataset['points'] = String(points.length);
    this.#ring.hidden = phase !== 'running';
    this.#frame.show(state, {
      title: { of: state.title, draw: () => [label(t('Best reuse for {0}', state.title))] },
      progress: howFar(state),
      origin: originOf(state),
    });
    const { slots } = this.#frame;
    slots.fill(this.#verdict, {
      of: [id, state.verdict, recommended, canKeep(state), this.#keptName(state)],
      draw: () => this.#sentences(state),
    });
    this.#chart.show({ points, recommended, live: state.live, selected });
    const point = points.find((one) => one.id === selected);
    const { live } = state;
    const context = { points, differences, recommended, live, keeping, canKeep: canKeep(state) };
    slots.fill(this.#details, {
      of: [id, point, differences, recommended, keeping, phase, live],
      draw: () =>
        point
          ? pointDetails(point, context, this.#actions())
          : points.length > 0
            ? [element('p', { class: 'quiet' }, t('Select a point or a row to see what it is.'))]
            : [],
    });
    this.#table.show(state, sort, selected);
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
            textButton(t('Open Alignment'), () => openKept(recommended), {
              testId: 'find-open-best',
              title: kept,
            }),
            acting(
              textButton(t('Classify with This'), () => keepAndClassify(recommended), {
                secondary: true,
                testId: 'find-classify-best',
              }),
            ),
          ]
        : canKeep(state)
          ? [
              acting(
                textButton(t('Keep the Recommended'), () => keep(recommended), { testId: 'find-keep-best' }),
              ),
              acting(
                textButton(t('Keep and Classify'), () => keepAndClassify(recommended), {
                  secondary: true,
                  testId: 'find-classify-best',
                }),
              ),
            ]
          : [];
    return [...spoken, ...(buttons.length > 0 ? [element('div', { class: 'buttons' }, ...buttons)] : [])];
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
