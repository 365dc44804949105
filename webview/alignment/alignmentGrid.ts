import { element, linkButton } from '../common/element.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { PictureFormat } from '../common/grid/picture.ts';
import { EMPTY_SCENE } from '../common/grid/scene.ts';
import { t } from '../common/language.ts';
import { type AlignmentModel, type Arranged, type Arrangement, arrange } from './alignmentModel.ts';
import {
  type AlignmentScene,
  alignmentScene,
  type Pair,
  samePair,
  targetsBecomeColumns,
} from './alignmentScene.ts';
import { type CellKey, cellKey } from './cellKeys.ts';
import { Legend } from './legend.ts';

export interface AlignmentGridEvents {
  /** The keyboard or a click went to another cell or label, or to none. */
  selected(pair: Pair | undefined): void;
  /** The pointer is over another one. */
  hovered(): void;
  /** A click. `again`: it was selected already. */
  clicked(pair: Pair | undefined, again: boolean): void;
  /** Space or a double click: it is to be told aloud. */
  asked(pair: Pair): void;
  /** @returns whether the key was of use */
  key(key: CellKey): boolean;
  /** Other labels are shown, or the same of another document. */
  laidOut(): void;
  addTarget(): void;
}

/** An alignment as a grid: which labels are shown, in which order, and which of them is selected. */
export class AlignmentGrid {
  readonly element = element('div', { 'data-testid': 'alignment-grid' });
  readonly #legend = new Legend();
  /** Why there is no grid. */
  readonly status = element('div', { class: 'status-line', role: 'status' });
  readonly #events: AlignmentGridEvents;
  readonly #grid: GridView;
  #arrangement: Arrangement;
  #model: AlignmentModel | undefined;
  #arranged: Arranged | undefined;
  #scene: AlignmentScene | undefined;
  #selected: Pair | undefined;
  /** What was selected before the last click. */
  #previous: Pair | undefined;
  #hovered: Pair | undefined;
  #wide = false;

  constructor(arrangement: Arrangement, events: AlignmentGridEvents) {
    this.#arrangement = arrangement;
    this.#events = events;
    this.#grid = new GridView(
      this.element,
      { name: t('Similarity of source and target labels'), testId: 'alignment-canvas', readOnly: false },
      {
        hovered: (place) => this.#hover(place),
        moved: (place) => {
          this.#previous = this.#selected;
          this.select(this.#scene?.pairAt(place));
        },
        clicked: (place) => {
          const pair = this.#scene?.pairAt(place);
          events.clicked(pair, samePair(pair, this.#previous));
        },
        activated: (place) => {
          const pair = this.#scene?.pairAt(place);
          if (pair) events.asked(pair);
        },
        key: (event) => {
          const key = cellKey(event);
          return key !== undefined && events.key(key);
        },
      },
    );
    new ResizeObserver(() => {
      if (this.#scene && this.#targetsAreColumns() !== this.#wide) this.#layOut();
    }).observe(this.element);
  }

  get legend(): HTMLElement {
    return this.#legend.element;
  }

  get selected(): Pair | undefined {
    return this.#selected;
  }

  /** What is pointed at, or else selected. */
  get pair(): Pair | undefined {
    return this.#hovered ?? this.#selected;
  }

  get shownSources(): number {
    return this.#arranged?.sources.length ?? 0;
  }

  /** Shows a model. @param anew its labels or similarities are others than before: they are put in order again */
  show(model: AlignmentModel, anew: boolean): void {
    this.#model = model;
    this.#legend.show(model);
    if (anew) this.#arranged = undefined;
    this.#arrange();
  }

  /** Nothing is shown any more. */
  clear(): void {
    this.#model = undefined;
    this.#arranged = undefined;
    this.#scene = undefined;
    this.#selected = undefined;
    this.#hovered = undefined;
  }

  change(arrangement: Arrangement): void {
    this.#arrangement = arrangement;
    this.#arranged = undefined;
    this.#arrange();
  }

  /** What is selected has another place among the targets of the document. */
  follow(target: number): void {
    if (this.#selected) this.#selected = { ...this.#selected, target };
  }

  select(pair: Pair | undefined): void {
    this.#selected = pair;
    this.#hovered = undefined;
    this.#events.selected(pair);
  }

  /** Selects a cell or a label and brings it into view. @returns false where it is not among the labels shown */
  reveal(pair: Pair): boolean {
    const place = this.#scene?.placeOf(pair);
    if (!place) return false;
    this.#grid.active = place;
    this.#grid.reveal(place);
    this.select(pair);
    return true;
  }

  /** Shows all sources until the arrangement changes. */
  showAll(): void {
    if (!this.#model || this.#arrangement.all) return;
    this.#arranged = arrange(this.#model, { ...this.#arrangement, all: true });
    this.#layOut();
  }

  focus(): void {
    this.#grid.focus();
  }

  picture(format: PictureFormat): Promise<Uint8Array<ArrayBuffer>> {
    return this.#grid.picture(format);
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
    const [model, arranged] = [this.#model, this.#arranged];
    if (!model || !arranged) return;
    this.#wide = this.#targetsAreColumns();
    this.#scene = alignmentScene(model, arranged, this.#wide);
    const empty = arranged.targets.length === 0 || arranged.sources.length === 0;
    this.#grid.scene = empty ? EMPTY_SCENE : this.#scene;
    this.#grid.active = this.#selected && this.#scene.placeOf(this.#selected);
    this.status.hidden = !empty;
    this.#legend.element.hidden = empty;
    this.status.replaceChildren(...(empty ? this.#whyEmpty(model) : []));
    this.#events.laidOut();
  }

  #whyEmpty(model: AlignmentModel): (string | Node)[] {
    const search = this.#arrangement.search.trim();
    if (model.targets.length === 0) {
      const add = linkButton(t('Add Target Label...'), () => this.#events.addTarget(), 'alignment-add-first');
      return [`${t('The alignment has no target labels.')} `, add];
    }
    return [search === '' ? t('No source labels are mapped yet.') : t('No labels contain "{0}".', search)];
  }

  #targetsAreColumns(): boolean {
    return targetsBecomeColumns(this.element.clientWidth, this.element.clientHeight);
  }

  #hover(place: Place | undefined): void {
    this.#hovered = place && this.#scene?.pairAt(place);
    this.#events.hovered();
  }
}
