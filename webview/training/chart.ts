import { listed } from '../../src/core/text/text.ts';
import { element, setReadAttribute, setText, svg } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { nearest, type Sample, thinned } from './curves.ts';
import { bounds, place, type Scale, spread, ticks, valueAt } from './scale.ts';

/** A curve: which run it is of is told by its dashes, what it measures by its weight and its dots. */
export interface Series {
  /** The run, where several are shown. */
  readonly of: string;
  /** What it is called in the readout: `train`, `validation`. */
  readonly name: string;
  /** 0 = the run itself, 1.. = runs laid over it. */
  readonly run: number;
  readonly kind: 'train' | 'validation';
  readonly samples: readonly Sample[];
}

/** A value to compare with, drawn from edge to edge. */
export interface Reference {
  readonly name: string;
  readonly value: number;
}

export interface ChartContent {
  readonly series: readonly Series[];
  readonly references: readonly Reference[];
  /** Last epoch of the axis. */
  readonly epochs: number;
}

export interface ChartOptions {
  readonly title: string;
  readonly testId: string;
  readonly format: (value: number) => string;
  /** What the scale never leaves. */
  readonly range: readonly [number, number];
  /** The scale when there is nothing yet. */
  readonly empty: readonly [number, number];
  /** The pointer or the keyboard went to another epoch, or left. */
  readonly moved: (epoch: number | undefined) => void;
}

const HEIGHT = 210;
const MARGIN = { top: 8, right: 8, bottom: 22, left: 48 };
const LABEL_HEIGHT = 13;
/** Of a letter of a line's name, in pixels, on the wide side. */
const NAME_LETTER = 6.2;
const NAME_GAP = 6;
/** Narrower plots keep the names of lines inside. */
const LEAST_PLOT = 240;

/**
 * Curves over epochs in SVG, with the value at the pointer or at a keyboard cursor in words. It is one tab stop: arrows,
 * Page Up and Down, Home and End move the cursor, Escape takes it away.
 */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #svg = svg('svg', { 'aria-hidden': 'true' });
  readonly #readout = element('p', { class: 'readout number' });
  readonly #plot: HTMLElement;
  readonly #cursor = svg('g', { class: 'cursor' });
  #content: ChartContent = { series: [], references: [], epochs: 1 };
  #x: Scale = { from: 0, to: 1, start: 0, end: 1 };
  #y: Scale = { from: 0, to: 1, start: 1, end: 0 };
  #at: number | undefined;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.#readout.dataset['testid'] = `${options.testId}-readout`;
    this.#plot = element(
      'div',
      {
        class: 'plot',
        tabindex: 0,
        role: 'slider',
        'aria-label': t('{0} over epochs. Use the arrow keys to read values.', options.title),
        'aria-orientation': 'horizontal',
        'data-testid': options.testId,
        onkeydown: (event) => this.#key(event as KeyboardEvent),
        onpointermove: (event) => this.#point(event as PointerEvent),
        onpointerleave: () => options.moved(undefined),
        onblur: () => options.moved(undefined),
      },
      this.#svg,
    );
    this.element = element(
      'figure',
      { class: 'chart' },
      element('figcaption', {}, options.title),
      this.#plot,
      this.#readout,
    );
    new ResizeObserver(() => this.#draw()).observe(this.#plot);
  }

  set content(content: ChartContent) {
    this.#content = content;
    this.#draw();
  }

  /** Puts the cursor at an epoch; both charts of a page share theirs. */
  set cursor(epoch: number | undefined) {
    this.#at = epoch;
    this.#drawCursor();
  }

  #draw(): void {
    const width = this.#plot.clientWidth;
    if (width === 0) return;
    const { series, references, epochs } = this.#content;
    const [least, most] = this.#options.range;
    const values = [
      ...series.flatMap(({ samples }) => samples.map(({ value }) => value)),
      ...references.map(({ value }) => value),
    ];
    const [low, high] = bounds(values, this.#options.empty);
    const names = namesWidth(references, this.#options.format);
    // Beside the curves where there is room, so that nothing covers their newest points.
    const beside = names > 0 && width - MARGIN.left - names >= LEAST_PLOT;
    const end = width - MARGIN.right - (beside ? names : 0);
    this.#x = { from: 0, to: Math.max(1, epochs), start: MARGIN.left, end };
    this.#y = {
      from: Math.max(least, low),
      to: Math.min(most, high),
      start: HEIGHT - MARGIN.bottom,
      end: MARGIN.top,
    };
    this.#svg.replaceChildren(
      ...this.#axes(),
      ...this.#referenceLines(references),
      ...this.#referenceNames(references, beside),
      ...series.map((one) => this.#curve(one)),
      this.#cursor,
    );
    this.#svg.setAttribute('width', String(width));
    this.#svg.setAttribute('height', String(HEIGHT));
    this.#drawCursor();
  }

  #axes(): SVGElement[] {
    const { format } = this.#options;
    const [x, y] = [this.#x, this.#y];
    const across = ticks(x.from, x.to, Math.max(2, Math.floor((x.end - x.start) / 60)), 1);
    return [
      ...ticks(y.from, y.to, 5).flatMap((value) => {
        const at = place(y, value);
        return [
          svg('line', { class: 'grid-line', x1: x.start, x2: x.end, y1: at, y2: at }),
          svg('text', { class: 'tick', x: x.start - 6, y: at + 4, 'text-anchor': 'end' }, format(value)),
        ];
      }),
      ...across.map((epoch) =>
        svg(
          'text',
          {
            class: 'tick',
            x: place(x, epoch),
            y: HEIGHT - 6,
            'text-anchor': epoch === x.to ? 'end' : 'middle',
          },
          String(epoch),
        ),
      ),
    ];
  }

  #referenceLines(references: readonly Reference[]): SVGElement[] {
    const [x, y] = [this.#x, this.#y];
    return references.map(({ value }) => {
      const at = place(y, value);
      return svg('line', { class: 'reference', x1: x.start, x2: x.end, y1: at, y2: at });
    });
  }

  /** @param beside in the margin, level with their lines; otherwise above them, below the curves */
  #referenceNames(references: readonly Reference[], beside: boolean): SVGElement[] {
    const [x, y] = [this.#x, this.#y];
    const { format } = this.#options;
    const sorted = references.toSorted((a, b) => b.value - a.value);
    const wanted = sorted.map(({ value }) => place(y, value) + (beside ? 4 : -3));
    const lines = spread(wanted, LABEL_HEIGHT, y.end + LABEL_HEIGHT - 3, y.start);
    return sorted.map((reference, i) =>
      svg(
        'text',
        {
          class: 'reference-name',
          x: beside ? x.end + NAME_GAP : x.end - 2,
          y: lines[i],
          'text-anchor': beside ? 'start' : 'end',
        },
        nameOf(reference, format),
      ),
    );
  }

  #curve({ samples, run, kind }: Series): SVGElement {
    const [x, y] = [this.#x, this.#y];
    const drawn = thinned(samples, x.end - x.start);
    const points = drawn.map(
      ({ epoch, value }) => `${place(x, epoch).toFixed(1)} ${place(y, value).toFixed(1)}`,
    );
    const curve = svg('g', { class: `curve run-${run} ${kind}` });
    if (points.length > 1) curve.append(svg('path', { d: `M${points.join('L')}` }));
    // Dots where there is room for them, and where one point alone would be no line.
    if (points.length === 1 || (kind === 'validation' && points.length <= (x.end - x.start) / 8)) {
      for (const { epoch, value } of drawn) {
        curve.append(svg('circle', { cx: place(x, epoch), cy: place(y, value), r: run === 0 ? 2.5 : 2 }));
      }
    }
    return curve;
  }

  #drawCursor(): void {
    const at = this.#at;
    const { format } = this.#options;
    this.#cursor.replaceChildren();
    const { epochs, series, references } = this.#content;
    this.#plot.setAttribute('aria-valuemin', '0');
    this.#plot.setAttribute('aria-valuemax', String(epochs));
    if (at === undefined) {
      this.#plot.setAttribute('aria-valuenow', '0');
      setReadAttribute(this.#plot, 'aria-valuetext', this.#latest());
      setText(this.#readout, this.#latest());
      return;
    }
    const found = series.flatMap((one) => {
      const sample = nearest(one.samples, at);
      // A run that ended before has no value there.
      return sample && Math.abs(sample.epoch - at) <= 0.5 ? [{ ...one, sample }] : [];
    });
    for (const { sample, run } of found) {
      this.#cursor.append(
        svg('circle', {
          class: `run-${run}`,
          cx: place(this.#x, sample.epoch),
          cy: place(this.#y, sample.value),
          r: 4,
        }),
      );
    }
    const line = place(this.#x, at);
    this.#cursor.prepend(svg('line', { x1: line, x2: line, y1: this.#y.end, y2: this.#y.start }));
    const words = [
      t('epoch {0}', String(Number(at.toFixed(1)))),
      ...byRun(found.map((one) => ({ ...one, text: `${one.name} ${format(one.sample.value)}` }))),
    ];
    // Lines to compare with are named in the picture, which not everybody sees.
    const lines = references.map(({ name, value }) => `${name} ${format(value)}`);
    this.#plot.setAttribute('aria-valuenow', at.toFixed(2));
    setReadAttribute(this.#plot, 'aria-valuetext', [...words, ...lines].join(' · '));
    setText(this.#readout, words.join(' · '));
  }

  /** The newest value of every curve. */
  #latest(): string {
    const words = this.#content.series.flatMap((one) => {
      const last = one.samples.at(-1);
      return last ? [{ ...one, text: `${one.name} ${this.#options.format(last.value)}` }] : [];
    });
    return words.length === 0 ? t('No points yet') : byRun(words).join(' · ');
  }

  #point(event: PointerEvent): void {
    const left = this.#plot.getBoundingClientRect().left;
    this.#options.moved(valueAt(this.#x, event.clientX - left));
  }

  #key(event: KeyboardEvent): void {
    const epoch = epochAfterKey(event.key, this.#at, this.#content);
    if (epoch === null) return;
    event.preventDefault();
    this.#options.moved(epoch);
  }
}

/** What stands at a line; what is in brackets is in the table below the charts. */
function nameOf({ name, value }: Reference, format: (value: number) => string): string {
  return `${name.replace(/ ?[((][^()()]*[))]$/, '')} ${format(value)}`;
}

/** Room that the names of lines take beside the plot, in pixels; 0 = there are none. */
function namesWidth(references: readonly Reference[], format: (value: number) => string): number {
  const longest = Math.max(0, ...references.map((reference) => letters(nameOf(reference, format))));
  return longest === 0 ? 0 : NAME_GAP + longest * NAME_LETTER;
}

/** How many letters wide: those of Chinese and Japanese are twice as wide as Latin ones. */
function letters(words: string): number {
  return [...words].reduce((sum, letter) => sum + (letter >= '\u2e80' ? 2 : 1), 0);
}

/** Texts of each run together, with the run's name where there are several. */
function byRun(
  texts: readonly { readonly run: number; readonly of: string; readonly text: string }[],
): string[] {
  const runs = [...new Set(texts.map(({ run }) => run))].sort((a, b) => a - b);
  return runs.map((run) => {
    const own = texts.filter((one) => one.run === run);
    const words = say(listed(own.map(({ text: words }) => words)));
    return runs.length > 1 ? t('{0}: {1}', own[0]?.of ?? '', words) : words;
  });
}

/**
 * Where a key moves the cursor: whole epochs by arrows, ten by pages.
 * @returns undefined = the cursor goes away; null = the key is none of these
 */
export function epochAfterKey(
  key: string,
  at: number | undefined,
  { series, epochs }: Pick<ChartContent, 'series' | 'epochs'>,
): number | undefined | null {
  const last = Math.max(0, ...series.map(({ samples }) => samples.at(-1)?.epoch ?? 0));
  const first = Math.min(last, ...series.map(({ samples }) => samples[0]?.epoch ?? last));
  const from = at ?? last;
  const moves: Record<string, number> = {
    ArrowLeft: Math.ceil(from) - 1,
    ArrowDown: Math.ceil(from) - 1,
    ArrowRight: Math.floor(from) + 1,
    ArrowUp: Math.floor(from) + 1,
    PageDown: Math.ceil(from) - 10,
    PageUp: Math.floor(from) + 10,
    Home: first,
    End: last,
  };
  if (key === 'Escape') return undefined;
  const to = moves[key];
  if (to === undefined) return null;
  // The first press says where one is: at the newest value.
  if (at === undefined && key.startsWith('Arrow')) return last;
  return Math.min(Math.max(first, to), Math.min(epochs, Math.ceil(last)));
}
