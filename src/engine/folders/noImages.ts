import { SemapError } from '../../core/errors.ts';
import { type PassedOver, passedOverHint, passedOverWords } from '../../core/images/imageFiles.ts';
import { phrase, verbatim } from '../../core/text/text.ts';

/** The error for folders without an image, which says what is there instead. */
export function noImages(folders: readonly string[], passedOver: PassedOver | undefined): SemapError {
  const formats = 'SeMap reads JPEG, PNG, WebP, BMP, GIF, TIFF and PPM files, also in subfolders.';
  const where = folders.join(', ');
  if (!passedOver)
    return new SemapError('no-images', phrase('There are no images in {0}.', where), {
      hint: verbatim(formats),
    });
  const hint = passedOverHint(passedOver);
  return new SemapError(
    'no-images',
    phrase('There are no images that SeMap reads in {0}, only {1}.', where, passedOverWords(passedOver)),
    { hint: hint === undefined ? verbatim(formats) : phrase('{0} {1}', hint, formats) },
  );
}
