import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { AlignmentEdit } from '../../src/core/alignments/alignmentEdits.ts';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import type {
  AlignmentViewApi,
  PageLocation,
  PageQuestion,
  SentCommand,
} from '../../src/protocol/alignmentView.ts';
import type { PageProblem } from '../../src/protocol/pageProblem.ts';
import type { Connection } from '../common/connection.ts';
import { element, linkButton, setReadAttribute, setText } from '../common/element.ts';
import type { PictureFormat } from '../common/grid/picture.ts';
import { t } from '../common/language.ts';
import { emptyNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { AlignmentFeed, type LoadedView, type ReadyState } from './alignmentFeed.ts';
import { AlignmentGrid, type GridLook } from './alignmentGrid.ts';
import { type AlignmentModel, type Arrangement, buildModel } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { type CellEdit, toggled, weighed } from './cellEdits.ts';
import { type CellKey, undoKey } from './cellKeys.ts';
import { DetailsPanel, type DetailsSubject } from './detailsPanel.ts';
import { editPlace, groupOfSource } from './joinedDocument.ts';
import { scoreInWords, scoreLine } from './scoreLine.ts';
import { TargetList } from './targetList.ts';
import { Toolbar } from './toolbar.ts';
import { WarningList } from './warningList.ts';
import { originInWords } from './words.ts';

/** What the person arranged; it survives hiding and reloading. */
export interface AlignmentPageState extends Arrangement {
  /** Whether the details of what is selected are open; undefined: as there is room. */
  readonly details?: boolean;
  /** Whether the warnings are listed; undefined: as there is room. */
  readonly warnings?: boolean;
  /** Where in which document they were. */
  readonly look?: GridLook & { readonly uri: string };
}

export const DEFAULT_STATE: AlignmentPageState = { order: 'tree', all: false, search: '' };

/** It is written down when the scrolling pauses. */
const PAUSE_MS = 200;

/** Targets listed before the grid is painted. */
const AT_ONCE = 200;

/** A page as high as this has room for details, unless the person says otherwise. */
const ROOMY = 420;
/** An editor as wide as this has them beside the grid; the same figure is in the style sheets. */
const WIDE = 720;

/** The alignment as a heatmap: in the side panel the active one, in the editor its document. */
export class AlignmentPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<AlignmentViewApi, AlignmentPageState>;
  readonly #toolbar: Toolbar;
  readonly #grid: AlignmentGrid;
  readonly #details: DetailsPanel;
  readonly #warnings: WarningList;
  readonly #targets: TargetList;
  /** Whether the line above the origin has an accuracy. */
  #isMeasured = false;
  readonly #score = element('div', { class: 'score', role: 'status', 'data-testid': 'alignment-score' });
  readonly #origin = element('footer', { class: 'origin', 'data-testid': 'alignment-origin' });
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #problem = element('div', { class: 'problem-place' });
  readonly #body: readonly Node[];
  /** Whether the page has shown a document since it was loaded. */
  #began = false;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #ready: ReadyState | undefined;
  #model: AlignmentModel | undefined;
  /** What its labels are taken to mean; empty until that is known. */
  #meanings: readonly LabelMeaning[] = [];
  /** What the host wants as soon as the grid of that document is there. */
  #wanted: SentCommand | undefined;

  constructor(root: HTMLElement, connection: Connection<AlignmentViewApi, AlignmentPageState>) {
    this.#root = root;
    this.#connection = connection;
    const wanted = () => connection.state.details ?? innerHeight >= ROOMY;
    this.#details = new DetailsPanel(connection.host, wanted, {
      isAll: (name) => this.#isAll(name),
      showAll: (name, all) => this.#showAllOf(name, all),
      edit: this.#edit,
      ask: this.#ask,
      toggled: (open) => connection.save({ details: open }),
      resized: () => this.#keepInView(),
      selectTarget: (target) => this.#show({ target, source: undefined }),
    });
    root.classList.add('alignment');
    this.#toolbar = new Toolbar(connection.state, {
      change: (change) => this.#change(change),
      ask: this.#ask,
    });
    this.#warnings = new WarningList({
      toggled: (open) => {
        connection.save({ warnings: open });
        this.#fit();
        this.#keepInView();
      },
      showTarget: (target) => this.#tell({ target, source: undefined }),
      showSource: (source) => this.#tell({ target: undefined, source: this.#sourceOf(source) }),
      suggestHints: () => this.#ask('suggestHints'),
      includeAgain: (source) => {
        const { index, of } = editPlace(this.#ready?.groups ?? [], source);
        this.#edit({ kind: 'include', source: index, ...of });
      },
    });
    this.#targets = new TargetList({
      select: (target) => this.#show({ target, source: undefined }),
      enter: (target) => {
        this.#show({ target, source: undefined });
        this.#grid.focus();
      },
      explain: (target) => void this.#speak({ target, source: undefined }),
      rename: (target, label) => this.#edit({ kind: 'rename', target, label }),
      move: (target, to) => this.#move(target, to),
      remove: (target) => this.#edit({ kind: 'remove', target }),
      add: () => this.#ask('addTarget'),
    });
    this.#grid = new AlignmentGrid(connection.state, {
      selected: (pair) => this.#showSelected(pair),
      hovered: () => this.#showDetails(),
      activated: (pair) => this.#activate(pair),
      asked: (pair) => void this.#speak(pair),
      key: (key) => this.#doKey(key),
      turned: () => this.#keepLook(),
      laidOut: () => this.#showAround(),
      addTarget: () => this.#ask('addTarget'),
    });
    this.#body = [
      this.#toolbar.element,
      this.#problem,
      element(
        'div',
        { class: 'columns' },
        this.#targets.element,
        element('div', { class: 'middle' }, this.#grid.status, this.#grid.element, this.#grid.legend),
        element('div', { class: 'side' }, this.#details.element, this.#warnings.element),
      ),
      this.#score,
      this.#origin,
      this.#spoken,
    ];
    root.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('keydown', (event) => this.#undo(event));
    window.addEventListener('resize', () => this.#fit());
  }

  /** Follows the host until the page goes. */
  start(): void {
    const { host } = this.#connection;
    new AlignmentFeed(host, {
      nothing: (location) => this.#showNothing(location),
      failed: (name, problem, location) => this.#showFailed(name, problem, location),
      changed: (state, same) => this.#showChanged(state, same),
      opened: (state, loaded) => this.#open(state, loaded),
      meant: ({ document }, meanings) => {
        this.#meanings = meanings;
        this.#warnings.show(document, meanings);
        this.#showDetails();
      },
      scored: ({ location, folders }, score) => {
        this.#score.hidden = score === undefined && location === 'panel';
        this.#root.classList.toggle('scored', score !== undefined);
        this.#score.removeAttribute('aria-busy');
        const isMeasured = (score?.now.accuracy ?? null) !== null;
        if (isMeasured !== this.#isMeasured) {
          this.#isMeasured = isMeasured;
          this.#showAround();
        }
        this.#score.replaceChildren(...scoreLine(score, this.#classifyButton(folders)));
        setReadAttribute(this.#score, 'title', scoreInWords(score));
      },
      lost: (problem) => this.#showOnly(t('Cannot show the alignment'), problem),
    }).start();
    void host.call('commands', null, { onProgress: (command) => this.#obey(command) }).catch(() => {});
  }

  /** @param folders that the document was made for */
  #classifyButton(folders: string | undefined): HTMLElement {
    return linkButton(
      folders === undefined ? t('Zero-Shot Classify...') : t('Classify {0}', folders),
      () => void this.#connection.host.call('classify', null),
      'alignment-classify',
    );
  }

  #showNothing(location: PageLocation): void {
    this.#clear(location);
    this.#root.replaceChildren(
      emptyNotice(
        t('No alignment yet. Align your labels with those of a backbone to see how they match.'),
        t('Align Labels...'),
        () => void this.#connection.host.call('align', null),
        'alignment-empty',
      ),
    );
  }

  #showFailed(name: string, problem: PageProblem, location: PageLocation): boolean {
    if (this.#model && this.#ready?.name === name) {
      // Somebody is typing in it: the grid waits instead of flickering.
      this.#showProblem(t('Cannot read {0}. Showing its last readable version.', name), problem);
      return true;
    }
    this.#clear(location);
    this.#showOnly(t('Cannot read {0}', name), problem);
    return false;
  }

  #showChanged(state: ReadyState, same: boolean): void {
    if (!same) {
      this.#clear(state.location);
      this.#root.replaceChildren(workingNotice(t('Comparing labels...')));
    }
    // What stands there is about the version before, until the new one is scored.
    this.#score.setAttribute('aria-busy', 'true');
    this.#ready = state;
    this.#fit();
  }

  #open(state: ReadyState, { view, anew, problem }: LoadedView): void {
    const { document } = state;
    const model = buildModel(state, view);
    if (anew) {
      this.#details.forget();
      this.#meanings = [];
    }
    this.#model = model;
    this.#toolbar.show(state.name, state, state.location);
    this.#showProblem(t('Only mapped cells can be shown'), problem);
    // Not again for a document that is shown already: its grid would lose the focus and where it was scrolled to.
    if (!this.#grid.element.isConnected) this.#root.replaceChildren(...this.#body);
    this.#warnings.show(document, this.#meanings);
    this.#grid.show(model, anew);
    const { look } = this.#connection.state;
    if (!this.#began && look?.uri === state.uri) this.#grid.look = look;
    this.#began = true;
    this.#obeyWaiting();
  }

  #keepLook(): void {
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      const uri = this.#model && this.#ready?.uri;
      if (uri && this.#began) this.#connection.save({ look: { ...this.#grid.look, uri } });
    }, PAUSE_MS);
  }

  #showProblem(title: string, problem: PageProblem | undefined): void {
    const act = (action: number) => this.#act(action);
    this.#problem.replaceChildren(problem ? problemNotice(title, problem, act, 'alignment-problem') : '');
  }

  /** What stands around the grid and depends on what it shows. */
  #showAround(): void {
    const ready = this.#ready;
    if (!ready) return;
    const origin = originInWords(ready, this.#grid.shownSources, this.#isMeasured);
    setText(this.#origin, origin);
    setReadAttribute(this.#origin, 'title', origin);
    if (this.#model) this.#toolbar.describe(this.#model, origin);
    if (ready.location === 'editor') this.#listTargets(ready);
    this.#showDetails();
  }

  /** A long list takes longer than the grid: the grid is painted first. */
  #listTargets(ready: ReadyState): void {
    const show = () => {
      if (this.#ready === ready) this.#targets.show(ready.document, this.#grid.selected?.target);
    };
    if (ready.document.targets.length <= AT_ONCE) show();
    else requestAnimationFrame(() => setTimeout(show));
  }

  #change(change: Partial<Arrangement>): void {
    this.#connection.save(change);
    this.#grid.change(this.#connection.state);
  }

  #showSelected(pair: Pair | undefined): void {
    if (this.#ready?.location === 'editor') this.#targets.show(this.#ready.document, pair?.target);
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
    const { pair, selected } = this.#grid;
    const { document, revision } = ready;
    return { model, meanings: this.#meanings, document, revision, pair, selected };
  }

  /** Opens and closes what stands around the grid as there is room for it, and as the person wants it. */
  #fit(): void {
    const beside = innerWidth >= WIDE && this.#ready?.location === 'editor';
    this.#details.fit(beside);
    this.#warnings.open = this.#connection.state.warnings ?? beside;
  }

  /** Once the grid has taken the room that it has now. */
  #keepInView(): void {
    requestAnimationFrame(() => requestAnimationFrame(() => this.#grid.keepInView()));
  }

  async #speak(pair: Pair): Promise<void> {
    this.#grid.select(pair);
    this.#details.open();
    const subject = this.#subject();
    if (subject) setText(this.#spoken, await this.#details.spoken(subject));
  }

  /** Maps or unmaps a cell; of a label there is only something to tell. */
  #activate(pair: Pair): void {
    const { group } = pair;
    const name = group === undefined ? undefined : this.#model?.groups[group]?.name;
    if (name !== undefined) this.#showAllOf(name, !this.#isAll(name));
    else if (pair.target === undefined || pair.source === undefined) void this.#speak(pair);
    else if (this.#model) this.#do(toggled(this.#model, pair));
  }

  #isAll(backbone: string): boolean {
    const { all, allOf = [] } = this.#connection.state;
    return all || allOf.includes(backbone);
  }

  /** Shows all sources of a backbone, or those that matter. */
  #showAllOf(backbone: string, all: boolean): void {
    const others = (this.#connection.state.allOf ?? []).filter((name) => name !== backbone);
    this.#change({ allOf: all ? [...others, backbone] : others });
    this.#grid.keepInView();
    this.#showDetails();
  }

  #weigh(pair: Pair | undefined, weight: number): void {
    if (this.#model) this.#do(weighed(this.#model, pair, weight));
  }

  #do(edit: CellEdit | undefined): void {
    if (!edit) return;
    if (edit.edit) this.#edit(edit.edit);
    setText(this.#spoken, edit.spoken);
  }

  #move(target: number, to: number): void {
    const model = this.#model;
    if (!model || to < 0 || to >= model.targets.length) return;
    this.#edit({ kind: 'move', target, to });
    setText(this.#spoken, t('{0} is now number {1}.', model.targets[target].label, to + 1));
  }

  /** Index in the model of a source of the backbone. */
  #sourceOf(index: number): number | undefined {
    const at = this.#model?.sourceIndex.indexOf(index) ?? -1;
    return at < 0 ? undefined : at;
  }

  /** Shows a cell or a label with all that there is to tell of it. */
  #tell(pair: Pair): void {
    this.#show(pair);
    this.#details.open();
  }

  /** Selects a cell or a label and brings it into view; what hides it is taken away. */
  #show(pair: Pair): void {
    if (this.#grid.reveal(pair)) return;
    this.#toolbar.clearSearch();
    this.#change({ search: '' });
    if (this.#grid.reveal(pair)) return;
    // A source that does not matter to any target is among all of them.
    this.#grid.showAll();
    this.#grid.reveal(pair);
  }

  #obey(sent: SentCommand): void {
    this.#wanted = sent;
    this.#obeyWaiting();
  }

  #obeyWaiting(): void {
    const sent = this.#wanted;
    if (!this.#model || sent === undefined || sent.uri !== this.#ready?.uri) return;
    this.#wanted = undefined;
    const { command, number } = sent;
    void this.#connection.host.call('obeyed', { number }).catch(() => {});
    if (command.kind === 'exportImage') return void this.#export(command.format);
    if (command.kind === 'editHint') this.#details.editHint(command.target, command.hint);
    else {
      this.#show({ target: command.target, source: this.#sourceOf(command.source) });
      this.#grid.focus();
    }
  }

  /**
   * In the side panel undo is the page's: VS Code's would take something back in the editor in front, whatever that is.
   * A field undoes what is typed in it, also in the editor.
   */
  #undo(event: KeyboardEvent): void {
    const step = undoKey(event);
    const [at] = event.composedPath();
    const inField = at instanceof HTMLInputElement;
    if (!step || !(inField || this.#ready?.location === 'panel')) return;
    // VS Code listens at the window.
    event.stopPropagation();
    if (inField) return;
    event.preventDefault();
    void this.#step(step);
  }

  async #step(step: 'undo' | 'redo'): Promise<void> {
    const done = await this.#connection.host.call('step', { step }).catch(() => false);
    const said = step === 'undo' ? t('The last change is undone.') : t('The change is made again.');
    setText(this.#spoken, done ? said : t('There is nothing to undo or redo.'));
  }

  async #export(format: PictureFormat): Promise<void> {
    // A page that was just brought into view has not been painted yet.
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const bytes = await this.#grid.picture(format);
    await this.#connection.host.call('exported', { format, bytes });
  }

  /** @returns whether the key was of use */
  #doKey(key: CellKey): boolean {
    const pair = this.#grid.selected;
    if (!pair) return false;
    switch (key.kind) {
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
        this.#grid.select(undefined);
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

  readonly #edit = (edit: AlignmentEdit): void => {
    const label = 'target' in edit ? this.#model?.targets[edit.target]?.label : undefined;
    void this.#connection.host.call('edit', { edit, label }).catch(() => {});
  };

  readonly #ask = (question: PageQuestion, target?: number): void => {
    void this.#connection.host.call('ask', { question, target }).catch(() => {});
  };

  /** What the context menu is about: VS Code reads it from this attribute. */
  #offerMenu(model: AlignmentModel, pair: Pair | undefined): void {
    const source = pair?.source === undefined ? undefined : model.sourceIndex[pair.source];
    const ofGroup =
      pair?.group ?? (source === undefined ? undefined : groupOfSource(model.groups, source).member);
    this.#root.dataset['vscodeContext'] = JSON.stringify({
      preventDefaultContextMenuItems: true,
      semapTarget: pair?.target,
      semapSource: source,
      semapMember: ofGroup !== undefined && model.groups.length > 1 ? ofGroup : undefined,
      semapExcluded: source !== undefined && model.excluded.has(source),
      semapDocument: this.#ready?.uri,
      semapEditor: this.#ready?.location === 'editor',
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
  #clear(location: PageLocation): void {
    this.#root.classList.toggle('full', location === 'editor');
    this.#ready = undefined;
    this.#model = undefined;
    this.#grid.clear();
    this.#details.forget();
    this.#root.classList.remove('scored');
    this.#score.replaceChildren();
  }
}
