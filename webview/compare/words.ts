import type { AlignmentComparison } from '../../src/core/evidence/comparison.ts';
import type { MappingFigures } from '../../src/core/evidence/figures.ts';
import { percent } from '../../src/core/text/numbers.ts';

/** `+2.0` points; with a true minus sign, so that columns line up. */
export function points(first: number | null, second: number | null): string {
  if (first === null || second === null) return '–';
  const difference = Math.round(1000 * (second - first)) / 10;
  return `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${Math.abs(difference).toFixed(1)}`;
}

export function weightText(weight: number): string {
  return weight === 0 ? '–' : String(Number(weight.toPrecision(3)));
}

/** p as people quote it. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

export function countOf(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString()} ${many}`;
}

/** What McNemar's test says of two alignments, in a sentence. */
export function verdict({
  judged,
  onlyRight,
  p,
}: Pick<AlignmentComparison, 'judged' | 'onlyRight' | 'p'>): string {
  if (p === null) return 'No image has a known true label, so nobody can say which is better.';
  const [first, second] = onlyRight;
  if (first + second === 0) return `Both are right on the same of ${countOf(judged, 'image', 'images')}.`;
  const counts = `Of ${countOf(judged, 'image', 'images')}, only the first has ${first.toLocaleString()} right, only the second ${second.toLocaleString()} (McNemar's exact test, ${pText(p)}).`;
  if (p >= 0.05) return `${counts} The difference may be chance.`;
  return `${counts} The ${second > first ? 'second' : 'first'} is better, and hardly by chance.`;
}

type Row = readonly [name: string, first: string, second: string, difference: string];

/** The figures of both, a line each. */
export function figureRows([a, b]: readonly [MappingFigures, MappingFigures]): Row[] {
  const shares = (name: string, of: (figures: MappingFigures) => number | null): Row => [
    name,
    percent(of(a)),
    percent(of(b)),
    points(of(a), of(b)),
  ];
  return [
    shares('Accuracy', ({ accuracy }) => accuracy),
    shares('Balanced accuracy', ({ balancedAccuracy }) => balancedAccuracy),
    shares('Reach (strongest source label mapped)', ({ reach }) => reach),
    ['Images', a.images.toLocaleString(), b.images.toLocaleString(), ''],
    ['With a known label', a.judged.toLocaleString(), b.judged.toLocaleString(), ''],
  ];
}
