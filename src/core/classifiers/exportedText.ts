import { fileSize } from '../text/numbers.ts';
import { phrase, plural, type Text } from '../text/text.ts';

/** What is told of an exported classifier. */
interface Exported {
  /** Of its file. */
  readonly name: string;
  readonly bytes: number;
  readonly parity: {
    readonly images: number;
    readonly largestDifference: number;
    readonly otherLabels: number;
  };
}

/** That it was exported, and how it answers beside SeMap: sentences. */
export function exportedText({ name, bytes, parity }: Exported): readonly [Text, Text] {
  const { images, largestDifference, otherLabels } = parity;
  const most = differenceText(largestDifference);
  return [
    phrase('Exported {0} ({1}).', name, fileSize(bytes)),
    otherLabels === 0
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
        ),
  ];
}

/** A difference of two shares in percent, never less than it is. */
function differenceText(difference: number): string {
  return `${Math.ceil(difference * 1e5) / 1e3}%`;
}
