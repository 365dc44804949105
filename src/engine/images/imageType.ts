import { phrase, type Text } from '../../core/text/text.ts';

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
const OTHERS: readonly (readonly [what: Text, is: (head: string) => boolean])[] = [
  [phrase('an AVIF image'), (head) => /^ftypavi[fs]/.test(head.slice(4))],
  [phrase('a HEIC image'), (head) => /^ftyp(?:he[iv]|mif1|msf1)/.test(head.slice(4))],
  [
    phrase('a raw photo'),
    (head) => RAW.some((magic) => head.startsWith(magic)) || head.slice(4).startsWith('ftypcrx '),
  ],
  [phrase('a video'), (head) => head.slice(4).startsWith('ftyp') || /^RIFF....AVI /s.test(head)],
  [phrase('a JPEG XL image'), (head) => head.startsWith('\xff\x0a') || head.slice(4).startsWith('JXL ')],
  [
    phrase('a JPEG 2000 image'),
    (head) => head.startsWith('\xff\x4f\xff\x51') || head.slice(4).startsWith('jP '),
  ],
  [phrase('an icon file'), (head) => head.startsWith('\0\0\x01\0') || head.startsWith('\0\0\x02\0')],
  [phrase('a Photoshop file'), (head) => head.startsWith('8BPS')],
  [phrase('a GIMP file'), (head) => head.startsWith('gimp xcf')],
  [phrase('an OpenEXR image'), (head) => head.startsWith('v/1\x01')],
  [phrase('a Radiance image'), (head) => /^#\?R(?:ADIANC|GB)E/.test(head)],
  [phrase('a DirectDraw image'), (head) => head.startsWith('DDS ')],
  [phrase('a QOI image'), (head) => head.startsWith('qoif')],
  [phrase('a PAM or PFM image'), (head) => /^P[7Ff]\s/.test(head)],
  [phrase('a PDF file'), (head) => head.startsWith('%PDF')],
  [phrase('an SVG drawing'), (head) => /^(?:ï»¿)?\s*(?:<\?xml[\s\S]*)?<svg[\s>]/i.test(head)],
  [phrase('a web page'), (head) => /^(?:ï»¿)?\s*<(?:!doctype html|html)/i.test(head)],
];
const LOOKED_AT = 512;

/** What a file is that is no image SeMap reads, in words; undefined when nothing tells. */
export function otherKind(bytes: Uint8Array): Text | undefined {
  // One character a byte: a byte order mark is three.
  const head = String.fromCharCode(...bytes.subarray(0, LOOKED_AT));
  return OTHERS.find(([, is]) => is(head))?.[0];
}
