import { damaged } from './codec.ts';

/**
 * Undoes PNG's row filters in place: `height` rows of a filter byte and `rowBytes` bytes, from `start` on.
 * `bpp` is the distance in bytes to the same sample of the pixel on the left.
 */
export function unfilter(
  raw: Uint8Array,
  start: number,
  rowBytes: number,
  height: number,
  bpp: number,
): void {
  const stride = rowBytes + 1;
  for (let y = 0; y < height; y++) {
    const row = start + y * stride + 1;
    const end = row + rowBytes;
    const hasAbove = y > 0;
    switch (raw[row - 1]) {
      case 0:
        break;
      case 1:
        for (let i = row + bpp; i < end; i++) raw[i] += raw[i - bpp];
        break;
      case 2:
        if (hasAbove) for (let i = row; i < end; i++) raw[i] += raw[i - stride];
        break;
      case 3:
        average(raw, row, end, stride, bpp, hasAbove);
        break;
      case 4:
        paeth(raw, row, end, stride, bpp, hasAbove);
        break;
      default:
        throw damaged();
    }
  }
}

function average(
  raw: Uint8Array,
  row: number,
  end: number,
  stride: number,
  bpp: number,
  hasAbove: boolean,
): void {
  for (let i = row; i < end; i++) {
    const left = i - bpp < row ? 0 : raw[i - bpp];
    raw[i] += (left + (hasAbove ? raw[i - stride] : 0)) >> 1;
  }
}

function paeth(
  raw: Uint8Array,
  row: number,
  end: number,
  stride: number,
  bpp: number,
  hasAbove: boolean,
): void {
  if (!hasAbove) {
    // The predictor is then the sample on the left.
    for (let i = row + bpp; i < end; i++) raw[i] += raw[i - bpp];
    return;
  }
  const first = Math.min(end, row + bpp);
  for (let i = row; i < first; i++) raw[i] += raw[i - stride];
  for (let i = first; i < end; i++) {
    const left = raw[i - bpp];
    const above = raw[i - stride];
    const corner = raw[i - stride - bpp];
    // Distances of left + above - corner to each of the three, in another order of the terms.
    const toLeft = Math.abs(above - corner);
    const toAbove = Math.abs(left - corner);
    const toCorner = Math.abs(left + above - 2 * corner);
    raw[i] += toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
  }
}
