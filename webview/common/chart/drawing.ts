import { svg } from '../element.ts';
import { t } from '../language.ts';
import type { ChartOptions, Reference, Series } from './content.ts';
import { thinned } from './samples.ts';
import { place, type Scale, spread, ticks } from './scale.ts';

/** A baseline's name is this far from the plot, and tied to its line across the gap. */
export const NAME_GAP = 14;
/** Of the slider, in pixels, as in `chart.css`. */
const SLIDER_HEIGHT = 24;

/** Where values stand in the plot, and how large its letters are, in pixels. */
export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly size: number;
}

/** @param marks the values that stand beside the axis */
export function axes(
  { x, y, size }: Frame,
  { x: across, y: up }: Pick<ChartOptions, 'x' | 'y'>,
  marks: readonly number[],
): SVGElement[] {
  const room = Math.max(1, Math.floor((x.end - x.start) / (5 * size)));
  const below = y.start + SLIDER_HEIGHT + size;
  return [
    ...marks.flatMap((value) => {
      const at = place(y, value);
      return [
        svg('line', { class: 'grid-line', x1: x.start, x2: x.end, y1: at, y2: at }),
        svg(
          'text',
          { class: 'tick', x: x.start - 6, y: at + size / 3, 'text-anchor': 'end' },
          (up.tick ?? up.format)(value),
        ),
      ];
    }),
    svg('path', { class: 'axis', d: `M${x.start} ${y.end}V${y.start}H${x.end}` }),
    ...ticks(x.from, x.to, room, across.step).flatMap((value) => {
      const at = place(x, value);
      return [
        svg('line', { class: 'axis', x1: at, x2: at, y1: y.start, y2: y.start + 4 }),
        svg('text', { class: 'tick', x: at, y: below, 'text-anchor': 'middle' }, across.format(value)),
      ];
    }),
    svg(
      'text',
      { class: 'axis-title', x: (x.start + x.end) / 2, y: below + size * 1.5, 'text-anchor': 'middle' },
      across.title,
    ),
    svg(
      'text',
      {
        class: 'axis-title',
        'text-anchor': 'middle',
        transform: `translate(${size} ${(y.start + y.end) / 2}) rotate(-90)`,
      },
      up.title,
    ),
  ];
}

export function referenceLine({ x, y }: Frame, value: number, index: number): SVGElement {
  const at = place(y, value);
  return svg('line', { class: `reference reference-${index % 5}`, x1: x.start, x2: x.end, y1: at, y2: at });
}

/** In the margin, each tied to the end of its line: names of near lines are moved apart. */
export function referenceNames(
  { x, y, size }: Frame,
  references: readonly Reference[],
  format: (value: number) => string,
): SVGElement[] {
  const sorted = references.toSorted((a, b) => b.value - a.value);
  const wanted = sorted.map(({ value }) => place(y, value) + size / 3);
  const lines = spread(wanted, size * 1.25, y.end + size / 3, y.start);
  return sorted.flatMap((reference, i) => {
    const [from, to] = [place(y, reference.value), lines[i] - size / 3];
    const tie = `M${x.end} ${from}H${x.end + 2}L${x.end + NAME_GAP - 4} ${to}H${x.end + NAME_GAP}`;
    return [
      svg('path', { class: 'reference-tie', d: tie }),
      svg(
        'text',
        { class: 'reference-name', x: x.end + NAME_GAP + 3, y: lines[i] },
        nameOf(reference, format),
      ),
    ];
  });
}

export function curve({ x, y }: Frame, { samples, run, kind }: Series): SVGElement {
  const drawn = thinned(samples, x.end - x.start);
  const points = drawn.map(({ at, value }) => `${place(x, at).toFixed(1)} ${place(y, value).toFixed(1)}`);
  const made = svg('g', { class: `curve run-${run} ${kind}` });
  if (points.length > 1) made.append(svg('path', { d: `M${points.join('L')}` }));
  // Dots where there is room for them, and where one point alone would be no line.
  if (points.length === 1 || (kind === 'validation' && points.length <= (x.end - x.start) / 16)) {
    for (const { at, value } of drawn) {
      made.append(svg('circle', { cx: place(x, at), cy: place(y, value), r: run === 0 ? 3 : 2 }));
    }
  }
  return made;
}

export function nothing({ x, y }: Frame): SVGElement {
  const middle = { x: (x.start + x.end) / 2, y: (y.start + y.end) / 2 };
  return svg('text', { class: 'axis-title', ...middle, 'text-anchor': 'middle' }, t('No points yet'));
}

/** A piece of a line as it is drawn in a chart; `look` are its classes. */
export function sampleLine(look: string): Element {
  const line = svg('g', { class: look }, svg('path', { d: 'M0 5H28' }));
  if (/ validation$/.test(look)) line.append(svg('circle', { cx: 14, cy: 5, r: 3 }));
  return svg('svg', { class: 'sample-line', width: 28, height: 10, 'aria-hidden': 'true' }, line);
}

/** What stands at a line; what is in brackets is in the table below the charts. */
export function nameOf({ name, value }: Reference, format: (value: number) => string): string {
  return `${shortName(name)} ${format(value)}`;
}

export function shortName(name: string): string {
  return name.replace(/ ?[((][^()()]*[))]$/, '');
}
