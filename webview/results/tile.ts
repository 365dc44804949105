import { shortShare } from '../../src/core/text/numbers.ts';
import { bar, element, icon, label } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { ResultTable } from './resultTable.ts';
import { tileMarks } from './tileMarks.ts';
import { saidOf } from './words.ts';

/** What the gallery shows. */
export interface GalleryContent {
  readonly table: ResultTable;
  /** Target labels by index. */
  readonly labels: readonly string[];
  /** Images in the order in which they are shown. */
  readonly images: readonly number[];
  /** Whether any truth is known: tiles then have a line for it. */
  readonly judged: boolean;
  /** What a person said of an image. */
  badge(image: number): HTMLElement | undefined;
}

/** An image in the gallery, in words and small. */
export interface Tile {
  readonly image: number;
  readonly position: number;
  readonly element: HTMLElement;
  /** Pixels of the picture that was asked for; 0 before. */
  size: number;
  /** Whether a picture came, or word that there is none. */
  arrived: boolean;
  showPicture(url: string | undefined): void;
  /** What a person said of the image is another. */
  showGiven(): void;
}

/** @param content what the gallery shows, this image at `position` of it */
export function makeTile(content: GalleryContent, position: number): Tile {
  const { table, labels, images, judged, badge } = content;
  const image = images[position];
  const truth = table.truth(image) < 0 ? undefined : labels[table.truth(image)];
  const sure = table.confidence(image);
  const unsure = !table.saysLabel(image) && table.said(image) < 0;
  const wrong = table.saysWrong(image);
  const picture = element('div', { class: 'picture' });
  const marks = tileMarks(table, labels, image);
  const made = element(
    'div',
    {
      class: `tile${wrong ? ' wrong' : ''}${unsure ? ' unsure' : ''}`,
      role: 'option',
      'aria-posinset': position + 1,
      'data-position': position,
      'data-testid': 'results-tile',
    },
    picture,
    marks.element,
    element('div', { class: 'predicted' }, label(saidOf(table, labels, image)), spoken(marks.spoken)),
    element(
      'div',
      { class: 'confidence' },
      bar(sure),
      spoken(`, ${t('confidence')} `),
      element('span', { class: 'number' }, shortShare(sure)),
    ),
    judged
      ? element(
          'div',
          { class: 'truth' },
          ...(truth === undefined
            ? []
            : wrong
              ? [icon('close'), spoken(`, ${t('wrong')}, `), label(t('true: {0}', truth))]
              : [icon('check'), spoken(', '), element('span', {}, t('right'))]),
        )
      : undefined,
  );
  let given = badge(image);
  if (given) made.append(given);
  return {
    image,
    position,
    element: made,
    size: 0,
    arrived: false,
    showPicture: (url) => {
      // The label says what there is to say; the picture adds nothing to it for a screen reader.
      picture.replaceChildren(
        url === undefined
          ? element('span', { class: 'no-picture' }, icon('file-media'), ' ', t('No preview'))
          : element('img', { src: url, alt: '', draggable: 'false' }),
      );
    },
    showGiven: () => {
      given?.remove();
      given = badge(image);
      if (given) made.append(given);
    },
  };
}

/** Words for what the tile says by its form, for screen readers. */
function spoken(words: string): HTMLElement {
  return element('span', { class: 'visually-hidden' }, words);
}
