import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { VscodeCheckbox } from '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { AlignmentDocument } from '../../src/core/documents/alignment.ts';
import { toSemapError } from '../../src/core/errors.ts';
import type { SimilarityView } from '../../src/protocol/alignments.ts';
import type {
  AlignmentState,
  AlignmentViewApi,
  AlignmentWish,
  PageProblem,
} from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { element, icon, label, linkButton } from '../common/element.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import { EMPTY_SCENE } from '../common/grid/scene.ts';
import { emptyNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { type AlignmentModel, type Arrangement, arrange, buildModel, type Order } from './alignmentModel.ts';
import { type AlignmentScene, alignmentScene, type Pair, targetsBecomeColumns } from './alignmentScene.ts';
import { details } from './details.ts';
import { warningsOf } from './warnings.ts';
import { formatSimilarity } from './words.ts';

type Ready = Extract<AlignmentState, { kind: 'ready' }>;

/** What the person arranged; it survives hiding and reloading. */
export interface AlignmentPageState extends Arrangement {}

export const DEFAULT_STATE: AlignmentPageState = { order: 'tree', all: false, search: '' };

const ORDERS: readonly (readonly [Order, string])[] = [
  ['tree', 'WordNet tree'],
  ['similarity', 'Similarity'],
  ['name', 'Name'],
];

/** Resting this long on a cell asks the engine why. */
const HOVER_PAUSE = 160;

/** The side panel's page: heatmap of the active alignment, and any cell of it in words. */
export class AlignmentPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<AlignmentViewApi, AlignmentPageState>;
  readonly #header = element('header');
  readonly #gridHost = element('div', { 'data-testid': 'alignment-grid' });
  readonly #grid: GridView;
  readonly #status = element('div', { class: 'status-line', role: 'status' });
  readonly #details = element('section', {
    class: 'details',
    'aria-label': 'Selected cell',
    'data-testid': 'alignment-details',
    tabindex: 0,
  });
  readonly #warnings = element('div', { class: 'warnings', 'data-testid': 'alignment-warnings' });
  readonly #origin = element('footer', { class: 'origin', 'data-testid': 'alignment-origin' });
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #scaleEnd = element('span', { class: 'number' });
  readonly #lowWeights = element(
    'span',
    {},
    element('span', { class: 'dot half', 'aria-hidden': 'true' }),
    'mapped, low weight',
  );
  readonly #problem = element('div');
  readonly #body: readonly Node[];
  readonly #tools: HTMLElement;
  readonly #everything: VscodeCheckbox;
  readonly #search: VscodeTextfield;
  #arrangement: Arrangement;
  #ready: Ready | undefined;
  #model: AlignmentModel | undefined;
  #scene: AlignmentScene | undefined;
  #selected: Pair | undefined;
  #hovered: Pair | undefined;
  #wide = false;
  #loading = new AbortController();
  #asking = new AbortController();
  readonly #reasons = new Map<string, string>();

  constructor(root: HTMLElement, connection: Connection<AlignmentViewApi, AlignmentPageState>) {
    this.#root = root;
    this.#connection = connection;
    const { order, all, search } = connection.state;
    this.#arrangement = { order, all, search };
    root.classList.add('alignment');
    this.#search = element('vscode-textfield', {
      placeholder: 'Search labels',
      'aria-label': 'Search labels',
      value: search,
      'data-testid': 'alignment-search',
    }) as VscodeTextfield;
    this.#tools = this.#makeTools();
    this.#everything = this.#makeEverything();
    this.#body = [
      this.#header,
      this.#tools,
      this.#problem,
      this.#status,
      this.#gridHost,
      this.#legend(),
      this.#details,
      this.#warnings,
      this.#origin,
      this.#spoken,
    ];
    this.#grid = new GridView(
      this.#gridHost,
      { name: 'Similarity of source and target labels', testId: 'alignment-canvas' },
      {
        hovered: (place) => this.#hover(place),
        moved: (place) => this.#select(this.#scene?.pairAt(place)),
        activated: (place) => void this.#speak(this.#scene?.pairAt(place)),
      },
    );
    new ResizeObserver(() => {
      const columns = this.#targetsAreColumns();
      if (this.#scene && columns !== this.#wide) this.#arrange();
    }).observe(this.#gridHost);
    root.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) => this.#failed('The alignment cannot be shown', toSemapError(error)));
  }

  #show(state: AlignmentState): void {
    this.#loading.abort();
    this.#loading = new AbortController();
    if (state.kind === 'nothing') {
      this.#clear();
      const align = () => void this.#connection.host.call('align', null);
      this.#root.replaceChildren(
        emptyNotice(
          'No alignment yet. Align your labels with those of a backbone to see how they match.',
          'Align Labels',
          align,
          'alignment-empty',
        ),
      );
      return;
    }
    if (state.kind === 'failed') {
      if (this.#model && this.#ready?.name === state.name) {
        // Somebody is typing in it: the grid waits instead of flickering.
        this.#showProblem(`${state.name} cannot be read; shown as it was before`, state.problem);
        return;
      }
      this.#clear();
      this.#failed(`${state.name} cannot be read`, state.problem);
      return;
    }
    const sameDocument = this.#ready?.name === state.name;
    this.#ready = state;
    this.#reasons.clear();
    if (!sameDocument) {
      this.#selected = undefined;
      this.#hovered = undefined;
      this.#model = undefined;
      this.#root.replaceChildren(this.#headerOf(state), workingNotice('Comparing labels…'));
    }
    void this.#load(state, this.#loading.signal);
  }

  async #load(state: Ready, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.#connection.host.call(
        'similarities',
        { revision: state.revision },
        { signal },
      );
      if (signal.aborted) return;
      if (answer.kind === 'view') this.#open(state, answer.view, undefined);
      else this.#open(state, undefined, answer.problem);
    } catch (error) {
      if (signal.aborted) return;
      const { message, hint } = toSemapError(error);
      this.#open(state, undefined, { message, actions: [], ...(hint === undefined ? {} : { hint }) });
    }
  }

  #open(state: Ready, view: SimilarityView | undefined, problem: PageProblem | undefined): void {
    this.#model = buildModel(state.document, view);
    this.#scaleEnd.textContent = formatSimilarity(this.#model.maximum);
    this.#lowWeights.hidden = !this.#model.weights.some((weight) => weight > 0 && weight < 0.5);
    this.#headerOf(state);
    this.#showProblem('Only the mapped cells can be shown', problem);
    // Not again for a document that is shown already: its grid would lose the focus and where it was scrolled to.
    if (!this.#gridHost.isConnected) this.#root.replaceChildren(...this.#body);
    this.#showWarnings(state.document);
    this.#arrange();
  }

  #showProblem(title: string, problem: PageProblem | undefined): void {
    const act = (action: number) => this.#act(action);
    this.#problem.replaceChildren(
      ...(problem ? [problemNotice(title, problem, act, 'alignment-problem')] : []),
    );
  }

  #arrange(): void {
    const model = this.#model;
    const ready = this.#ready;
    if (!model || !ready) return;
    const arranged = arrange(model, this.#arrangement);
    this.#wide = this.#targetsAreColumns();
    this.#scene = alignmentScene(model, arranged, this.#wide);
    const empty = arranged.targets.length === 0 || arranged.sources.length === 0;
    this.#grid.scene = empty ? EMPTY_SCENE : this.#scene;
    this.#grid.active = this.#selected && this.#scene.placeOf(this.#selected);
    this.#status.hidden = !empty;
    this.#status.textContent = !empty
      ? ''
      : model.targets.length === 0
        ? 'This document has no target labels.'
        : this.#arrangement.search.trim() === ''
          ? 'No source label is mapped yet.'
          : `No label contains “${this.#arrangement.search.trim()}”.`;
    this.#origin.textContent = origin(ready.document, model, arranged.sources.length);
    this.#origin.title = this.#origin.textContent;
    this.#showDetails();
  }

  #targetsAreColumns(): boolean {
    return targetsBecomeColumns(this.#gridHost.clientWidth, this.#gridHost.clientHeight);
  }

  #change(change: Partial<Arrangement>): void {
    this.#arrangement = { ...this.#arrangement, ...change };
    this.#connection.save(this.#arrangement);
    this.#arrange();
  }

  #select(pair: Pair | undefined): void {
    this.#selected = pair;
    this.#hovered = undefined;
    this.#showDetails();
  }

  #hover(place: Place | undefined): void {
    this.#hovered = place && this.#scene?.pairAt(place);
    this.#showDetails();
  }

  #showDetails(): void {
    const model = this.#model;
    if (!model) return;
    const pair = this.#hovered ?? this.#selected;
    const why = pair && this.#reasons.get(keyOf(pair));
    this.#details.replaceChildren(...details(model, pair, why, this.#edit));
    this.#offerMenu(model, pair);
    this.#asking.abort();
    if (!pair || pair.target === undefined || pair.source === undefined || why !== undefined) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    setTimeout(async () => {
      if (signal.aborted) return;
      const reason = await this.#reason(pair);
      if (!signal.aborted && this.#model === model)
        this.#details.replaceChildren(...details(model, pair, reason, this.#edit));
    }, HOVER_PAUSE);
  }

  /** Why a pair matches. It is cheap, so it is not cancelled, and answered once. */
  async #reason(pair: Pair): Promise<string> {
    const { target, source } = pair;
    const known = this.#reasons.get(keyOf(pair));
    if (known !== undefined || !this.#model || !this.#ready || target === undefined || source === undefined) {
      return known ?? '';
    }
    const { revision } = this.#ready;
    const index = this.#model.sourceIndex[source];
    try {
      const reason = await this.#connection.host.call('explain', { revision, target, source: index });
      if (this.#ready.revision === revision) this.#reasons.set(keyOf(pair), reason);
      return reason;
    } catch (error) {
      return toSemapError(error).message;
    }
  }

  async #speak(pair: Pair | undefined): Promise<void> {
    if (!pair || !this.#model) return;
    this.#select(pair);
    if (pair.target !== undefined && pair.source !== undefined) await this.#reason(pair);
    this.#showDetails();
    this.#spoken.textContent = Array.from(this.#details.children, (part) => part.textContent).join('. ');
  }

  #headerOf({ name }: Ready): HTMLElement {
    this.#header.replaceChildren(element('h1', {}, label(name, 'one-line')), this.#everything);
    return this.#header;
  }

  #makeTools(): HTMLElement {
    const { order } = this.#arrangement;
    const magnifier = icon('search');
    magnifier.slot = 'content-before';
    this.#search.append(magnifier);
    this.#search.addEventListener('input', () => this.#change({ search: this.#search.value }));
    const select = element(
      'vscode-single-select',
      {
        'aria-label': 'Order of the labels',
        label: 'Order of the labels',
        title: 'Order of the labels',
        'data-testid': 'alignment-order',
      },
      ...ORDERS.map(([value, text]) => element('vscode-option', { value, selected: value === order }, text)),
    ) as VscodeSingleSelect;
    select.addEventListener('change', () => this.#change({ order: select.value as Order }));
    return element(
      'div',
      { class: 'tools', role: 'toolbar', 'aria-label': 'Labels shown' },
      this.#search,
      select,
    );
  }

  #makeEverything(): VscodeCheckbox {
    const { all } = this.#arrangement;
    const everything = element('vscode-checkbox', {
      label: 'All',
      title: 'All source labels, not only mapped and similar ones',
      'aria-label': 'All source labels',
      checked: all,
      'data-testid': 'alignment-all',
    }) as VscodeCheckbox;
    everything.addEventListener('change', () => this.#change({ all: everything.checked }));
    return everything;
  }

  #legend(): HTMLElement {
    const ramp = element('span', { class: 'ramp', 'aria-hidden': 'true' });
    return element(
      'div',
      { class: 'legend' },
      element('span', { class: 'scale' }, 'similarity 0', ramp, this.#scaleEnd),
      element('span', {}, element('span', { class: 'dot', 'aria-hidden': 'true' }), 'mapped'),
      this.#lowWeights,
    );
  }

  #showWarnings(document: AlignmentDocument): void {
    const lines = warningsOf(document);
    this.#warnings.hidden = lines.length === 0;
    this.#warnings.replaceChildren(
      ...lines.map(({ severe, text, labels, more }) =>
        element(
          'div',
          {},
          element('span', {}, icon(severe ? 'warning' : 'info'), ` ${text}`),
          ...labels.map(({ name, note, target, source }) => {
            const shown = element('span', {}, label(name), note === undefined ? undefined : ` (${note})`);
            if (target !== undefined) {
              return linkButton(shown, () => this.#showTarget(target), undefined, `Show ${name}`);
            }
            if (source === undefined) return shown;
            return linkButton(
              shown,
              () => this.#edit({ kind: 'includeSource', source }),
              undefined,
              `Include ${name} again`,
            );
          }),
          more > 0 ? element('span', { class: 'quiet' }, `and ${more} more`) : undefined,
        ),
      ),
    );
  }

  #showTarget(target: number): void {
    const pair = { target, source: undefined };
    if (!this.#scene?.placeOf(pair)) {
      this.#search.value = '';
      this.#change({ search: '' });
    }
    const place = this.#scene?.placeOf(pair);
    if (!place) return;
    this.#grid.active = place;
    this.#grid.reveal(place);
    this.#select(pair);
  }

  #key(event: KeyboardEvent): void {
    const typing = event.target === this.#search;
    if (event.key === '/' && !typing) {
      event.preventDefault();
      this.#search.focus();
    } else if (event.key === 'Escape' && typing) {
      if (this.#search.value !== '') {
        this.#search.value = '';
        this.#change({ search: '' });
      }
      this.#grid.focus();
    }
  }

  readonly #edit = (wish: AlignmentWish): void => {
    void this.#connection.host.call('edit', wish);
  };

  /** What the context menu is about: VS Code reads it from this attribute. */
  #offerMenu(model: AlignmentModel, pair: Pair | undefined): void {
    const source = pair?.source === undefined ? undefined : model.sourceIndex[pair.source];
    this.#root.dataset['vscodeContext'] = JSON.stringify({
      preventDefaultContextMenuItems: true,
      semapTarget: pair?.target,
      semapSource: source,
      semapExcluded: source !== undefined && model.excluded.has(source),
    });
  }

  #act(action: number): void {
    void this.#connection.host.call('act', { action });
  }

  #failed(
    title: string,
    problem: { message: string; hint?: string | undefined; actions?: PageProblem['actions'] },
  ): void {
    const { message, hint, actions } = problem;
    const whole: PageProblem = { message, actions: actions ?? [], ...(hint === undefined ? {} : { hint }) };
    this.#root.replaceChildren(
      problemNotice(title, whole, (action) => this.#act(action), 'alignment-problem'),
    );
  }

  #clear(): void {
    this.#ready = undefined;
    this.#model = undefined;
    this.#scene = undefined;
    this.#selected = undefined;
    this.#hovered = undefined;
  }
}

function keyOf({ target, source }: Pair): string {
  return `${target} ${source}`;
}

/** Where the numbers come from. */
function origin(document: AlignmentDocument, model: AlignmentModel, shown: number): string {
  const { backbone, method } = document;
  const parameters =
    method.k !== undefined ? ` k=${method.k}` : method.seed !== undefined ? ` seed ${method.seed}` : '';
  const sources =
    shown === backbone.sourceCount
      ? `all ${shown.toLocaleString()} source labels`
      : `${shown.toLocaleString()} of ${backbone.sourceCount.toLocaleString()} source labels`;
  return [
    backbone.name,
    `${method.name}${parameters}`,
    method.labelled ? `learned from ${method.labelled.images.toLocaleString()} images` : method.similarity,
    `${model.targets.length.toLocaleString()} target labels`,
    sources,
  ].join(' · ');
}
