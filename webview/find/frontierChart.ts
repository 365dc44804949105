import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { type FindCost, findCosts } from '../../src/core/find/findRecord.ts';
import { figureText } from '../../src/core/reuse/reuseTable.ts';
import { changesWords, wayName } from '../../src/core/reuse/reuseWords.ts';
import { percent } from '../../src/core/text/numbers.ts';
import type { FoundPoint } from '../../src/protocol/findView.ts';
import { bounds, place, type Scale, ticks } from '../common/chart/scale.ts';
import { element, label, select, svg } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { costAxis, costWords, usualCost } from './costAxis.ts';
import { frontierPath, nearestPoint, type PlacedPoint, placed, placeNames } from './frontier.ts';
import { axes, shareTick } from './frontierAxes.ts';
import { type PointLook, pointMark, pointPicture, RING } from './shapes.ts';
import { leads, nameOf } from './words.ts';

/** What the chart shows. */
export interface FrontierContent {
  readonly points: readonly FoundPoint[];
  readonly recommended: string | undefined;
  /** It is still searched. */
  readonly live: boolean;
  /** Id of the point whose details are shown. */
  readonly selected: string | undefined;
}

interface FrontierHost {
  /** The person chose a point; undefined = none. */
  select(id: string | undefined): void;
  /** The person weighs against another cost. */
  weigh(cost: FindCost): void;
}

const MARGIN = { top: 14, right: 16, bottom: 44 };
/** How far from a point the pointer finds it. */
const REACH = 24;
/** Share of the page's letters that those of a chart have, as in `chart.css`. */
const LETTERS = 0.88;

type DrawnPoint = PlacedPoint & { readonly x: number; readonly y: number };

/**
 * Accuracy against a cost that the person chooses: every way that was tried as a mark, intervals as bars, and the line
 * that nothing beats. The pointer names the nearest point and selects it; with the keyboard it is a list: arrows, Home
 * and End go through the points from cheap to dear, Escape leaves.
 */
export class FrontierChart {
  readonly element: HTMLElement;
  readonly #host: FrontierHost;
  readonly #svg = svg('svg', { 'aria-hidden': 'true' });
  readonly #plot: HTMLElement;
  readonly #list: HTMLElement;
  readonly #legend = element('figcaption', { class: 'chart-legend' });
  readonly #tip = element('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  readonly #measure = document.createElement('canvas').getContext('2d');
  /** Undefined: what is usual. */
  #chosen: FindCost | undefined;
  readonly #chooser: VscodeSingleSelect;
  #content: FrontierContent = { points: [], recommended: undefined, live: false, selected: undefined };
  #drawn: readonly DrawnPoint[] = [];
  #pointed: string | undefined;
  #explained = '';

  constructor(host: FrontierHost, chosen: FindCost | undefined) {
    this.#host = host;
    this.#chosen = chosen;
    const words = costWords();
    this.#chooser = select(
      t('Weigh accuracy against'),
      findCosts.map((one) => [one, words[one].title] as const),
      this.#cost,
      'find-cost',
      (cost) => {
        this.#chosen = cost;
        this.#host.weigh(cost);
        this.#draw();
      },
    );
    this.#list = element('div', {
      class: 'point-list',
      role: 'listbox',
      tabindex: 0,
      'aria-label': t('Ways that were tried, cheapest first'),
      'data-testid': 'find-points',
      onkeydown: (event) => this.#key(event as KeyboardEvent),
      onfocus: () => this.#mark(),
      onblur: () => this.#mark(),
    });
    this.#plot = element(
      'div',
      {
        class: 'plot',
        'data-testid': 'find-plot',
        onpointermove: (event) => this.#point(this.#at(event as PointerEvent)?.point.id),
        onpointerleave: () => this.#point(undefined),
        onclick: (event) => {
          const found = this.#at(event as PointerEvent);
          if (found) this.#host.select(found.point.id);
          this.#list.focus();
        },
      },
      this.#svg,
      this.#list,
      this.#tip,
    );
    this.element = element(
      'figure',
      { class: 'chart frontier-chart', 'data-testid': 'find-chart' },
      element(
        'div',
        { class: 'line' },
        element('span', { class: 'quiet', 'aria-hidden': 'true' }, t('Accuracy against')),
        this.#chooser,
      ),
      this.#plot,
      this.#legend,
    );
    new ResizeObserver(() => this.#draw()).observe(this.#plot);
  }

  get #cost(): FindCost {
    return this.#chosen ?? usualCost(this.#content.points, this.#content.live);
  }

  show(content: FrontierContent): void {
    this.#content = content;
    if (this.#chooser.value !== this.#cost) this.#chooser.value = this.#cost;
    this.#draw();
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (width === 0 || height === 0) return;
    const { points, recommended } = this.#content;
    const words = costWords()[this.#cost];
    const all = placed(points, this.#cost, words.of);
    const size = Number.parseFloat(getComputedStyle(this.#plot).fontSize) * LETTERS;
    const shares = all.flatMap(({ accuracy, point, onFrontier }) =>
      onFrontier && point.figure && point.figure.by !== 'validation'
        ? [accuracy, point.figure.low, point.figure.high]
        : [accuracy],
    );
    const [low, high] = bounds(shares, [0, 1]);
    const y: Scale = {
      from: Math.max(0, low),
      to: Math.min(1, high),
      start: height - MARGIN.bottom,
      end: MARGIN.top,
    };
    const marks = ticks(y.from, y.to, Math.max(3, Math.floor((y.start - y.end) / (2.6 * size))));
    const start = Math.ceil(
      size * 1.6 + Math.max(...marks.map((one) => this.#widthOf(shareTick(one, marks), size))) + 18,
    );
    const end = Math.max(start + 1, width - MARGIN.right);
    const x = costAxis(
      all.map(({ cost }) => cost),
      words,
      { start, end, room: Math.max(2, Math.floor((end - start) / (5.5 * size))) },
    );
    this.#drawn = all.map((one) => ({ ...one, x: x.place(one.cost), y: place(y, one.accuracy) }));
    this.#svg.setAttribute('width', String(width));
    this.#svg.setAttribute('height', String(height));
    const line = frontierPath(all, x.place, (share) => place(y, share), end);
    // What is on the frontier covers what is not.
    const order = this.#drawn.toSorted((a, b) => Number(a.onFrontier) - Number(b.onFrontier));
    this.#svg.replaceChildren(
      ...axes({ x, y, start, end, size, marks, title: words.title }),
      ...(line === '' ? [] : [svg('path', { class: 'frontier-line', d: line })]),
      ...order.flatMap((one) => this.#bar(one, y)),
      ...order.map((one) => this.#dot(one, recommended)),
      ...this.#names(size, { left: start, right: width - 2, top: 0, bottom: y.start }),
      ...(all.length === 0
        ? [
            svg(
              'text',
              {
                class: 'axis-title',
                x: (start + end) / 2,
                y: (y.start + y.end) / 2,
                'text-anchor': 'middle',
              },
              t('No points yet'),
            ),
          ]
        : []),
    );
    this.#fillList();
    this.#explain(all);
    this.#mark();
  }

  /** The interval of a point on the frontier; others would cover one another. */
  #bar({ x, point, onFrontier, provisional }: DrawnPoint, y: Scale): SVGElement[] {
    const { figure } = point;
    if (!figure || !onFrontier || provisional || figure.low === figure.high) return [];
    const [top, bottom] = [place(y, figure.high), place(y, figure.low)];
    return [
      svg('path', {
        class: 'interval',
        d: `M${x - 4} ${top}H${x + 4}M${x} ${top}V${bottom}M${x - 4} ${bottom}H${x + 4}`,
      }),
    ];
  }

  #dot(one: DrawnPoint, recommended: string | undefined): SVGElement {
    const mark = pointMark({ ...one, recommended: one.point.id === recommended });
    mark.setAttribute('transform', `translate(${one.x} ${one.y})`);
    mark.dataset['point'] = one.point.id;
    return mark;
  }

  /** Names of the points on the frontier where there is room, that of the recommended one first. */
  #names(size: number, edges: Parameters<typeof placeNames>[2]): SVGElement[] {
    const { recommended } = this.#content;
    const named = this.#drawn
      .filter(({ onFrontier, point }) => onFrontier || point.id === recommended)
      .toSorted(
        (a, b) =>
          Number(b.point.id === recommended) - Number(a.point.id === recommended) || b.accuracy - a.accuracy,
      );
    const shown = this.#content.points.map(({ backbones }) => JSON.stringify(backbones));
    // Where there is only one backbone, its name tells nothing apart.
    const isOne = new Set(shown).size === 1;
    const texts = named.map(({ point }) => (isOne ? say(wayName(point.way)) : nameOf(point)));
    const markOf = ({ x, y, point }: DrawnPoint) =>
      point.id === recommended ? { x, y, radius: RING } : { x, y };
    const wanted = named.map((one, i) => ({ ...markOf(one), width: this.#widthOf(texts[i], size) }));
    return placeNames(wanted, this.#drawn.map(markOf), edges, size).flatMap((at, i) =>
      at ? [svg('text', { class: 'point-name', x: at.x, y: at.y }, texts[i])] : [],
    );
  }

  /** Width of a text in letters of `size` pixels. */
  #widthOf(text: string, size: number): number {
    if (!this.#measure) return text.length * size;
    this.#measure.font = `${size}px ${getComputedStyle(this.#plot).fontFamily}`;
    return this.#measure.measureText(text).width;
  }

  /** What a screen reader goes through. */
  #fillList(): void {
    const { recommended } = this.#content;
    this.#list.replaceChildren(
      ...this.#drawn.map(({ point, cost, accuracy, onFrontier, provisional }, i) =>
        element(
          'div',
          { role: 'option', id: `find-point-${i}`, 'data-id': point.id, class: 'visually-hidden' },
          [
            nameOf(point),
            shareWords({ point, accuracy }),
            provisional ? t('only while choosing') : undefined,
            costWords()[this.#cost].long(cost),
            onFrontier ? t('on the frontier') : undefined,
            point.id === recommended ? leads(this.#content.live) : undefined,
          ]
            .filter((part) => part !== undefined)
            .join(', '),
        ),
      ),
    );
  }

  /** Shows which point is selected, and what is under the pointer. */
  #mark(): void {
    const { selected } = this.#content;
    const has = document.activeElement === this.#list;
    for (const mark of this.#svg.querySelectorAll<SVGElement>('.point')) {
      mark.classList.toggle('selected', mark.dataset['point'] === selected);
      mark.classList.toggle('pointed', mark.dataset['point'] === this.#pointed);
    }
    let active = '';
    for (const option of this.#list.querySelectorAll<HTMLElement>('[role="option"]')) {
      const isSelected = option.dataset['id'] === selected;
      option.setAttribute('aria-selected', String(isSelected));
      if (isSelected) active = option.id;
    }
    if (active === '') this.#list.removeAttribute('aria-activedescendant');
    else this.#list.setAttribute('aria-activedescendant', active);
    const shown = this.#drawn.find(
      ({ point }) => point.id === (this.#pointed ?? (has ? selected : undefined)),
    );
    this.#showTip(shown);
  }

  #showTip(one: DrawnPoint | undefined): void {
    this.#tip.hidden = one === undefined;
    if (!one) return;
    const words = costWords();
    const { point, provisional } = one;
    const costs = findCosts.flatMap((cost) => {
      const value = words[cost].of(point.cost);
      return value === null ? [] : [words[cost].long(value)];
    });
    this.#tip.replaceChildren(
      element('span', { class: 'tip-place' }, label(nameOf(point))),
      element('span', { class: 'tip-run number' }, shareWords(one, true)),
      ...(provisional ? [t('only while choosing')] : []).map((line) =>
        element('span', { class: 'tip-run' }, line),
      ),
      ...costs.map((cost) => element('span', { class: 'tip-run' }, cost)),
    );
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const { clientWidth, clientHeight } = this.#plot;
    const within = (at: number, most: number) => Math.max(0, Math.min(most, at));
    // Beside the point, else under the chart: what is pointed at and its neighbors stay in sight.
    const [right, left] = [one.x + 14, one.x - 14 - width];
    const isRight = right + width <= clientWidth;
    const isBeside = isRight || left >= 0;
    const x = isBeside ? (isRight ? right : left) : one.x - width / 2;
    const y = isBeside ? within(one.y - height / 2, clientHeight - height) : clientHeight;
    this.#tip.style.left = `${within(x, clientWidth - width)}px`;
    this.#tip.style.top = `${y}px`;
  }

  #explain(all: readonly PlacedPoint[]): void {
    const shapes = [...new Set(all.map(({ shape }) => shape))].sort();
    const isDashed = all.some(({ provisional }) => provisional);
    const hasStar = all.some(({ point }) => point.id === this.#content.recommended);
    const { live } = this.#content;
    const explained = JSON.stringify([shapes, isDashed, hasStar, live]);
    if (explained === this.#explained) return;
    this.#explained = explained;
    const plain: PointLook = { shape: 'mapping', onFrontier: false, provisional: false, recommended: false };
    const entries: readonly (readonly [PointLook, string])[] =
      all.length === 0
        ? []
        : [
            ...shapes.map((shape) => [{ ...plain, shape }, changesKey(shape)] as const),
            [{ ...plain, onFrontier: true }, t('filled: nothing as cheap is better')],
            ...(isDashed
              ? [[{ ...plain, provisional: true }, t('dashed: only while choosing')] as const]
              : []),
            ...(hasStar ? [[{ ...plain, recommended: true }, t('ring: {0}', leads(live))] as const] : []),
          ];
    this.#legend.replaceChildren(
      ...entries.map(([look, words]) => element('span', { class: 'key' }, pointPicture(look), words)),
    );
  }

  #point(id: string | undefined): void {
    if (id === this.#pointed) return;
    this.#pointed = id;
    this.#mark();
  }

  #at(event: MouseEvent): DrawnPoint | undefined {
    const { left, top } = this.#plot.getBoundingClientRect();
    return nearestPoint(this.#drawn, { x: event.clientX - left, y: event.clientY - top }, REACH);
  }

  #key(event: KeyboardEvent): void {
    const at = this.#drawn.findIndex(({ point }) => point.id === this.#content.selected);
    const last = this.#drawn.length - 1;
    const to: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: last,
    };
    if (event.key === 'Escape') this.#host.select(undefined);
    else if (Object.hasOwn(to, event.key) && last >= 0) {
      this.#pointed = undefined;
      this.#host.select(this.#drawn[Math.max(0, Math.min(last, to[event.key]))].point.id);
    } else return;
    event.preventDefault();
  }
}

/** `circle: mapping`. */
function changesKey(shape: PointLook['shape']): string {
  const word = say(changesWords[shape].word);
  return { mapping: t('circle: {0}', word), head: t('square: {0}', word), prompt: t('triangle: {0}', word) }[
    shape
  ];
}

/** What a point is drawn at, in words: of an estimate the table's, which claim no decimals. */
function shareWords(
  { point: { figure }, accuracy }: Pick<PlacedPoint, 'point' | 'accuracy'>,
  withInterval = false,
): string {
  if (figure?.by === 'expected') return say(figureText(figure));
  if (!withInterval || !figure || figure.low === figure.high) return percent(accuracy);
  return t('{0} ({1} to {2})', percent(accuracy), percent(figure.low), percent(figure.high));
}
