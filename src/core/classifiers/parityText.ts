import { plural, type Text } from '../text/text.ts';

/** How an exported classifier answers beside SeMap, as a sentence. */
export function parityText({
  images,
  largestDifference,
  otherLabels,
}: {
  readonly images: number;
  readonly largestDifference: number;
  readonly otherLabels: number;
}): Text {
  const most = differenceText(largestDifference);
  return otherLabels === 0
    ? plural(
        images,
        'It gives {0} test image the same label as SeMap; confidences differ by {1} at most.',
        'It gives {0} test images the same labels as SeMap; confidences differ by {1} at most.',
        most,
      )
    : plural(
        images,
        'It gives {1} of {0} test image another label than SeMap; confidences differ by {2} at most.',
        'It gives {1} of {0} test images another label than SeMap; confidences differ by {2} at most.',
        otherLabels,
        most,
      );
}

/** A difference of two shares in percent, never less than it is. */
function differenceText(difference: number): string {
  return `${Math.ceil(difference * 1e5) / 1e3}%`;
}
