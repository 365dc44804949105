import { SemapError } from '../../core/errors.ts';
import { type PassedOver, passedOverHint, passedOverWords } from '../../core/images/passedOver.ts';

/** The error for folders without an image, which says what is there instead. */
export function noImages(folders: readonly string[], passedOver: PassedOver | undefined): SemapError {
  const formats = 'SeMap reads JPEG, PNG, WebP, BMP, GIF, TIFF and PPM files, also in subfolders.';
  const where = folders.join(', ');
  if (!passedOver) return new SemapError('no-images', `There are no images in ${where}.`, { hint: formats });
  const hint = passedOverHint(passedOver);
  return new SemapError(
    'no-images',
    `There are no images that SeMap reads in ${where}, only ${passedOverWords(passedOver)}.`,
    { hint: hint === undefined ? formats : `${hint} ${formats}` },
  );
}
