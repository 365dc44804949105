import { channelsText, type Preprocessing } from '../images/preprocessing.ts';

/*
 * A preprocessing in short words, as the command line and comparisons show it.
 */

/** What is done to an image, step by step. */
export function preprocessingText(p: Preprocessing): string {
  return [
    geometryText(p),
    p.resample,
    ...(p.antialias === false ? ['no antialiasing'] : []),
    ...(p.rounded === false ? ['not rounded'] : []),
    ...(p.inverted ? ['inverted'] : []),
    scalingText(p),
    channelsText(p.channels),
  ].join(', ');
}

/** How pixels are scaled. */
export function scalingText({
  rescaleFactor,
  mean,
  std,
}: Pick<Preprocessing, 'rescaleFactor' | 'mean' | 'std'>): string {
  const list = (values: readonly number[]) => `[${values.map(short).join(', ')}]`;
  return `(pixel x ${short(rescaleFactor)} - ${list(mean)}) / ${list(std)}`;
}

/** How a picture is placed. */
export function geometryText({ size, fit, padColor, anchor, cropFirst, crop }: Preprocessing): string {
  const resize =
    'height' in size
      ? `${fit === 'letterbox' ? 'fit into' : 'resize to'} ${size.height} x ${size.width}`
      : 'shortestEdge' in size
        ? `shortest edge to ${size.shortestEdge}`
        : `longest edge to ${size.longestEdge}`;
  return [
    ...(cropFirst === undefined
      ? []
      : [`cut ${cropFirst === 1 ? 'a square' : `${short(cropFirst)} of a square`}`]),
    resize,
    ...(crop ? [`crop ${crop.height} x ${crop.width}`] : []),
    ...(anchor ? ['from the top left'] : []),
    ...(padColor?.some((one) => one > 0) ? [`pad with ${padColor.join(',')}`] : []),
  ].join(', ');
}

function short(value: number): number {
  return Number(value.toPrecision(6));
}
