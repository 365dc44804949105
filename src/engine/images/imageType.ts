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
  // BigTIFF.
  ['tiff', [...text('II'), 43, 0]],
  ['tiff', [...text('MM'), 0, 43]],
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

/** Of Fujifilm, Olympus, Panasonic, Minolta and Sigma; most others are TIFF files. */
const RAW = ['FUJIFILMCCD-RAW', 'IIRO', 'IIRS', 'IIU\0', 'MMOR', '\0MRM', 'FOVb'];

/** Beginnings of files that are pictures of another kind, or that people take for some. */
const OTHERS: readonly (readonly [what: string, is: (head: string) => boolean])[] = [
  ['an AVIF picture', (head) => /^ftypavi[fs]/.test(head.slice(4))],
  ['a HEIC picture', (head) => /^ftyp(?:he[iv]|mif1|msf1)/.test(head.slice(4))],
  [
    'a raw photo',
    (head) => RAW.some((magic) => head.startsWith(magic)) || head.slice(4).startsWith('ftypcrx '),
  ],
  ['a video', (head) => head.slice(4).startsWith('ftyp') || /^RIFF....AVI /s.test(head)],
  ['a JPEG XL picture', (head) => head.startsWith('\xff\x0a') || head.slice(4).startsWith('JXL ')],
  ['a JPEG 2000 picture', (head) => head.startsWith('\xff\x4f\xff\x51') || head.slice(4).startsWith('jP ')],
  ['an icon file', (head) => head.startsWith('\0\0\x01\0') || head.startsWith('\0\0\x02\0')],
  ['a Photoshop file', (head) => head.startsWith('8BPS')],
  ['a GIMP file', (head) => head.startsWith('gimp xcf')],
  ['an OpenEXR picture', (head) => head.startsWith('v/1\x01')],
  ['a Radiance picture', (head) => /^#\?R(?:ADIANC|GB)E/.test(head)],
  ['a DirectDraw picture', (head) => head.startsWith('DDS ')],
  ['a QOI picture', (head) => head.startsWith('qoif')],
  ['a PAM or PFM picture', (head) => /^P[7Ff]\s/.test(head)],
  ['a PDF file', (head) => head.startsWith('%PDF')],
  ['an SVG drawing', (head) => /^(?:ï»¿)?\s*(?:<\?xml[\s\S]*)?<svg[\s>]/i.test(head)],
  ['a web page', (head) => /^(?:ï»¿)?\s*<(?:!doctype html|html)/i.test(head)],
];
const LOOKED_AT = 512;

/** What a file is that is no image SeMap reads, in words; undefined when nothing tells. */
export function otherKind(bytes: Uint8Array): string | undefined {
  // One character a byte: a byte order mark is three.
  const head = String.fromCharCode(...bytes.subarray(0, LOOKED_AT));
  return OTHERS.find(([, is]) => is(head))?.[0];
}
