import { type Child, element, label, setReadAttribute, svg } from '../element.ts';
import { t } from '../language.ts';
import type { ChartContent, ChartOptions, Reference, Series } from './content.ts';
import {
  axes,
  curve,
  NAME_GAP,
  nameOf,
  nothing,
  referenceLine,
  referenceNames,
  sampleLine,
  shortName,
} from './drawing.ts';
import { placeAfterKey } from './keys.ts';
import { nearest, type Sample } from './samples.ts';
import { bounds, place, type Scale, ticks, valueAt } from './scale.ts';
import { byRun } from './words.ts';

/** Between the plot and the edges, apart from names and ticks; `bottom` is the slider, the ticks and the title. */
const MARGIN = { top: 10, right: 12, bottom: 60 };
/** Narrower plots have the names of baselines in the legend. */
const LEAST_PLOT = 220;
/** Half of the slider's handle: its middle stands below the value. As in `chart.css`. */
const HALF_HANDLE = 7;
/** The pointer is at a line to compare with that is no further away, in pixels. */
const REACH = 8;
/** Share of the page's letters that those of a chart have, as in `chart.css`. */
const LETTERS = 0.88;

/**
 * Curves in SVG over an axis, with titles, ticks and a legend. A slider stands below the axis, its handle under the place
 * that is read: arrows, Page Up and Down, Home and End move it, Escape leaves. What is read there stands beside the line.
 */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #svg = svg('svg', { 'aria-hidden': 'true' });
  readonly #plot: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #legend = element('figcaption', { class: 'chart-legend' });
  readonly #cursorLine = svg('g', { class: 'cursor' });
  readonly #tip = element('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  readonly #measure = document.createElement('canvas').getContext('2d');
  #content: ChartContent = { series: [], references: [], end: 1 };
  #x: Scale = { from: 0, to: 1, start: 0, end: 1 };
  #y: Scale = { from: 0, to: 1, start: 1, end: 0 };
  #cursor: number | undefined;
  #value: number | undefined;
  /** Of the pointer over the plot, in pixels. */
  #height: number | undefined;
  #explained = '';

  constructor(options: ChartOptions) {
    this.#options = options;
    const { testId, slider, moved } = options;
    this.#slider = element('input', {
      type: 'range',
      min: 0,
      max: 1,
      step: 'any',
      class: 'axis-slider',
      'aria-label': slider.name,
      'data-testid': slider.testId,
      oninput: () => moved(this.#snapped(Number(this.#slider.value)), 'slider'),
      onkeydown: (event) => this.#key(event as KeyboardEvent),
      onfocus: () => this.#drawCursor(),
      onblur: () => {
        moved(undefined, 'pointer');
        this.#drawCursor();
      },
    });
    this.#plot = element(
      'div',
      {
        class: 'plot',
        'data-testid': `${testId}-plot`,
        onpointermove: (event) => {
          if (event.target === this.#slider) return;
          this.#height = (event as PointerEvent).clientY - this.#plot.getBoundingClientRect().top;
          moved(this.#placeAt(event as PointerEvent), 'pointer');
        },
        onpointerleave: () => {
          this.#height = undefined;
          moved(undefined, 'pointer');
        },
        onclick: (event) => {
          if (event.target !== this.#slider) moved(this.#placeAt(event as PointerEvent), 'slider');
        },
      },
      this.#svg,
      this.#slider,
      this.#tip,
    );
    this.element = element('figure', { class: 'chart', 'data-testid': testId }, this.#legend, this.#plot);
    new ResizeObserver(() => this.#draw()).observe(this.#plot);
  }

  set content(content: ChartContent) {
    this.#content = content;
    this.#draw();
  }

  /** Reads at a place; charts of a page may share theirs. Undefined = at the value of the slider. */
  set cursor(at: number | undefined) {
    this.#cursor = at;
    this.#drawCursor();
  }

  /** Where the slider stands when nothing is read; without one at the newest values. */
  set value(at: number) {
    this.#value = at;
    this.#drawCursor();
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (width === 0 || height === 0) return;
    const { series, references, end } = this.#content;
    const { format, tick = format, range, empty, whole } = this.#options.y;
    const [least, most] = range;
    const values = [
      ...series.flatMap(({ samples }) => samples.map(({ value }) => value)),
      ...references.map(({ value }) => value),
    ];
    const [low, high] = whole ? empty : bounds(values, empty);
    this.#y = {
      from: Math.max(least, low),
      to: Math.min(most, high),
      start: height - MARGIN.bottom,
      end: MARGIN.top,
    };
    const size = Number.parseFloat(getComputedStyle(this.#plot).fontSize) * LETTERS;
    const marks = ticks(this.#y.from, this.#y.to, Math.max(5, Math.floor((height - 70) / (2.6 * size))));
    const widest = (texts: readonly string[]) =>
      Math.max(0, ...texts.map((text) => this.#widthOf(text, size)));
    const left = Math.ceil(size * 1.6 + widest(marks.map(tick)) + 10);
    const names = references.map((reference) => nameOf(reference, format));
    const beside = names.length === 0 ? 0 : NAME_GAP + 4 + Math.ceil(widest(names));
    // Beside the curves where there is room, so that nothing covers their newest points.
    const isBeside = beside > 0 && width - left - beside >= LEAST_PLOT;
    this.#x = {
      from: 0,
      to: end,
      start: left,
      end: Math.max(left + 1, width - (isBeside ? beside : MARGIN.right)),
    };
    const frame = { x: this.#x, y: this.#y, size };
    this.#svg.replaceChildren(
      ...axes(frame, this.#options, marks),
      ...references.map(({ value }, i) => referenceLine(frame, value, i)),
      ...(isBeside ? referenceNames(frame, references, format) : []),
      ...series.map((one) => curve(frame, one)),
      ...(values.length === 0 ? [nothing(frame)] : []),
      this.#cursorLine,
    );
    this.#svg.setAttribute('width', String(width));
    this.#svg.setAttribute('height', String(height));
    this.#slider.max = String(end);
    this.#slider.style.left = `${this.#x.start - HALF_HANDLE}px`;
    this.#slider.style.top = `${this.#y.start}px`;
    this.#slider.style.width = `${this.#x.end - this.#x.start + 2 * HALF_HANDLE}px`;
    this.#explain(isBeside ? [] : references);
    this.#drawCursor();
  }

  /** Width of a text in letters of `size` pixels. */
  #widthOf(text: string, size: number): number {
    if (!this.#measure) return text.length * size;
    this.#measure.font = `${size}px ${getComputedStyle(this.#plot).fontFamily}`;
    return this.#measure.measureText(text).width;
  }

  /** What the lines are: those of the run itself with their newest values, and baselines that have no name beside them. */
  #explain(references: readonly Reference[]): void {
    const { format } = this.#options.y;
    const own = this.#content.series.filter(({ run }) => run === 0);
    const entries = [
      ...own.map(({ kind, name, legend = name, samples }) => {
        const last = this.#value === undefined ? samples.at(-1) : undefined;
        return { look: `curve run-0 ${kind}`, words: legend, figure: last ? format(last.value) : '' };
      }),
      ...references.map(({ name, value }, i) => ({
        look: `reference reference-${i % 5}`,
        words: shortName(name),
        figure: format(value),
      })),
    ];
    const explained = JSON.stringify(entries);
    if (explained === this.#explained) return;
    this.#explained = explained;
    this.#legend.replaceChildren(
      ...entries.map(({ look, words, figure }) =>
        element(
          'span',
          { class: 'key' },
          sampleLine(look),
          label(words),
          figure === '' ? undefined : element('span', { class: 'number' }, figure),
        ),
      ),
    );
  }

  #drawCursor(): void {
    const { x, y } = this.#options;
    const { references } = this.#content;
    const at = this.#cursor ?? this.#value;
    this.#cursorLine.replaceChildren();
    this.#tip.hidden = true;
    if (at === undefined) {
      this.#slider.value = String(this.#newest() ?? this.#x.to);
      setReadAttribute(this.#slider, 'aria-valuetext', this.#latest());
      return;
    }
    const found = this.#readAt(at);
    for (const { sample, run } of found) {
      this.#cursorLine.append(
        svg('circle', {
          class: `run-${run}`,
          cx: place(this.#x, sample.at),
          cy: place(this.#y, sample.value),
          r: 4,
        }),
      );
    }
    const line = place(this.#x, at);
    this.#cursorLine.prepend(svg('line', { x1: line, x2: line, y1: this.#y.end, y2: this.#y.start + 4 }));
    if (this.#cursor !== undefined || document.activeElement === this.#slider) this.#showTip(at, found);
    const words = [
      x.words(at),
      ...byRun(found.map((one) => ({ ...one, text: `${one.name} ${y.format(one.sample.value)}` }))),
    ];
    // Lines to compare with are named in the picture, which not everybody sees.
    const lines = references.map(({ name, value }) => `${name} ${y.format(value)}`);
    // The pointer reads where a slider that sets something stays.
    const value = this.#value ?? at;
    if (Number(this.#slider.value) !== value) this.#slider.value = String(value);
    setReadAttribute(this.#slider, 'aria-valuetext', [...words, ...lines].join(' · '));
  }

  #readAt(at: number): readonly (Series & { readonly sample: Sample })[] {
    return this.#content.series.flatMap((one) => {
      const sample = nearest(one.samples, at);
      // A run that ended before has no value there.
      return sample && Math.abs(sample.at - at) <= this.#options.x.step / 2 ? [{ ...one, sample }] : [];
    });
  }

  /** The lines to compare with that the pointer is at. */
  #pointedAt(): readonly (Reference & { readonly index: number })[] {
    const height = this.#height;
    if (height === undefined) return [];
    return this.#content.references.flatMap((one, index) =>
      Math.abs(place(this.#y, one.value) - height) <= REACH ? [{ ...one, index }] : [],
    );
  }

  /** The values beside the line, on the side and at the height where they cover least. */
  #showTip(at: number, found: readonly (Series & { readonly sample: Sample })[]): void {
    const { x, y } = this.#options;
    const several = new Set(found.map(({ run }) => run)).size > 1;
    const runs = found.toSorted((a, b) => a.run - b.run);
    const rows: Child[] = runs.flatMap(({ of, run, kind, name, sample }, i) => [
      several && runs[i - 1]?.run !== run ? element('span', { class: 'tip-run' }, label(of)) : undefined,
      sampleLine(`curve run-${run} ${kind}`),
      element('span', {}, name),
      element('span', { class: 'number' }, y.format(sample.value)),
    ]);
    const lines = this.#pointedAt().flatMap(({ name, value, index }): Child[] => [
      sampleLine(`reference reference-${index % 5}`),
      label(name),
      element('span', { class: 'number' }, y.format(value)),
    ]);
    this.#tip.replaceChildren(
      element('span', { class: 'tip-place' }, x.words(at)),
      ...[...rows, ...lines].filter((row) => row !== undefined),
    );
    this.#tip.hidden = false;
    const line = place(this.#x, at);
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const onRight = line + 12 + width <= this.#plot.clientWidth;
    const mean = found.reduce((sum, { sample }) => sum + place(this.#y, sample.value), 0) / found.length;
    const isHigh = mean < (this.#y.start + this.#y.end) / 2;
    this.#tip.style.left = `${Math.max(0, onRight ? line + 12 : line - 12 - width)}px`;
    this.#tip.style.top = `${Math.max(0, isHigh ? this.#y.start - height - 6 : this.#y.end + 2)}px`;
  }

  /** Where the newest sample stands. */
  #newest(): number | undefined {
    const ends = this.#content.series.flatMap(({ samples }) => samples.at(-1)?.at ?? []);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** The newest value of every curve. */
  #latest(): string {
    const words = this.#content.series.flatMap((one) => {
      const last = one.samples.at(-1);
      return last ? [{ ...one, text: `${one.name} ${this.#options.y.format(last.value)}` }] : [];
    });
    return words.length === 0 ? t('No points yet') : byRun(words).join(' · ');
  }

  #placeAt(event: MouseEvent): number | undefined {
    return this.#snapped(valueAt(this.#x, event.clientX - this.#plot.getBoundingClientRect().left));
  }

  /** The place of a sample: nothing is read between two of them. */
  #snapped(at: number): number | undefined {
    const near = this.#content.series.flatMap(({ samples }) => nearest(samples, at) ?? []);
    near.sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
    return near[0]?.at;
  }

  #key(event: KeyboardEvent): void {
    const at = placeAfterKey(event.key, this.#cursor ?? this.#value, this.#content, this.#options.x);
    if (at === null) return;
    event.preventDefault();
    this.#options.moved(at, at === undefined ? 'pointer' : 'slider');
  }
}
