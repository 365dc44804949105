import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { toSemapError } from '../../src/core/errors.ts';
import type { ResultsState, ResultsViewApi, RunSummary } from '../../src/protocol/resultsView.ts';
import type { Connection } from '../common/connection.ts';
import { element, iconButton } from '../common/element.ts';
import { emptyNotice, failureNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { ConfusionTab } from './confusionTab.ts';
import { GalleryTab } from './galleryTab.ts';
import type { GalleryArrangement } from './galleryTools.ts';
import { ResultTable } from './resultTable.ts';
import { RunHeader } from './runHeader.ts';
import { SKIPPED_LISTED, SkippedTab } from './skippedTab.ts';
import { Tabs } from './tabs.ts';
import { ThresholdTab } from './thresholdTab.ts';
import { accuracySentence, images, origin, skippedSentence } from './words.ts';

export type ResultsTab = 'gallery' | 'confusion' | 'threshold' | 'skipped';

/** What the person arranged; it survives hiding and reloading. */
export interface ResultsPageState extends GalleryArrangement {
  readonly tab: ResultsTab;
  readonly threshold: number;
  /** The run that `truth` and `predicted` are about. */
  readonly run: number;
}

export const DEFAULT_STATE: ResultsPageState = {
  tab: 'gallery',
  kind: 'all',
  sort: 'arrival',
  truth: undefined,
  predicted: undefined,
  threshold: 0,
  run: 0,
};

/** Predictions asked for at once. */
const SLICE = 20_000;
/** Matrix and curve are drawn again at most this often while results stream in. */
const SLOW_VIEWS_MS = 500;

/** The results of a run: a gallery, a confusion matrix and a threshold over the same table. */
export class ResultsPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<ResultsViewApi, ResultsPageState>;
  readonly #header: RunHeader;
  readonly #gallery: GalleryTab;
  readonly #confusion: ConfusionTab;
  readonly #threshold: ThresholdTab;
  readonly #skipped = new SkippedTab();
  readonly #tabs: Tabs<ResultsTab>;
  readonly #problem = element('div');
  readonly #origin = element('footer', { class: 'origin', 'data-testid': 'results-origin' });
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #body: Node[];
  #state: ResultsPageState;
  #run: RunSummary | undefined;
  #labels: readonly string[] = [];
  #table = new ResultTable();
  #fetching = false;
  #slowTimer: ReturnType<typeof setTimeout> | undefined;
  #skippedShown = -1;

  constructor(root: HTMLElement, connection: Connection<ResultsViewApi, ResultsPageState>) {
    this.#root = root;
    this.#connection = connection;
    this.#state = connection.state;
    const { host } = connection;
    root.classList.add('results');
    root.dataset['testid'] = 'results-page';
    this.#header = new RunHeader({
      cancel: () => void host.call('cancel', null),
      resume: () => void host.call('resume', null),
    });
    const { kind, sort, truth, predicted } = this.#state;
    this.#gallery = new GalleryTab(
      this.#table,
      { kind, sort, truth, predicted },
      {
        thumbnail: (image, size, signal) =>
          host.call('thumbnail', { run: this.#number, image, size }, { signal }),
        item: async (image) => (await host.call('items', { run: this.#number, images: [image] }))[0]!,
        names: (from, to) => host.call('names', { run: this.#number, from, to }),
        open: (image) => void host.call('open', { run: this.#number, image }),
        deciding: (image) => host.call('deciding', { run: this.#number, image }),
        showCell: (image, source) =>
          void host.call('showCell', {
            run: this.#number,
            image,
            ...(source === undefined ? {} : { source }),
          }),
      },
      (arrangement) => this.#save(arrangement),
    );
    this.#gallery.threshold = this.#state.threshold;
    this.#confusion = new ConfusionTab((choice) => {
      this.#gallery.arrange({ ...choice, kind: 'all' });
      this.#tabs.choose('gallery');
    });
    this.#threshold = new ThresholdTab((threshold) => {
      this.#save({ threshold });
      this.#gallery.threshold = threshold;
    });
    this.#threshold.threshold = this.#state.threshold;
    this.#tabs = new Tabs<ResultsTab>(
      [
        { id: 'gallery', title: 'Gallery', panel: this.#gallery.element },
        { id: 'confusion', title: 'Confusion', panel: this.#confusion.element },
        { id: 'threshold', title: 'Threshold', panel: this.#threshold.element },
        { id: 'skipped', title: 'Skipped', panel: this.#skipped.element },
      ],
      this.#state.tab,
      (tab) => {
        this.#save({ tab });
        this.#showSlowViews();
      },
    );
    const exports = element(
      'div',
      { class: 'exports' },
      iconButton('table', 'Export CSV', () => this.#export('csv'), 'results-export-csv'),
      iconButton('json', 'Export JSON', () => this.#export('json'), 'results-export-json'),
    );
    this.#body = [
      this.#header.element,
      this.#problem,
      element('div', { class: 'tab-line' }, this.#tabs.list, exports),
      this.#gallery.element,
      this.#confusion.element,
      this.#threshold.element,
      this.#skipped.element,
      this.#origin,
      this.#spoken,
    ];
    root.replaceChildren(workingNotice('Loading results…'));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice('The results cannot be shown', error, 'results-problem')),
      );
  }

  get #number(): number {
    return this.#run?.run ?? 0;
  }

  #show(state: ResultsState): void {
    const { host } = this.#connection;
    if (state.kind === 'nothing') {
      this.#run = undefined;
      const classify = () => void host.call('classify', null);
      this.#root.replaceChildren(
        emptyNotice(
          'No results yet. Classify a folder of images to see what a backbone makes of them.',
          'Zero-Shot Classify',
          classify,
          'results-empty',
        ),
      );
      return;
    }
    const before = this.#run;
    const isNew = before?.run !== state.run;
    this.#run = state;
    if (isNew) this.#turnTo(state);
    this.#header.show(state, isNew);
    this.#showProblem(state, before);
    this.#showSkipped(state);
    this.#origin.textContent = origin(state);
    if (!isNew && before?.phase === 'running' && state.phase !== 'running') {
      this.#spoken.textContent = `${ending(state)} ${images(state.predictions)}. ${accuracySentence(state)}`;
    }
    void this.#fetch();
  }

  #turnTo(run: RunSummary): void {
    this.#table = new ResultTable();
    this.#labels = [];
    this.#skippedShown = -1;
    this.#root.replaceChildren(...this.#body);
    this.#spoken.textContent = '';
    if (this.#state.run !== run.run) {
      this.#gallery.forgetLabels();
      this.#save({ run: run.run });
    }
    this.#gallery.reset(this.#table, []);
    void this.#connection.host
      .call('labels', { run: run.run })
      .then((labels) => {
        if (this.#number !== run.run) return;
        this.#labels = labels;
        this.#gallery.reset(this.#table, labels);
        void this.#fetch();
      })
      .catch(() => {
        // Another run has been begun; its own labels are on their way.
      });
  }

  /** Brings the table up to what the host has, one slice after the other. */
  async #fetch(): Promise<void> {
    if (this.#fetching || this.#labels.length === 0) return;
    this.#fetching = true;
    try {
      while (this.#run && this.#table.length < this.#run.predictions) {
        const { run, predictions } = this.#run;
        const table = this.#table;
        const to = Math.min(predictions, table.length + SLICE);
        const columns = await this.#connection.host.call('columns', { run, from: table.length, to });
        if (table !== this.#table) continue;
        if (columns.predicted.length === 0) break;
        table.append(columns);
        this.#gallery.grow();
        this.#later();
      }
    } catch (error) {
      // A run that was replaced meanwhile refuses; the state of the new one starts another fetch.
      if (toSemapError(error).reason !== 'cancelled') throw error;
    } finally {
      this.#fetching = false;
    }
  }

  #later(): void {
    this.#slowTimer ??= setTimeout(() => {
      this.#slowTimer = undefined;
      this.#showSlowViews();
    }, SLOW_VIEWS_MS);
  }

  #showSlowViews(): void {
    if (this.#tabs.current === 'confusion') this.#confusion.show(this.#table, this.#labels);
    if (this.#tabs.current === 'threshold') this.#threshold.show(this.#table);
  }

  #showProblem(run: RunSummary, before: RunSummary | undefined): void {
    if (
      run.run === before?.run &&
      run.phase === before.phase &&
      run.problem?.message === before.problem?.message
    ) {
      return;
    }
    const act = (action: number) => void this.#connection.host.call('act', { action });
    this.#problem.replaceChildren(
      ...(run.problem
        ? [
            problemNotice(
              run.predictions > 0 ? `Stopped, with ${images(run.predictions)} kept` : 'The run stopped',
              run.problem,
              act,
              'results-problem',
            ),
          ]
        : []),
    );
  }

  #showSkipped({ run, skipped }: RunSummary): void {
    this.#tabs.offer('skipped', skipped > 0);
    if (skipped === 0 || skipped === this.#skippedShown) return;
    this.#tabs.rename('skipped', `${skippedSentence(skipped)}`);
    const listBefore = Math.min(this.#skippedShown, SKIPPED_LISTED);
    this.#skippedShown = skipped;
    if (listBefore === SKIPPED_LISTED) return;
    void this.#connection.host
      .call('skipped', { run, from: 0, to: SKIPPED_LISTED })
      .then((items) => {
        if (this.#number === run) this.#skipped.show(items, skipped);
      })
      .catch(() => {
        // Another run is shown.
      });
  }

  #export(format: 'csv' | 'json'): void {
    void this.#connection.host.call('export', { format }).catch((error) => {
      this.#problem.replaceChildren(
        failureNotice('The results were not exported', error, 'results-export-problem'),
      );
    });
  }

  #save(change: Partial<ResultsPageState>): void {
    this.#state = { ...this.#state, ...change };
    this.#connection.save(this.#state);
  }
}

function ending({ phase }: RunSummary): string {
  if (phase === 'cancelled') return 'Cancelled.';
  return phase === 'failed' ? 'Stopped.' : 'Done.';
}
