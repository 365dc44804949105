import { acting, element, linkButton } from '../common/element.ts';
import { type GridTurn, GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { PictureFormat } from '../common/grid/picture.ts';
import { EMPTY_SCENE } from '../common/grid/scene.ts';
import { t } from '../common/language.ts';
import {
  type AlignmentModel,
  type Arranged,
  type Arrangement,
  arrange,
  rearranged,
  sameTargets,
} from './alignmentModel.ts';
import { type AlignmentScene, alignmentScene, type Pair, targetsBecomeColumns } from './alignmentScene.ts';
import { type CellKey, cellKey } from './cellKeys.ts';
import { Legend } from './legend.ts';

export interface AlignmentGridEvents {
  /** The keyboard or a click went to another cell or label, or to none. */
  selected(pair: Pair | undefined): void;
  /** The pointer is over another one. */
  hovered(): void;
  /** Enter or a double click. */
  activated(pair: Pair): void;
  /** Space: it is to be told aloud. */
  asked(pair: Pair): void;
  /** @returns whether the key was of use */
  key(key: CellKey): boolean;
  /** Another part is looked at: scrolled, zoomed or selected. */
  turned(): void;
  /** Other labels are shown, or the same of another document. */
  laidOut(): void;
  addTarget(): void;
}

/** Where in a grid a person is. */
export interface GridLook {
  readonly selected: Pair | undefined;
  readonly turn: GridTurn;
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
  #hovered: Pair | undefined;
  /** What came while the button of the pointer was down: nothing changes under it. */
  #held: { readonly model: AlignmentModel; readonly anew: boolean } | undefined;
  #wide = false;

  constructor(arrangement: Arrangement, events: AlignmentGridEvents) {
    this.#arrangement = arrangement;
    this.#events = events;
    this.#grid = new GridView(
      this.element,
      { name: t('Similarity of source and target labels'), testId: 'alignment-canvas', readOnly: false },
      {
        hovered: (place) => this.#hover(place),
        moved: (place) => this.select(this.#scene?.pairAt(place)),
        activated: (place) => {
          const pair = this.#scene?.pairAt(place);
          if (pair) events.activated(pair);
        },
        asked: (place) => {
          const pair = this.#scene?.pairAt(place);
          if (pair) events.asked(pair);
        },
        turned: () => events.turned(),
        released: () => {
          const held = this.#held;
          this.#held = undefined;
          if (held) this.show(held.model, held.anew);
        },
        key: (event) => {
          const key = cellKey(event);
          return key !== undefined && events.key(key);
        },
      },
    );
    new ResizeObserver(() => {
      if (this.#scene && this.#targetsAreColumns() !== this.#wide) this.#layOut(false);
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

  /** What is looked at. */
  get look(): GridLook {
    return { selected: this.#selected, turn: this.#grid.turn };
  }

  /** Looks at the same again. */
  set look({ selected, turn }: GridLook) {
    this.#grid.turn = turn;
    const place = selected && this.#scene?.placeOf(selected);
    if (!place) return;
    this.#grid.active = place;
    this.select(selected);
  }

  get shownSources(): number {
    return this.#arranged?.sources.length ?? 0;
  }

  /** Shows a model. @param anew its labels or similarities are others than before */
  show(model: AlignmentModel, anew: boolean): void {
    if (this.#grid.pressed) {
      this.#held = { model, anew: anew || this.#held?.anew === true };
      return;
    }
    const before = this.#model;
    this.#model = model;
    this.#legend.show(model);
    if (anew && before) this.#follow(before, model);
    this.#arrange(anew);
  }

  /** Nothing is shown any more. */
  clear(): void {
    this.#held = undefined;
    this.#model = undefined;
    this.#arranged = undefined;
    this.#scene = undefined;
    this.#selected = undefined;
    this.#hovered = undefined;
  }

  change(arrangement: Arrangement): void {
    this.#arrangement = arrangement;
    this.#arranged = undefined;
    this.#arrange(false);
  }

  /** What is selected and shown has other places in the document. */
  #follow(before: AlignmentModel, { targets, sources, groups }: AlignmentModel): void {
    const now = sameTargets(before.targets, targets);
    const { target, source, group } = this.#selected ?? {};
    const moved = target === undefined ? undefined : now[target];
    const isGroup =
      group !== undefined && groups.length > 1 && groups[group]?.name === before.groups[group].name;
    this.#hovered = undefined;
    this.#selected = isGroup
      ? { target: moved, source, group }
      : moved === undefined && source === undefined
        ? undefined
        : { target: moved, source };
    if (!this.#arranged) return;
    // Other sources than before: the backbone was found only now, or is another one.
    if (before.sources.length !== sources.length) this.#arranged = undefined;
    else {
      const there = this.#arranged.targets.flatMap((each) => now[each] ?? []);
      this.#arranged = { targets: there, sources: this.#arranged.sources };
    }
  }

  select(pair: Pair | undefined): void {
    this.#selected = pair;
    this.#hovered = undefined;
    this.#events.selected(pair);
    this.#events.turned();
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

  /** Scrolls as far as needed to what is selected: there may be less room than before. */
  keepInView(): void {
    const place = this.#selected && this.#scene?.placeOf(this.#selected);
    if (place) this.#grid.reveal(place);
  }

  /** Shows all sources until the arrangement changes. */
  showAll(): void {
    if (!this.#model || this.#arrangement.all) return;
    this.#arranged = arrange(this.#model, { ...this.#arrangement, all: true });
    this.#layOut(false);
  }

  focus(): void {
    this.#grid.focus();
  }

  picture(format: PictureFormat): Promise<Uint8Array<ArrayBuffer>> {
    return this.#grid.picture(format);
  }

  /** Labels keep their places through edits; those that a person shall see and does not are added. */
  #arrange(anew: boolean): void {
    const model = this.#model;
    if (!model) return;
    const before = this.#arranged;
    if (!before) this.#arranged = arrange(model, this.#arrangement);
    else if (anew || (this.#arrangement.search.trim() === '' && hidesMapped(model, before))) {
      this.#arranged = rearranged(before, model, this.#arrangement);
    }
    this.#layOut(before !== undefined);
  }

  /** @param still what a person looks at stays where it is, as far as it is shown */
  #layOut(still: boolean): void {
    const [model, arranged] = [this.#model, this.#arranged];
    if (!model || !arranged) return;
    const wide = this.#targetsAreColumns();
    const anchor = still && wide === this.#wide ? this.#grid.anchor : undefined;
    const kept = anchor && this.#scene?.pairAt(anchor.place);
    this.#wide = wide;
    this.#scene = alignmentScene(model, arranged, this.#wide);
    const empty = arranged.targets.length === 0 || arranged.sources.length === 0;
    this.#grid.scene = empty ? EMPTY_SCENE : this.#scene;
    const stays = kept && this.#scene.placeOf(kept);
    if (stays) this.#grid.put(stays, anchor);
    this.#grid.active = this.#selected && this.#scene.placeOf(this.#selected);
    this.status.hidden = !empty;
    this.#legend.element.hidden = empty;
    this.status.replaceChildren(...(empty ? this.#whyEmpty(model) : []));
    this.#events.laidOut();
  }

  #whyEmpty(model: AlignmentModel): (string | Node)[] {
    const search = this.#arrangement.search.trim();
    if (model.targets.length === 0) {
      const add = acting(
        linkButton(t('Add Target Label...'), () => this.#events.addTarget(), 'alignment-add-first'),
      );
      return [`${t('The alignment has no target labels.')} `, add];
    }
    return [search === '' ? t('No source labels are mapped yet.') : t('No labels contain "{0}".', search)];
  }

  #targetsAreColumns(): boolean {
    const { width, height } = this.#grid.room;
    return targetsBecomeColumns(width, height);
  }

  #hover(place: Place | undefined): void {
    this.#hovered = place && this.#scene?.pairAt(place);
    this.#events.hovered();
  }
}

/** Whether a source that is mapped is not shown. */
function hidesMapped({ sources, weights }: AlignmentModel, arranged: Arranged): boolean {
  const shown = new Set(arranged.sources);
  return weights.some((weight, at) => weight !== 0 && !shown.has(at % sources.length));
}
