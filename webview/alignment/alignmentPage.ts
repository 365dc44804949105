import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type {
  AlignmentViewApi,
  AlignmentWish,
  PageCommand,
  PagePlace,
  PageProblem,
} from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { element } from '../common/element.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { PictureFormat } from '../common/grid/picture.ts';
import { EMPTY_SCENE } from '../common/grid/scene.ts';
import { emptyNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { AlignmentFeed, type LoadedView, type ReadyState } from './alignmentFeed.ts';
import {
  type AlignmentModel,
  type Arranged,
  type Arrangement,
  arrange,
  buildModel,
} from './alignmentModel.ts';
import {
  type AlignmentScene,
  alignmentScene,
  type Pair,
  samePair,
  targetsBecomeColumns,
} from './alignmentScene.ts';
import { aboutTarget, type CellEdit, toggled, weighed } from './cellEdits.ts';
import { type CellKey, cellKey } from './cellKeys.ts';
import { DetailsPanel, type DetailsSubject } from './detailsPanel.ts';
import { Legend } from './legend.ts';
import { scoreLine } from './scoreLine.ts';
import { TargetList } from './targetList.ts';
import { Toolbar } from './toolbar.ts';
import { WarningList } from './warningList.ts';
import { originInWords } from './words.ts';

/** What the person arranged; it survives hiding and reloading. */
export interface AlignmentPageState extends Arrangement {}

export const DEFAULT_STATE: AlignmentPageState = { order: 'tree', all: false, search: '' };

/** Targets listed before the grid is painted. */
const AT_ONCE = 200;

/** The alignment as a heatmap: in the side panel the active one, in the editor its document. */
export class AlignmentPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<AlignmentViewApi, AlignmentPageState>;
  readonly #toolbar: Toolbar;
  readonly #gridHost = element('div', { 'data-testid': 'alignment-grid' });
  readonly #grid: GridView;
  readonly #status = element('div', { class: 'status-line', role: 'status' });
  readonly #details: DetailsPanel;
  readonly #warnings: WarningList;
  readonly #targets: TargetList;
  readonly #legend = new Legend();
  readonly #score = element('div', { class: 'score', role: 'status', 'data-testid': 'alignment-score' });
  readonly #origin = element('footer', { class: 'origin', 'data-testid': 'alignment-origin' });
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #problem = element('div');
  readonly #body: readonly Node[];
  #arrangement: Arrangement;
  #ready: ReadyState | undefined;
  #model: AlignmentModel | undefined;
  #arranged: Arranged | undefined;
  #scene: AlignmentScene | undefined;
  #selected: Pair | undefined;
  /** What was selected before the last click. */
  #previous: Pair | undefined;
  #hovered: Pair | undefined;
  #wide = false;
  /** A cell to be shown as soon as there is a grid. */
  #wanted: PageCommand | undefined;

  constructor(root: HTMLElement, connection: Connection<AlignmentViewApi, AlignmentPageState>) {
    this.#root = root;
    this.#connection = connection;
    const { order, all, search } = connection.state;
    this.#arrangement = { order, all, search };
    this.#details = new DetailsPanel(connection.host, this.#edit);
    root.classList.add('alignment');
    this.#toolbar = new Toolbar(this.#arrangement, {
      change: (change) => this.#change(change),
      edit: this.#edit,
    });
    this.#warnings = new WarningList({
      showTarget: (target) => this.#show({ target, source: undefined }),
      showSource: (source) => this.#show({ target: undefined, source: this.#sourceOf(source) }),
      includeAgain: (source) => this.#edit({ kind: 'includeSource', source }),
    });
    this.#targets = new TargetList({
      select: (target) => this.#show({ target, source: undefined }),
      enter: (target) => {
        this.#show({ target, source: undefined });
        this.#grid.focus();
      },
      rename: (target, name) => this.#edit({ kind: 'rename', ...this.#about(target), name }),
      move: (target, to) => this.#move(target, to),
      remove: (target) => this.#edit({ kind: 'removeTarget', ...this.#about(target) }),
      add: () => this.#edit({ kind: 'addTarget' }),
    });
    this.#body = [
      this.#toolbar.header,
      this.#toolbar.tools,
      this.#problem,
      this.#status,
      element(
        'div',
        { class: 'columns' },
        this.#targets.element,
        element('div', { class: 'middle' }, this.#gridHost, this.#legend.element),
        element('div', { class: 'side' }, this.#details.element, this.#warnings.element),
      ),
      this.#score,
      this.#origin,
      this.#spoken,
    ];
    this.#grid = new GridView(
      this.#gridHost,
      { name: 'Similarity of source and target labels', testId: 'alignment-canvas', readOnly: false },
      {
        hovered: (place) => this.#hover(place),
        moved: (place) => {
          this.#previous = this.#selected;
          this.#select(this.#scene?.pairAt(place));
        },
        clicked: (place) => this.#clicked(this.#scene?.pairAt(place)),
        activated: (place) => void this.#speak(this.#scene?.pairAt(place)),
        key: (event) => this.#doKey(cellKey(event)),
      },
    );
    new ResizeObserver(() => {
      const columns = this.#targetsAreColumns();
      if (this.#scene && columns !== this.#wide) this.#layOut();
    }).observe(this.#gridHost);
    root.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Follows the host until the page goes. */
  start(): void {
    const { host } = this.#connection;
    new AlignmentFeed(host, {
      nothing: (place) => this.#showNothing(place),
      failed: (name, problem, place) => this.#showFailed(name, problem, place),
      changed: (state, same) => this.#showChanged(state, same),
      opened: (state, loaded) => this.#open(state, loaded),
      scored: ({ place }, score) => {
        this.#score.hidden = score === undefined && place === 'panel';
        this.#score.replaceChildren(...scoreLine(score));
      },
      lost: (problem) => this.#showOnly('The alignment cannot be shown', problem),
    }).start();
    void host.call('commands', null, { onProgress: (command) => this.#obey(command) }).catch(() => {});
  }

  #showNothing(place: PagePlace): void {
    this.#clear(place);
    this.#root.replaceChildren(
      emptyNotice(
        'No alignment yet. Align your labels with those of a backbone to see how they match.',
        'Align Labels',
        () => void this.#connection.host.call('align', null),
        'alignment-empty',
      ),
    );
  }

  #showFailed(name: string, problem: PageProblem, place: PagePlace): boolean {
    if (this.#model && this.#ready?.name === name) {
      // Somebody is typing in it: the grid waits instead of flickering.
      this.#showProblem(`${name} cannot be read; shown as it was before`, problem);
      return true;
    }
    this.#clear(place);
    this.#showOnly(`${name} cannot be read`, problem);
    return false;
  }

  #showChanged(state: ReadyState, same: boolean): void {
    if (!same) {
      this.#clear(state.place);
      this.#toolbar.show(state.name, undefined, state.place);
      this.#root.replaceChildren(this.#toolbar.header, workingNotice('Comparing labels…'));
    }
    this.#ready = state;
  }

  #open(state: ReadyState, { view, anew, problem }: LoadedView): void {
    const { document } = state;
    const model = buildModel(document, view);
    if (anew) {
      this.#details.forget();
      this.#arranged = undefined;
    }
    this.#model = model;
    this.#legend.show(model);
    this.#toolbar.show(state.name, document, state.place);
    this.#showProblem('Only the mapped cells can be shown', problem);
    // Not again for a document that is shown already: its grid would lose the focus and where it was scrolled to.
    if (!this.#gridHost.isConnected) this.#root.replaceChildren(...this.#body);
    this.#warnings.show(document);
    this.#arrange();
    this.#obeyWaiting();
  }

  #showProblem(title: string, problem: PageProblem | undefined): void {
    const act = (action: number) => this.#act(action);
    this.#problem.replaceChildren(
      ...(problem ? [problemNotice(title, problem, act, 'alignment-problem')] : []),
    );
  }

  /** Labels keep their places through edits of the mapping; a source that is mapped and not shown changes them. */
  #arrange(): void {
    const model = this.#model;
    if (!model) return;
    const shown = new Set(this.#arranged?.sources);
    const S = model.sources.length;
    let hidden = false;
    if (this.#arranged && this.#arrangement.search.trim() === '') {
      for (let at = 0; at < model.weights.length && !hidden; at++) {
        hidden = model.weights[at] !== 0 && !shown.has(at % S);
      }
    }
    if (!this.#arranged || hidden) this.#arranged = arrange(model, this.#arrangement);
    this.#layOut();
  }

  #layOut(): void {
    const [model, ready, arranged] = [this.#model, this.#ready, this.#arranged];
    if (!model || !ready || !arranged) return;
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
    this.#origin.textContent = originInWords(ready.document, arranged.sources.length);
    this.#origin.title = this.#origin.textContent;
    if (ready.place === 'editor') this.#listTargets(ready);
    this.#showDetails();
  }

  /** A long list takes longer than the grid: the grid is painted first. */
  #listTargets(ready: ReadyState): void {
    const show = () => {
      if (this.#ready === ready) this.#targets.show(ready.document, this.#selected?.target);
    };
    if (ready.document.targets.length <= AT_ONCE) show();
    else requestAnimationFrame(() => setTimeout(show));
  }

  #targetsAreColumns(): boolean {
    return targetsBecomeColumns(this.#gridHost.clientWidth, this.#gridHost.clientHeight);
  }

  #change(change: Partial<Arrangement>): void {
    this.#arrangement = { ...this.#arrangement, ...change };
    this.#connection.save(this.#arrangement);
    this.#arranged = undefined;
    this.#arrange();
  }

  #select(pair: Pair | undefined): void {
    this.#selected = pair;
    this.#hovered = undefined;
    if (this.#ready?.place === 'editor') this.#targets.show(this.#ready.document, pair?.target);
    this.#showDetails();
  }

  #hover(place: Place | undefined): void {
    this.#hovered = place && this.#scene?.pairAt(place);
    this.#showDetails();
  }

  #showDetails(): void {
    const subject = this.#subject();
    if (!subject) return;
    this.#details.show(subject);
    this.#offerMenu(subject.model, subject.pair);
  }

  #subject(): DetailsSubject | undefined {
    const [model, ready] = [this.#model, this.#ready];
    if (!model || !ready) return undefined;
    const pair = this.#hovered ?? this.#selected;
    const { document, revision } = ready;
    return { model, document, revision, pair, selected: samePair(pair, this.#selected) };
  }

  async #speak(pair: Pair | undefined): Promise<void> {
    if (!pair) return;
    this.#select(pair);
    const subject = this.#subject();
    if (subject) this.#spoken.textContent = await this.#details.spoken(subject);
  }

  /** In the editor a click maps; in the panel, which saves at once, the second one does. */
  #clicked(pair: Pair | undefined): void {
    if (this.#ready?.place === 'editor' || samePair(pair, this.#previous)) this.#toggle(pair);
  }

  #toggle(pair: Pair | undefined): void {
    if (this.#model) this.#do(toggled(this.#model, pair));
  }

  #weigh(pair: Pair | undefined, weight: number): void {
    if (this.#model) this.#do(weighed(this.#model, pair, weight));
  }

  #do(edit: CellEdit | undefined): void {
    if (!edit) return;
    if (edit.wish) this.#edit(edit.wish);
    this.#spoken.textContent = edit.spoken;
  }

  #move(target: number, to: number): void {
    const model = this.#model;
    if (!model || to < 0 || to >= model.targets.length) return;
    if (this.#selected?.target === target) this.#selected = { ...this.#selected, target: to };
    this.#edit({ kind: 'move', ...aboutTarget(model, target), to });
    this.#spoken.textContent = `${model.targets[target].label} is now number ${to + 1}.`;
  }

  #about(target: number): { target: number; label: string } {
    return this.#model ? aboutTarget(this.#model, target) : { target, label: '' };
  }

  /** Index in the model of a source of the backbone. */
  #sourceOf(index: number): number | undefined {
    const at = this.#model?.sourceIndex.indexOf(index) ?? -1;
    return at < 0 ? undefined : at;
  }

  /** Selects a cell or a label and brings it into view; what hides it is taken away. */
  #show(pair: Pair): void {
    if (!this.#scene?.placeOf(pair)) {
      this.#toolbar.clearSearch();
      this.#change({ search: '' });
    }
    // A source that does not matter to any target is among all of them.
    if (!this.#scene?.placeOf(pair) && !this.#arrangement.all) {
      this.#arranged = this.#model && arrange(this.#model, { ...this.#arrangement, all: true });
      this.#layOut();
    }
    const place = this.#scene?.placeOf(pair);
    if (!place) return;
    this.#grid.active = place;
    this.#grid.reveal(place);
    this.#select(pair);
  }

  #obey(command: PageCommand): void {
    this.#wanted = command;
    if (this.#model) this.#obeyWaiting();
  }

  #obeyWaiting(): void {
    const command = this.#wanted;
    this.#wanted = undefined;
    if (command?.kind === 'exportImage') void this.#export(command.format);
    if (command?.kind !== 'showCell') return;
    this.#show({ target: command.target, source: this.#sourceOf(command.source) });
    this.#grid.focus();
  }

  async #export(format: PictureFormat): Promise<void> {
    // A page that was just brought into view has not been painted yet.
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const bytes = await this.#grid.picture(format);
    await this.#connection.host.call('exported', { format, bytes });
  }

  /** @returns whether the key was of use */
  #doKey(key: CellKey | undefined): boolean {
    const pair = this.#selected;
    if (!pair || !key) return false;
    const isCell = pair.target !== undefined && pair.source !== undefined;
    switch (key.kind) {
      case 'toggle':
        if (isCell) this.#toggle(pair);
        return isCell;
      case 'weight':
        this.#weigh(pair, key.weight);
        return true;
      case 'unmap':
        this.#weigh(pair, 0);
        return true;
      case 'move':
        if (pair.target !== undefined) this.#move(pair.target, pair.target + key.by);
        return true;
      case 'rename':
        if (pair.target === undefined) return false;
        this.#show({ target: pair.target, source: undefined });
        this.#details.rename();
        return true;
      case 'leave':
        this.#select(undefined);
        return true;
    }
  }

  #key(event: KeyboardEvent): void {
    const typing = this.#toolbar.isSearch(event.target);
    if (event.key === '/' && !typing && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      this.#toolbar.focusSearch();
    } else if (event.key === 'Escape') {
      if (typing && this.#toolbar.clearSearch()) this.#change({ search: '' });
      this.#grid.focus();
    }
  }

  readonly #edit = (wish: AlignmentWish): void => {
    void this.#connection.host.call('edit', wish).catch(() => {});
  };

  /** What the context menu is about: VS Code reads it from this attribute. */
  #offerMenu(model: AlignmentModel, pair: Pair | undefined): void {
    const source = pair?.source === undefined ? undefined : model.sourceIndex[pair.source];
    this.#root.dataset['vscodeContext'] = JSON.stringify({
      preventDefaultContextMenuItems: true,
      semapTarget: pair?.target,
      semapSource: source,
      semapExcluded: source !== undefined && model.excluded.has(source),
      semapDocument: this.#ready?.uri,
      semapEditor: this.#ready?.place === 'editor',
    });
  }

  #act(action: number): void {
    void this.#connection.host.call('act', { action });
  }

  #showOnly(title: string, problem: PageProblem): void {
    const act = (action: number) => this.#act(action);
    this.#root.replaceChildren(problemNotice(title, problem, act, 'alignment-problem'));
  }

  /** Nothing of a document is left. */
  #clear(place: PagePlace): void {
    this.#root.classList.toggle('full', place === 'editor');
    this.#ready = undefined;
    this.#model = undefined;
    this.#arranged = undefined;
    this.#scene = undefined;
    this.#selected = undefined;
    this.#hovered = undefined;
    this.#details.forget();
    this.#score.replaceChildren();
  }
}
