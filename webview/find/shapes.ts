import { svg } from '../common/element.ts';
import type { PointShape } from './frontier.ts';

/** Outlines around 0,0 in a square of 10 pixels: told apart without colors. */
const OUTLINES: Readonly<Record<PointShape, string>> = {
  mapping: 'M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z',
  head: 'M-4.5-4.5H4.5V4.5H-4.5Z',
  prompt: 'M0-5.5L5.5 4.5H-5.5Z',
};

/** The mark of a point: filled where nothing as cheap is better, dashed where nothing reports it yet. */
export interface PointLook {
  readonly shape: PointShape;
  readonly onFrontier: boolean;
  readonly provisional: boolean;
  readonly recommended: boolean;
}

/** Radius of the ring around the recommended point, with its line, in pixels. */
export const RING = 10;

/** A mark around 0,0. */
export function pointMark({ shape, onFrontier, provisional, recommended }: PointLook): SVGElement {
  const outline = svg('path', { d: OUTLINES[shape] });
  const ring = recommended ? [svg('circle', { class: 'ring', r: RING - 1 })] : [];
  const classes = ['point', onFrontier ? 'frontier' : '', provisional ? 'provisional' : ''];
  return svg('g', { class: classes.filter((one) => one !== '').join(' ') }, ...ring, outline);
}

/** The same as a picture of its own, for the legend and for rows. */
export function pointPicture(look: PointLook): SVGSVGElement {
  const picture = svg('svg', {
    class: 'point-picture',
    width: 20,
    height: 20,
    viewBox: '-10 -10 20 20',
    'aria-hidden': 'true',
  });
  picture.append(pointMark(look));
  return picture;
}
