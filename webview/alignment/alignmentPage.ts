import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import type { AlignmentViewApi, PageCommand, PageLocation } from '../../src/protocol/alignmentView.ts';
import type { PageProblem } from '../../src/protocol/pageProblem.ts';
import type { Connection } from '../common/connection.ts';
import { element, setReadAttribute, setText } from '../common/element.ts';
import type { PictureFormat } from '../common/grid/picture.ts';
import { t } from '../common/language.ts';
import { workingNotice } from '../common/notice.ts';
import { AlignmentFeed, type LoadedView, type ReadyState } from './alignmentFeed.ts';
import { AlignmentGrid } from './alignmentGrid.ts';
import { type AlignmentModel, type Arrangement, buildModel } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import type { CellKey } from './cellKeys.ts';
import { contextMenu } from './contextMenu.ts';
import { DetailsPanel, type DetailsSubject } from './detailsPanel.ts';
import { HandEdits } from './handEdits.ts';
import { editPlace } from './joinedDocument.ts';
import { AlignmentNotices } from './notices.ts';
import { type AlignmentPageState, showsAll, withAll } from './pageState.ts';
import { ScoreLine } from './scoreLine.ts';
import { SentCommands } from './sentCommands.ts';
import { TargetList } from './targetList.ts';
import { Toolbar } from './toolbar.ts';
import { listenForUndo } from './undoKeys.ts';
import { WarningList } from './warningList.ts';
import { originInWords } from './words.ts';

/** It is written down when the scrolling pauses. */
const PAUSE_MS = 200;

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
  readonly #score: ScoreLine;
  readonly #edits: HandEdits;
  readonly #notices: AlignmentNotices;
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
  readonly #commands: SentCommands;

  constructor(root: HTMLElement, connection: Connection<AlignmentViewApi, AlignmentPageState>) {
    this.#root = root;
    this.#connection = connection;
    this.#notices = new AlignmentNotices(connection.host);
    this.#edits = new HandEdits({
      host: connection.host,
      model: () => this.#model,
      say: (words) => setText(this.#spoken, words),
    });
    const wanted = () => connection.state.details ?? innerHeight >= ROOMY;
    this.#details = new DetailsPanel(connection.host, wanted, {
      isAll: (name) => showsAll(connection.state, name),
      showAll: (name, all) => this.#showAllOf(name, all),
      edit: this.#edits.edit,
      ask: this.#edits.ask,
      show: (target, source) => this.#show({ target, source }),
      toggled: (open) => connection.save({ details: open }),
      resized: () => this.#keepInView(),
      selectTarget: (target) => this.#show({ target, source: undefined }),
    });
    root.classList.add('alignment');
    this.#toolbar = new Toolbar(connection.state, {
      change: (change) => this.#change(change),
      ask: this.#edits.ask,
    });
    this.#warnings = new WarningList({
      toggled: (open) => {
        connection.save({ warnings: open });
        this.#fit();
        this.#keepInView();
      },
      showTarget: (target) => this.#tell({ target, source: undefined }),
      showSource: (source) => this.#tell({ target: undefined, source: this.#sourceOf(source) }),
      suggestHints: () => this.#edits.ask('suggestHints'),
      includeAgain: (source) => {
        const { index, of } = editPlace(this.#ready?.groups ?? [], source);
        this.#edits.edit({ kind: 'include', source: index, ...of });
      },
    });
    this.#targets = new TargetList({
      select: (target) => this.#show({ target, source: undefined }),
      enter: (target) => {
        this.#show({ target, source: undefined });
        this.#grid.focus();
      },
      explain: (target) => void this.#speak({ target, source: undefined }),
      rename: (target, label) => this.#edits.edit({ kind: 'rename', target, label }),
      move: (target, to) => this.#edits.move(target, to),
      remove: (target) => this.#edits.edit({ kind: 'remove', target }),
      add: () => this.#edits.ask('addTarget'),
    });
    this.#grid = new AlignmentGrid(connection.state, {
      selected: (pair) => this.#showSelected(pair),
      hovered: () => this.#showDetails(),
      activated: (pair) => this.#activate(pair),
      asked: (pair) => void this.#speak(pair),
      key: (key) => this.#doKey(key),
      turned: () => this.#keepLook(),
      laidOut: () => this.#showAround(),
      addTarget: () => this.#edits.ask('addTarget'),
    });
    this.#commands = new SentCommands(connection.host, {
      shown: () => this.#model && this.#ready?.uri,
      obey: (command) => this.#obey(command),
    });
    this.#score = new ScoreLine(() => void connection.host.call('classify', null));
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
      this.#score.element,
      this.#origin,
      this.#spoken,
    ];
    root.addEventListener('keydown', (event) => this.#key(event));
    listenForUndo({
      isOfPage: () => this.#ready?.location === 'panel',
      step: (step) => connection.host.call('step', { step }),
      say: (words) => setText(this.#spoken, words),
    });
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
        this.#root.classList.toggle('scored', score !== undefined);
        if (this.#score.show(score, { location, folders })) this.#showAround();
      },
      lost: (problem) =>
        this.#root.replaceChildren(this.#notices.problem(t('Cannot show the alignment'), problem)),
    }).start();
    this.#commands.follow();
  }

  #showNothing(location: PageLocation): void {
    this.#clear(location);
    this.#root.replaceChildren(this.#notices.nothing());
  }

  #showFailed(name: string, problem: PageProblem, location: PageLocation): boolean {
    if (this.#model && this.#ready?.name === name) {
      // Somebody is typing in it: the grid waits instead of flickering.
      this.#showProblem(t('Cannot read {0}. Showing its last readable version.', name), problem);
      return true;
    }
    this.#clear(location);
    this.#root.replaceChildren(this.#notices.problem(t('Cannot read {0}', name), problem));
    return false;
  }

  #showChanged(state: ReadyState, same: boolean): void {
    if (!same) {
      this.#clear(state.location);
      this.#root.replaceChildren(workingNotice(t('Comparing labels...')));
    }
    // What stands there is about the version before, until the new one is scored.
    this.#score.wait();
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
    this.#commands.obeyWaiting();
  }

  #keepLook(): void {
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      const uri = this.#model && this.#ready?.uri;
      if (uri && this.#began) this.#connection.save({ look: { ...this.#grid.look, uri } });
    }, PAUSE_MS);
  }

  #showProblem(title: string, problem: PageProblem | undefined): void {
    this.#problem.replaceChildren(problem ? this.#notices.problem(title, problem) : '');
  }

  /** What stands around the grid and depends on what it shows. */
  #showAround(): void {
    const ready = this.#ready;
    if (!ready) return;
    const origin = originInWords(ready, this.#grid.shownSources, this.#score.isMeasured);
    setText(this.#origin, origin);
    setReadAttribute(this.#origin, 'title', origin);
    if (this.#model) this.#toolbar.describe(this.#model, origin);
    if (ready.location === 'editor')
      this.#targets.showAfterGrid(ready.document, () =>
        this.#ready === ready ? { selected: this.#grid.selected?.target } : undefined,
      );
    this.#showDetails();
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
    if (this.#ready)
      this.#root.dataset['vscodeContext'] = contextMenu(this.#ready, subject.model, subject.pair);
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
    if (name !== undefined) this.#showAllOf(name, !showsAll(this.#connection.state, name));
    else if (pair.target === undefined || pair.source === undefined) void this.#speak(pair);
    else this.#edits.toggle(pair);
  }

  /** Shows all sources of a backbone, or those that matter. */
  #showAllOf(backbone: string, all: boolean): void {
    this.#change(withAll(this.#connection.state, backbone, all));
    this.#grid.keepInView();
    this.#showDetails();
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

  #obey(command: PageCommand): void {
    if (command.kind === 'exportImage') return void this.#export(command.format);
    if (command.kind === 'editHint') this.#details.editHint(command.target, command.hint);
    else {
      this.#show({ target: command.target, source: this.#sourceOf(command.source) });
      this.#grid.focus();
    }
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
        this.#edits.weigh(pair, key.weight);
        return true;
      case 'unmap':
        this.#edits.weigh(pair, 0);
        return true;
      case 'move':
        if (pair.target !== undefined) this.#edits.move(pair.target, pair.target + key.by);
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

  /** Nothing of a document is left. */
  #clear(location: PageLocation): void {
    this.#root.classList.toggle('full', location === 'editor');
    this.#ready = undefined;
    this.#model = undefined;
    this.#grid.clear();
    this.#details.forget();
    this.#root.classList.remove('scored');
    this.#score.clear();
  }
}
