import { figureText, measuredText } from '../reuse/reuseTable.ts';
import { wayName } from '../reuse/reuseWords.ts';
import { intervalText, percent } from '../text/numbers.ts';
import { listed, phrase, plural, type Text } from '../text/text.ts';
import type { FindDifference, FindPoint } from './findRecord.ts';

/*
 * What a search says of what it tried: the page and the command line use the same words.
 */

/** `Linear probe · squeezenet1.1`. */
export function pointName({ way, backbones }: Pick<FindPoint, 'way' | 'backbones'>): Text {
  return phrase('{0} · {1}', wayName(way), listed(backbones.map(({ name }) => name)));
}

/** The names of points by their ids; of those that are called alike, with the labels that they learn from. */
export function pointNames(
  points: readonly Pick<FindPoint, 'id' | 'way' | 'backbones' | 'cost'>[],
): ReadonlyMap<string, Text> {
  const names = points.map((point) => ({ point, name: pointName(point) }));
  const counts = new Map<string, number>();
  for (const { name } of names) {
    const key = JSON.stringify(name);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Map(
    names.map(({ point: { id, cost }, name }) => {
      if (counts.get(JSON.stringify(name)) === 1) return [id, name];
      const labels =
        cost.labels === 0
          ? phrase('no labels')
          : plural(cost.labels, '{0} labeled image', '{0} labeled images');
      return [id, phrase('{0} ({1})', name, labels)];
    }),
  );
}

/** Whether only images that took part in choosing speak for a point. */
export function isProvisional({ figure }: Pick<FindPoint, 'figure'>): boolean {
  return figure === null || figure.by === 'validation';
}

/** What reports a point, and what it looked like while choosing. */
export function figureTexts({ figure, searched }: Pick<FindPoint, 'figure' | 'searched'>): Text[] {
  if (!figure) return [];
  const share = figureText(figure);
  const measured = measuredText(figure);
  if (figure.by === 'expected') return [phrase('{0}, {1}', share, measured)];
  const reported = phrase('{0} ({1}), {2}', share, intervalText(figure), measured);
  if (isProvisional({ figure }))
    return [reported, phrase('These images took part in choosing: the figure may be too good.')];
  return [
    reported,
    ...(searched === null ? [] : [phrase('It looked like {0} while choosing.', percent(searched))]),
  ];
}

/** Less than this is taken for a difference. */
const CLEAR = 0.05;

/** How a point compares with a cheaper one, `than`, on the same images. */
export function differenceText({ value, low, high, p, images }: FindDifference, than: Text): Text {
  const points = (share: number) => (100 * share).toFixed(1);
  const signed = `${value >= 0 ? '+' : ''}${points(value)}`;
  const range = phrase('{0} points ({1} to {2})', signed, points(low), points(high));
  return p < CLEAR
    ? phrase('{0} against {1}, on {2} images: a clear difference ({3}).', range, than, images, pText(p))
    : phrase('{0} against {1}, on {2} images: no clear difference ({3}).', range, than, images, pText(p));
}

/** As statistics are written in every language. */
function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}

/** Whether a point says something to a person who chooses: it reports, is on a frontier, or is recommended. */
export function isWorthALook(point: FindPoint, recommended: string | undefined): boolean {
  return !point.problem && (point.id === recommended || point.frontier.length > 0 || !isProvisional(point));
}
