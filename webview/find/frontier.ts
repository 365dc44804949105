import type { FindCost } from '../../src/core/find/findRecord.ts';
import { isProvisional } from '../../src/core/find/foundTexts.ts';
import type { Changes } from '../../src/core/reuse/reuse.ts';
import { changesOf } from '../../src/core/reuse/reuseWords.ts';
import type { FoundPoint } from '../../src/protocol/findView.ts';

/** A point that can be drawn: its cost and its accuracy are known. */
export interface PlacedPoint {
  readonly point: FoundPoint;
  /** In the unit of the cost. */
  readonly cost: number;
  /** Share in [0, 1]: what is reported, or, before there is that, what it looked like while choosing. */
  readonly accuracy: number;
  /** Only images that took part in choosing speak for it. */
  readonly provisional: boolean;
  readonly onFrontier: boolean;
  readonly shape: PointShape;
}

/** What a reuse changes is told by a shape: of several the one that comes first in the chain. */
export type PointShape = Changes;

/** What a point is drawn at; undefined where it cannot be. */
function accuracyOf({ figure, searched }: Pick<FoundPoint, 'figure' | 'searched'>): number | undefined {
  return figure?.value ?? searched ?? undefined;
}

/**
 * The points that have a place, cheapest first, the better one first of equal costs.
 * @param of a point's cost; null where it was not measured
 */
export function placed(
  points: readonly FoundPoint[],
  cost: FindCost,
  of: (cost: FoundPoint['cost']) => number | null,
): PlacedPoint[] {
  const all = points.flatMap((point): PlacedPoint[] => {
    const value = of(point.cost);
    const accuracy = accuracyOf(point);
    if (value === null || accuracy === undefined) return [];
    return [
      {
        point,
        cost: value,
        accuracy,
        provisional: isProvisional(point),
        onFrontier: point.frontier.includes(cost),
        shape: changesOf(point.way)[0],
      },
    ];
  });
  const cheaper = cost === 'speed' ? -1 : 1;
  return all.sort((a, b) => cheaper * (a.cost - b.cost) || b.accuracy - a.accuracy);
}

/**
 * The line that nothing beats: from each point of the frontier to the right until the next one is better.
 * @param points cheapest first
 * @param x pixels of a cost
 * @param end pixels where the axis ends
 * @returns an SVG path; empty without a frontier
 */
export function frontierPath(
  points: readonly PlacedPoint[],
  x: (cost: number) => number,
  y: (accuracy: number) => number,
  end: number,
): string {
  let best = Number.NEGATIVE_INFINITY;
  const steps = points.filter(({ onFrontier, accuracy }) => {
    const isHigher = onFrontier && accuracy > best;
    if (isHigher) best = accuracy;
    return isHigher;
  });
  const [first, ...others] = steps;
  if (!first) return '';
  const corners = others.map((one) => `H${round(x(one.cost))}V${round(y(one.accuracy))}`);
  return `M${round(x(first.cost))} ${round(y(first.accuracy))}${corners.join('')}H${round(end)}`;
}

/** The point nearest to a place in the picture, within `reach` pixels; the one drawn on top first. */
export function nearestPoint<T extends { readonly x: number; readonly y: number }>(
  points: readonly T[],
  at: { readonly x: number; readonly y: number },
  reach: number,
): T | undefined {
  let found: T | undefined;
  let least = reach * reach;
  for (const point of points) {
    const distance = (point.x - at.x) ** 2 + (point.y - at.y) ** 2;
    if (distance > least) continue;
    least = distance;
    found = point;
  }
  return found;
}

/** A name that wants a place beside its point. */
interface WantedName {
  readonly x: number;
  readonly y: number;
  /** Of the text. */
  readonly width: number;
  /** Of the point's mark; 5 pixels unless it says another. */
  readonly radius?: number;
}

export interface NamePlace {
  /** Left end of the text, and its base line. */
  readonly x: number;
  readonly y: number;
}

/**
 * Places for names beside their points, those first in the list first: above, to the left or below, where they
 * cover no other name, no point and no edge; if there are such, places where no other point is nearer than their own.
 * @param dots all points; their radius is 5 pixels unless they say another, such as that of a ring
 * @param size of the letters in pixels
 * @returns undefined for a name that has no room
 */
export function placeNames(
  names: readonly WantedName[],
  dots: readonly { readonly x: number; readonly y: number; readonly radius?: number }[],
  bounds: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
  size: number,
): (NamePlace | undefined)[] {
  const taken: Box[] = dots.map(({ x, y, radius = 5 }) => ({
    left: x - radius,
    right: x + radius,
    top: y - radius,
    bottom: y + radius,
  }));
  return names.map(({ x, y, width, radius = 5 }) => {
    const gap = radius + 4;
    // The line that nothing beats leaves a point to the right and comes from below.
    const candidates: readonly NamePlace[] = [
      { x: x + gap / 2, y: y - gap },
      { x: x - width / 2, y: y - gap },
      { x: x - gap / 2 - width, y: y - gap },
      { x: x - gap - width, y: y + size / 3 },
      { x: x + gap, y: y + gap + size / 2 },
      { x: x - width / 2, y: y + gap + size },
    ];
    const free = candidates
      .map((at) => ({
        at,
        box: { left: at.x, right: at.x + width, top: at.y - size, bottom: at.y + size / 4 },
      }))
      .filter(({ box }) => isInside(box, bounds) && !taken.some((other) => overlap(box, other)));
    const isOwn = ({ box }: { readonly box: Box }) => {
      const own = gapTo(box, { x, y, radius });
      return dots.every((dot) => gapTo(box, dot) >= own);
    };
    const chosen = free.find(isOwn) ?? free[0];
    if (chosen) taken.push(chosen.box);
    return chosen?.at;
  });
}

/** Pixels between a text and the mark of a point. */
function gapTo(
  { left, right, top, bottom }: Box,
  { x, y, radius = 5 }: { readonly x: number; readonly y: number; readonly radius?: number },
): number {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)) - radius;
}

function isInside(box: Box, bounds: Box): boolean {
  return (
    box.left >= bounds.left &&
    box.right <= bounds.right &&
    box.top >= bounds.top &&
    box.bottom <= bounds.bottom
  );
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function round(pixels: number): number {
  return Math.round(10 * pixels) / 10;
}
