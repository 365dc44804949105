import { percent } from '../../text/numbers.ts';
import { phrase, type Text, verbatim } from '../../text/text.ts';
import { type ExportedImage, type ExportedRun, knownLabel } from '../exportedRun.ts';
import type { Block, Picture, Section } from './reportBlocks.ts';
import type { Reported } from './reported.ts';
import { imageName, labelName } from './reportNames.ts';

/** Images to look at: wrong and right answers where truths are known, the surest where not, and the least sure ones. */
export function exampleSections({ run, facts }: Reported): readonly Section[] {
  const { wrong, typical, leastSure } = facts;
  const isKnown = typical.some(({ judged }) => judged);
  const sections: (readonly [heading: Text, about: Text, images: readonly ExportedImage[]])[] = [
    [phrase('Wrong answers'), phrase('The surest ones, at most two of each pair of labels.'), wrong],
    isKnown
      ? [phrase('Right answers'), phrase('The surest one of each label.'), typical]
      : [phrase('Examples'), phrase('The surest answer of each label. None is known to be right.'), typical],
    [phrase('Least sure answers'), phrase('The lowest confidences of all images.'), leastSure],
  ];
  return sections.flatMap(([heading, about, images]) =>
    images.length === 0
      ? []
      : [{ heading, blocks: [{ kind: 'paragraph', text: about } as Block, picturesOf(images, run)] }],
  );
}

function picturesOf(images: readonly ExportedImage[], run: ExportedRun): Block {
  return { kind: 'pictures', pictures: images.map((image) => pictureOf(image, run)) };
}

function pictureOf(image: ExportedImage, run: ExportedRun): Picture {
  const known = image.judged ? knownLabel(image) : undefined;
  return {
    path: image.path,
    name: verbatim(imageName(image, run)),
    words: wordsOf(image, known),
    right: known == null ? undefined : known === image.answer,
  };
}

/** `cat, 93.1%`, `taken for dog, 93.1%; it is cat`, `not sure: cat, 41.0%`. */
function wordsOf(image: ExportedImage, known: string | null | undefined): Text {
  const answer = saidOf(image);
  const sure = percent(image.confidence);
  if (known == null || known === image.answer) return phrase('{0}, {1}', answer, sure);
  return phrase('{0}, {1}; true label: {2}', answer, sure, labelName(known));
}

function saidOf({ said, label, answer }: ExportedImage): Text {
  const name = answer === '' ? phrase('undecided') : verbatim(labelName(answer));
  switch (said) {
    case 'label':
      return name;
    case 'not sure':
      return answer === '' ? name : phrase('not sure: {0}', name);
    case 'none':
      return phrase('none of these: {0}', name);
    case 'kind':
      return phrase('{0}: {1}', labelName(label), name);
  }
}
