import { listed, phrase, plural, type Text } from '../text/text.ts';

const EXTENSION =
  /\.(?:jpe?g|jpe|jfif|png|apng|webp|bmp|dib|gif|tiff?|ppm|pgm|pbm|pnm|avifs?|hei[cf]s?|hif|jxl|jp[2fx]|j2[kc]|jpc)$/i;

/** Whether a file's name is that of an image; hidden files (`._photo.jpg` of macOS) are not. */
export function isImageFile(name: string): boolean {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return !base.startsWith('.') && EXTENSION.test(base);
}

/** What SeMap finds beside images and does not read. */
export type PassedOverKind =
  /** A raw photo. */
  | 'raw'
  /** A picture of another format, such as Targa. */
  | 'picture'
  | 'drawing'
  | 'video'
  /** An image by its first bytes, whose name has no extension of an image. */
  | 'unnamed'
  /** An image that is hidden, or a hidden folder. */
  | 'hidden'
  /** Thumbnails, caches and deleted files that another program keeps: a folder, or a file. */
  | 'others';

/** What was passed over in folders. */
export interface PassedOver {
  readonly counts: Readonly<Partial<Record<PassedOverKind, number>>>;
  /** The first of them, in the order of the folders. */
  readonly files: readonly PassedOverFile[];
}

export interface PassedOverFile {
  readonly path: string;
  readonly kind: PassedOverKind;
}

/** Folders of other programs, in lower case: what lies in them are copies or was deleted, and no class. */
const FOLDERS: ReadonlySet<string> = new Set([
  // Synology, QNAP, Apple, Windows, Linux.
  '@eadir',
  '#recycle',
  '#snapshot',
  '@sharesnap',
  '@recycle',
  '@recently-snapshot',
  '.@__thumb',
  '__macosx',
  '.appledouble',
  '.trashes',
  '.spotlight-v100',
  '.fseventsd',
  '.temporaryitems',
  '$recycle.bin',
  'recycler',
  'recycled',
  'system volume information',
  'found.000',
  'lost+found',
  '.trash',
  '.thumbnails',
  '.sh_thumbnails',
  '.cache',
  // Programs that keep pictures, and notebooks.
  '.comments',
  '.picasaoriginals',
  '.dtrash',
  '.stversions',
  '.dropbox.cache',
  '.ipynb_checkpoints',
]);

/** Whether a folder holds what another program keeps for itself. */
export function isOthersFolder(name: string): boolean {
  const lower = name.toLowerCase();
  return FOLDERS.has(lower) || /^\.trash-\d+$/.test(lower) || lower.endsWith('.lrdata');
}

/** Whether a file is a thumbnail or a half of a file that another program keeps beside the picture. */
export function isOthersFile(name: string): boolean {
  return name.startsWith('._') || /^(?:SYNO(?:PHOTO|VIDEO)_THUMB_|(?:eh)?thumbs(?:_vista)?\.db$)/i.test(name);
}

/** Hidden folders in which nobody looks for images. */
const TOOLS: ReadonlySet<string> = new Set(
  ['git', 'svn', 'hg', 'semap', 'vscode', 'idea', 'venv', 'config', 'dvc', 'stfolder'].map(
    (name) => `.${name}`,
  ),
);

/** Whether a hidden folder is that of a tool, which is not worth a word. */
export function isToolFolder(name: string): boolean {
  const lower = name.toLowerCase();
  return TOOLS.has(lower) || lower.startsWith('.semap');
}

const KINDS: readonly (readonly [PassedOverKind, RegExp])[] = [
  [
    'raw',
    /\.(?:3fr|arw|bay|cr[23w]|dcr|dng|erf|fff|gpr|iiq|k25|kdc|mef|mos|mrw|nef|nrw|orf|pef|ptx|raf|raw|rw[2lz]|sr[2fw]|x3f)$/i,
  ],
  ['drawing', /\.(?:svgz?|ai|eps|ps|cdr|wmf|emf)$/i],
  ['video', /\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|m2?ts|3gp|flv)$/i],
  [
    'picture',
    /\.(?:tga|ps[db]|xcf|exr|hdr|ico|cur|icns|pcx|dds|sgi|jxr|wdp|jpm|pam|pfm|x[bp]m|qoi|fits?|dcm|bpg)$/i,
  ],
];

/** Files that are surely no images: their first bytes need no look. */
const NO_IMAGE =
  /\.(?:txt|md|rst|csv|tsv|jsonl?|ya?ml|toml|ini|cfg|xml|html?|css|js|ts|py|ipynb|r|m|sh|bat|log|lock|pdf|docx?|xlsx?|pptx?|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|npy|npz|pt|pth|pkl|h5|hdf5|mat|onnx|safetensors|parquet|arrow|db|sqlite|tfrecord|bin|wav|mp3|flac|ogg|m4a|xmp|thm|aae)$/i;

/** What a file is by its name: a kind that is passed over, `look` when only its first bytes tell, or nothing of interest. */
export function passedOverByName(name: string): PassedOverKind | 'look' | undefined {
  const known = KINDS.find(([, pattern]) => pattern.test(name));
  if (known) return known[0];
  return NO_IMAGE.test(name) ? undefined : 'look';
}

/** Of each kind: what one of them is, and so many of them. */
const WORDS: Readonly<Record<PassedOverKind, readonly [one: Text, counted: (count: number) => Text]>> = {
  raw: [phrase('raw photo'), (n) => plural(n, '{0} raw photo', '{0} raw photos')],
  picture: [
    phrase('picture in another format'),
    (n) => plural(n, '{0} picture in another format', '{0} pictures in other formats'),
  ],
  drawing: [phrase('drawing'), (n) => plural(n, '{0} drawing', '{0} drawings')],
  video: [phrase('video'), (n) => plural(n, '{0} video', '{0} videos')],
  unnamed: [
    phrase('image without an image file extension'),
    (n) =>
      plural(n, '{0} image without an image file extension', '{0} images without an image file extension'),
  ],
  hidden: [
    phrase('hidden image or folder'),
    (n) => plural(n, '{0} hidden image or folder', '{0} hidden images or folders'),
  ],
  others: [
    phrase('thumbnail or cache of another program'),
    (n) =>
      plural(n, '{0} thumbnail or cache of another program', '{0} thumbnails or caches of other programs'),
  ],
};

export function passedOverCount({ counts }: PassedOver): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** `5 raw photos and 1 drawing`. */
export function passedOverWords({ counts }: PassedOver): Text {
  const kinds = (Object.keys(WORDS) as PassedOverKind[]).filter((kind) => counts[kind]);
  return listed(kinds.map((kind) => WORDS[kind][1](counts[kind] ?? 0)));
}

/** What one of them is: `raw photo`. */
export function passedOverWord(kind: PassedOverKind): Text {
  return WORDS[kind][0];
}

/** What SeMap reads, and what a person can do about files that it does not read. */
export function readableHint(passedOver?: PassedOver): Text {
  const { raw, picture, drawing, unnamed } = passedOver?.counts ?? {};
  const formats = phrase(
    'SeMap reads JPEG, PNG, WebP, HEIC, AVIF, JPEG XL, JPEG 2000, GIF, BMP, TIFF and PPM files, also in subfolders.',
  );
  const hints = [
    ...(raw || picture || drawing ? [phrase('Convert them to JPEG or PNG.')] : []),
    ...(unnamed ? [phrase('Add an extension such as .jpg to the image names.')] : []),
  ];
  return hints.reduceRight((after, hint) => phrase('{0} {1}', hint, after), formats);
}
