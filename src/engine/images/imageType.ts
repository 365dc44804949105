export type ImageType = 'jpeg' | 'png' | 'webp' | 'bmp' | 'gif' | 'tiff' | 'pnm';

const text = (s: string): readonly number[] => [...s].map((c) => c.charCodeAt(0));

/** First bytes of each type; `undefined` stands for any byte. */
const MAGIC: readonly (readonly [ImageType, readonly (number | undefined)[]])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, ...text('PNG\r\n'), 0x1a, 0x0a]],
  ['gif', text('GIF87a')],
  ['gif', text('GIF89a')],
  ['webp', [...text('RIFF'), undefined, undefined, undefined, undefined, ...text('WEBP')]],
  ['tiff', [...text('II'), 42, 0]],
  ['tiff', [...text('MM'), 0, 42]],
  ['bmp', text('BM')],
];

/** The type of an image by its first bytes, whatever the file is called. */
export function identifyImage(bytes: Uint8Array): ImageType | undefined {
  const known = MAGIC.find(([, magic]) => magic.every((byte, i) => byte === undefined || bytes[i] === byte));
  if (known) return known[0];
  // P1 to P6, then a blank or a comment.
  const isPnm = bytes[0] === 0x50 && bytes[1] >= 0x31 && bytes[1] <= 0x36;
  return isPnm && [0x09, 0x0a, 0x0d, 0x20, 0x23].includes(bytes[2]) ? 'pnm' : undefined;
}
