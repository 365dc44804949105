import { percent, wholePercent } from '../../src/core/text/numbers.ts';
import { place, type Scale } from '../common/chart/scale.ts';
import { svg } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { CostAxis } from './costAxis.ts';

/** Where the axes of the picture lie. */
interface Axes {
  readonly x: CostAxis;
  readonly y: Scale;
  /** Pixels of the ends of the axis of costs. */
  readonly start: number;
  readonly end: number;
  /** Of letters, in pixels. */
  readonly size: number;
  /** Shares in [0, 1]. */
  readonly marks: readonly number[];
  readonly title: string;
}

/** Both axes with their ticks and titles, and a line for each share. */
export function axes({ x, y, start, end, size, marks, title }: Axes): SVGElement[] {
  return [
    ...marks.flatMap((share) => {
      const at = place(y, share);
      return [
        svg('line', { class: 'grid-line', x1: start, x2: end, y1: at, y2: at }),
        svg(
          'text',
          { class: 'tick', x: start - 6, y: at + size / 3, 'text-anchor': 'end' },
          shareTick(share, marks),
        ),
      ];
    }),
    svg('path', { class: 'axis', d: `M${start} ${y.end}V${y.start}H${end}` }),
    ...x.ticks.flatMap(({ at, text }) => [
      svg('line', { class: 'axis', x1: at, x2: at, y1: y.start, y2: y.start + 4 }),
      svg('text', { class: 'tick', x: at, y: y.start + 6 + size, 'text-anchor': 'middle' }, text),
    ]),
    svg(
      'text',
      { class: 'axis-title', x: (start + end) / 2, y: y.start + 10 + size * 2.3, 'text-anchor': 'middle' },
      title,
    ),
    svg(
      'text',
      {
        class: 'axis-title',
        'text-anchor': 'middle',
        transform: `translate(${size} ${(y.start + y.end) / 2}) rotate(-90)`,
      },
      t('Accuracy'),
    ),
  ];
}

/** A share on the axis: without a decimal where the marks need none. */
export function shareTick(share: number, marks: readonly number[]): string {
  return marks.every((mark) => Math.abs(100 * mark - Math.round(100 * mark)) < 1e-6)
    ? wholePercent(share)
    : percent(share);
}
