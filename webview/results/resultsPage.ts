import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { CautionSettings } from '../../src/core/caution/cautiousAnswers.ts';
import { asksForCaution } from '../../src/core/caution/settings.ts';
import { toSemapError } from '../../src/core/errors.ts';
import type { CautionState } from '../../src/protocol/cautionView.ts';
import type { LabellingState } from '../../src/protocol/labelling.ts';
import type {
  ResultsSource,
  ResultsState,
  ResultsViewApi,
  RunSummary,
} from '../../src/protocol/resultsView.ts';
import type { SettlingState } from '../../src/protocol/settlingView.ts';
import type { Connection } from '../common/connection.ts';
import { acting, element, iconButton, setText } from '../common/element.ts';
import { plural, t } from '../common/language.ts';
import { failureNotice, OutdatedNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { ConfusionTab } from './confusionTab.ts';
import type { GalleryPlace } from './galleryPlace.ts';
import { gallerySource } from './gallerySource.ts';
import { GalleryTab } from './galleryTab.ts';
import { type GalleryArrangement, NO_FILTER } from './galleryTools.ts';
import { LISTED, NotReadTab } from './notReadTab.ts';
import { ResultTable } from './resultTable.ts';
import { RunHeader } from './runHeader.ts';
import { SettleLine } from './settleLine.ts';
import { standIn } from './standIn.ts';
import { ignoreCancelled, TableFeed } from './tableFeed.ts';
import { Tabs } from './tabs.ts';
import { ThresholdTab } from './thresholdTab.ts';
import { ending, passedOverSentence, skippedSentence } from './words.ts';

export type ResultsTab = 'gallery' | 'confusion' | 'threshold' | 'skipped' | 'passed-over';

/** What the person arranged; it survives hiding and reloading. */
export interface ResultsPageState extends GalleryArrangement, GalleryPlace {
  readonly tab: ResultsTab;
  /** How sure an answer must be to be shown. */
  readonly caution: CautionSettings;
  /** The run that filter, threshold, selection and scroll position are about, and what it takes to bring it back. */
  readonly source: ResultsSource | undefined;
  /** The wish to see an image that was obeyed last. */
  readonly sought: number | undefined;
}

/** What belongs to a run: another one begins with these. */
const OF_A_RUN = {
  ...NO_FILTER,
  caution: {},
  selected: undefined,
  alsoSelected: [],
  first: 0,
  above: 0,
} as const;

/** Where the same images are scored again the person stays where they are; labels may have other indices. */
const OF_THE_LABELS = { truth: undefined, predicted: undefined, caution: {} } as const;

export const DEFAULT_STATE: ResultsPageState = {
  ...OF_A_RUN,
  tab: 'gallery',
  sort: 'arrival',
  tileSize: undefined,
  source: undefined,
  sought: undefined,
};

/** Matrix and curve are drawn again at most this often while results stream in. */
const SLOW_VIEWS_MS = 500;

/** The results of a run: a gallery, a confusion matrix and a threshold over the same table. */
export class ResultsPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<ResultsViewApi, ResultsPageState>;
  readonly #header: RunHeader;
  readonly #settle: SettleLine;
  readonly #gallery: GalleryTab;
  readonly #confusion: ConfusionTab;
  readonly #threshold: ThresholdTab;
  readonly #skipped = new NotReadTab(t('Reason'));
  readonly #passedOver = new NotReadTab(t('Type'));
  readonly #tabs: Tabs<ResultsTab>;
  readonly #problem = element('div');
  readonly #outdated: OutdatedNotice;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #body: Node[];
  #run: RunSummary | undefined;
  #labels: readonly string[] = [];
  #table = new ResultTable();
  readonly #feed: TableFeed;
  #labelsOf = new AbortController();
  #slowTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, connection: Connection<ResultsViewApi, ResultsPageState>) {
    this.#root = root;
    this.#connection = connection;
    const { host } = connection;
    root.classList.add('results');
    root.dataset['testid'] = 'results-page';
    this.#feed = new TableFeed({
      host,
      shown: () =>
        this.#run && this.#labels.length > 0 ? { run: this.#run, table: this.#table } : undefined,
      grown: async () => {
        this.#gallery.grow();
        this.#later();
        await this.#gallery.labelling.grow();
      },
      changed: (images, arrange) => {
        this.#gallery.changed(images, arrange);
        this.#later();
      },
      caughtUp: () => this.#gallery.settle(),
    });
    this.#header = new RunHeader({
      cancel: () => void host.call('cancel', null),
      resume: () => void host.call('resume', null),
    });
    this.#outdated = new OutdatedNotice('results', () => void host.call('again', null));
    this.#gallery = new GalleryTab(
      this.#table,
      this.#connection.state,
      gallerySource(host, {
        run: () => this.#number,
        exportImages: (images) => this.#export(images),
      }),
      (change) => this.#connection.save(change),
    );
    this.#settle = new SettleLine(
      {
        settle: (on) => void host.call('settle', { on }),
        keep: () => void host.call('keepClassifier', null),
        balance: (on) => void host.call('balance', { on }),
        cancel: () => void host.call('cancelSettling', null),
        propose: (on) => void host.call('propose', { on }),
        proposeRandom: () => void host.call('proposeRandom', null),
        filter: (kind) => this.#gallery.arrange({ ...NO_FILTER, kind }),
      },
      this.#gallery.labelling.counts,
    );
    this.#gallery.element.prepend(this.#settle.element);
    this.#confusion = new ConfusionTab((choice) => {
      this.#gallery.arrange({ ...NO_FILTER, ...choice });
      this.#tabs.choose('gallery');
    });
    this.#threshold = new ThresholdTab((caution) => {
      this.#connection.save({ caution });
      this.#beCautious(caution);
      void host.call('caution', { settings: caution });
    });
    this.#tabs = new Tabs<ResultsTab>(
      [
        { id: 'gallery', title: t('Gallery'), panel: this.#gallery.element },
        { id: 'confusion', title: t('Confusion'), panel: this.#confusion.element },
        { id: 'threshold', title: t('Threshold'), panel: this.#threshold.element },
        { id: 'skipped', title: skippedSentence(0), panel: this.#skipped.element },
        { id: 'passed-over', title: passedOverSentence(0), panel: this.#passedOver.element },
      ],
      this.#connection.state.tab,
      (tab) => {
        this.#connection.save({ tab });
        this.#showSlowViews();
      },
    );
    const exports = element(
      'div',
      { class: 'exports' },
      acting(
        iconButton('beaker', t('Add Expectation...'), () => this.#gallery.addExpectation(), 'results-expect'),
      ),
      acting(iconButton('export', t('Export Results...'), () => this.#export(), 'results-export')),
    );
    this.#body = [
      this.#header.element,
      this.#outdated.element,
      this.#problem,
      element('div', { class: 'tab-line' }, this.#tabs.list, exports),
      this.#gallery.element,
      this.#confusion.element,
      this.#threshold.element,
      this.#skipped.element,
      this.#passedOver.element,
      this.#spoken,
    ];
    root.replaceChildren(workingNotice(t('Loading results...')));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice(t('Cannot show the results'), error, 'results-problem')),
      );
  }

  get #number(): number {
    return this.#run?.run ?? 0;
  }

  #show(state: ResultsState): void {
    if (state.kind !== 'run') {
      this.#run = undefined;
      this.#root.replaceChildren(standIn(state, this.#connection.host));
      return;
    }
    const before = this.#run;
    const isNew = before?.run !== state.run;
    const running = state.phase === 'running';
    this.#root.dataset['phase'] = state.phase;
    this.#run = state;
    if (isNew) this.#turnTo(state);
    this.#gallery.running = running;
    this.#header.show(state, isNew);
    this.#settled(state, isNew ? undefined : before?.settling);
    this.#showCaution(state.caution, isNew ? undefined : before?.caution);
    this.#seek(state.sought);
    this.#outdated.show(state.outdated?.message, running ? undefined : state.outdated?.button);
    this.#showProblem(state, before);
    this.#remember(state.source);
    this.#showNotRead(state);
    if (!isNew && before?.phase === 'running' && !running) setText(this.#spoken, ending(state));
    void this.#feed.fetch();
  }

  /** What is said of the folder as a whole, and the images that a person is asked about. */
  #settled(run: RunSummary, before: SettlingState | undefined): void {
    const { settling: state } = run;
    if (!state) return;
    this.#settle.show(state, this.#labels, run);
    const { shown, figures, proposed } = state;
    const about = { settled: shown, doubtful: figures?.doubtful ?? [], proposed };
    if (JSON.stringify(about) === JSON.stringify(this.#table.about)) return;
    const were = this.#table.about;
    this.#table.about = about;
    const isAsked = proposed.length > 0 && JSON.stringify(proposed) !== JSON.stringify(before?.proposed);
    if (isAsked) this.#gallery.propose(proposed[0].image);
    else {
      const marked = [were, about].flatMap(({ doubtful, proposed: asked }) => [...doubtful, ...asked]);
      this.#gallery.changed(
        marked.map(({ image }) => image),
        false,
      );
    }
    // When the answers are here.
    if (shown !== before?.shown) this.#feed.arrangeNext();
  }

  #seek(sought: RunSummary['sought']): void {
    // Nor again when the page comes back after it was hidden.
    if (!sought || sought.turn === this.#connection.state.sought) return;
    this.#connection.save({ sought: sought.turn });
    this.#tabs.choose('gallery');
    this.#gallery.seek(sought.name);
  }

  /** What brings the run back is written down when it changes, not with every image. */
  #remember(source: ResultsSource): void {
    if (JSON.stringify(source) !== JSON.stringify(this.#connection.state.source))
      this.#connection.save({ source });
  }

  #turnTo(run: RunSummary): void {
    this.#table = new ResultTable();
    this.#labels = [];
    // What is there already keeps the keyboard.
    if (!this.#header.element.isConnected) this.#root.replaceChildren(...this.#body);
    setText(this.#spoken, '');
    const { source } = this.#connection.state;
    if (source?.id !== run.id) {
      const sameImages = JSON.stringify(source?.folders) === JSON.stringify(run.source.folders);
      this.#connection.save({ ...(sameImages ? OF_THE_LABELS : OF_A_RUN), source: run.source });
    }
    if (this.#connection.state.tileSize === undefined) this.#connection.save({ tileSize: run.tileSize });
    this.#gallery.turnTo(this.#connection.state);
    this.#gallery.reset(this.#table, []);
    // Nothing of the run before stays, however long the first image of this one takes.
    this.#beCautious(this.#cautionOf(run).settings);
    void this.#connection.host
      .call('labels', { run: run.run })
      .then((labels) => {
        if (this.#number !== run.run) return;
        this.#labels = labels;
        this.#takeUpCaution(run);
        this.#gallery.reset(this.#table, labels);
        this.#followLabels(run.run);
        void this.#feed.fetch();
      })
      .catch(() => {
        // Another run has been begun; its own labels are on their way.
      });
  }

  /** Hears of labels that persons give, until another run is shown. */
  #followLabels(run: number): void {
    this.#labelsOf.abort();
    this.#labelsOf = new AbortController();
    const { signal } = this.#labelsOf;
    const onProgress = (state: LabellingState) => {
      if (this.#number === run) this.#gallery.labelling.follow(state).catch(ignoreCancelled);
    };
    this.#connection.host.call('watchLabels', { run }, { signal, onProgress }).catch(ignoreCancelled);
  }

  /** What this page asked for before it was loaded again, if the host does not know it any more. */
  #takeUpCaution(run: RunSummary): void {
    const { settings, isKnown } = this.#cautionOf(run);
    this.#beCautious(settings);
    if (!isKnown && asksForCaution(settings)) void this.#connection.host.call('caution', { settings });
  }

  #cautionOf({ caution }: RunSummary): { readonly settings: CautionSettings; readonly isKnown: boolean } {
    return caution !== undefined && asksForCaution(caution.settings)
      ? { settings: caution.settings, isKnown: true }
      : { settings: this.#connection.state.caution, isKnown: false };
  }

  #beCautious(settings: CautionSettings): void {
    const { all = 0, labels: own = {} } = settings.thresholds ?? {};
    const labels = this.#labels.map((label) => (Object.hasOwn(own, label) ? own[label] : undefined));
    this.#table.thresholds = { all, labels };
    this.#threshold.settings = settings;
    this.#gallery.thresholdsChanged();
    this.#showSlowViews();
  }

  /** What the host says by now of how sure answers are. */
  #showCaution(state: CautionState | undefined, before: CautionState | undefined): void {
    if (!state || JSON.stringify(state) === JSON.stringify(before)) return;
    this.#table.kinds = state.kinds;
    this.#gallery.thresholdsChanged();
    this.#later();
  }

  #later(): void {
    this.#slowTimer ??= setTimeout(() => {
      this.#slowTimer = undefined;
      this.#showSlowViews();
    }, SLOW_VIEWS_MS);
  }

  #showSlowViews(): void {
    if (this.#tabs.current === 'confusion') this.#confusion.show(this.#table, this.#labels);
    if (this.#tabs.current === 'threshold')
      this.#threshold.show(this.#table, this.#labels, this.#run?.caution, this.#run?.withheld === undefined);
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
              run.predictions > 0
                ? plural(
                    run.predictions,
                    'Classification stopped. {0} image is kept.',
                    'Classification stopped. {0} images are kept.',
                  )
                : t('Classification stopped'),
              run.problem,
              act,
              'results-problem',
            ),
          ]
        : []),
    );
  }

  /** What could not be read, and what lies beside the images and is not read, which is known at the end. */
  #showNotRead({ run, skipped, skippedFolders, passedOver = 0 }: RunSummary): void {
    const { host } = this.#connection;
    const sentence = skippedSentence(skipped, skippedFolders);
    this.#tabs.offer('skipped', skipped > 0);
    if (skipped > 0) this.#tabs.rename('skipped', sentence);
    this.#skipped.show(run, skipped, async () => ({
      intro: t('{0}. All other images are classified.', sentence),
      items: await host.call('skipped', { run, from: 0, to: LISTED }),
    }));
    this.#tabs.offer('passed-over', passedOver > 0);
    if (passedOver > 0) this.#tabs.rename('passed-over', passedOverSentence(passedOver));
    this.#passedOver.show(run, passedOver, async () => {
      const { summary, items } = await host.call('passedOver', { run });
      return { intro: t('SeMap does not read these: {0}.', summary), items };
    });
  }

  #export(images?: readonly number[]): void {
    void this.#connection.host.call('export', { images }).catch((error) => {
      if (toSemapError(error).reason === 'cancelled') return;
      this.#problem.replaceChildren(
        failureNotice(t('Cannot export the results'), error, 'results-export-problem'),
      );
    });
  }
}
