import { phrase, type Text } from '../../core/text/text.ts';

/** `heif` is AVIF and HEIC: one kind of file, which says inside how its picture is coded. */
export type ImageType =
  | 'jpeg'
  | 'png'
  | 'webp'
  | 'bmp'
  | 'gif'
  | 'tiff'
  | 'pnm'
  | 'heif'
  | 'jxl'
  | 'jpeg2000';

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
  ['jxl', [0xff, 0x0a]],
  ['jxl', [0, 0, 0, 12, ...text('JXL \r\n'), 0x87, 0x0a]],
  ['jpeg2000', [0, 0, 0, 12, ...text('jP  \r\n'), 0x87, 0x0a]],
  ['jpeg2000', [0xff, 0x4f, 0xff, 0x51]],
];

/** The type of an image by its first bytes, whatever the file is called. */
export function identifyImage(bytes: Uint8Array): ImageType | undefined {
  const known = MAGIC.find(([, magic]) => magic.every((byte, i) => byte === undefined || bytes[i] === byte));
  if (known) return known[0];
  if (isHeif(bytes)) return 'heif';
  // P1 to P6, then a blank or a comment.
  const isPnm = bytes[0] === 0x50 && bytes[1] >= 0x31 && bytes[1] <= 0x36;
  return isPnm && [0x09, 0x0a, 0x0d, 0x20, 0x23].includes(bytes[2]) ? 'pnm' : undefined;
}

/** Brands of files with pictures, among them those of animations, which have a first picture beside. */
const HEIF_BRAND = /^(?:avi[fs]|hei[cxms]|hev[cxms]|mif[12]|msf1|miaf)$/;
/** Of a Canon raw photo, which says that it is like HEIF. */
const RAW_BRAND = 'crx ';
const MOST_BRANDS = 32;

/** Whether one of the brands in the first box is one of HEIF's. */
function isHeif(bytes: Uint8Array): boolean {
  const latin1 = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (latin1(4, 8) !== 'ftyp' || latin1(8, 12) === RAW_BRAND) return false;
  const end = Math.min(Buffer.from(bytes.subarray(0, 4)).readUInt32BE(), bytes.length, 4 * MOST_BRANDS);
  for (let at = 8; at + 4 <= end; at += 4) {
    // The second number is a version.
    if (at !== 12 && HEIF_BRAND.test(latin1(at, at + 4))) return true;
  }
  return false;
}

/** Of Fujifilm, Olympus, Panasonic, Minolta and Sigma; most others are TIFF files. */
const RAW = ['FUJIFILMCCD-RAW', 'IIRO', 'IIRS', 'IIU\0', 'MMOR', '\0MRM', 'FOVb'];

/** Beginnings of files that are pictures of another kind, or that people take for some. */
const OTHERS: readonly (readonly [what: Text, is: (head: string) => boolean])[] = [
  [
    phrase('a raw photo'),
    (head) => RAW.some((magic) => head.startsWith(magic)) || head.slice(4).startsWith('ftypcrx '),
  ],
  [phrase('a video'), (head) => head.slice(4).startsWith('ftyp') || /^RIFF....AVI /s.test(head)],
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
