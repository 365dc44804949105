import { MeasuredCount, type MeasuredOn } from '../../src/core/metrics/measuredOn.ts';

/** An accuracy on all of so many images, of two labels. */
export function measuredOnAll(images: number): MeasuredOn {
  const count = new MeasuredCount(['cat', 'dog']);
  count.add('cat', 0, { images: Math.ceil(images / 2) });
  count.add('dog', 1, { images: Math.floor(images / 2) });
  return count.result(2, () => []);
}
