import { invalidArgument, type Problem } from '../errors.ts';
import { phrase } from '../text/text.ts';

/** What a data set is parted into: to learn from, to choose by, to measure on. */
export const splitNames = ['train', 'val', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

export function isSplitName(data: unknown): data is SplitName {
  return splitNames.some((name) => name === data);
}

const SPLITS: ReadonlyMap<string, SplitName> = new Map([
  ...(['train', 'training', 'trn'] as const).map((name) => [name, 'train'] as const),
  ...(['val', 'valid', 'validation', 'validate', 'dev'] as const).map((name) => [name, 'val'] as const),
  ...(['test', 'testing', 'tst', 'eval', 'evaluation'] as const).map((name) => [name, 'test'] as const),
]);

/** The split that a folder, a cell or an argument is called after, in any case, also `training_set` and `test-images`. */
export function splitOf(name: string): SplitName | undefined {
  const words = name.trim().toLowerCase();
  return SPLITS.get(words) ?? SPLITS.get(words.replace(/[ _-]?(?:set|split|data|images?|imgs?)$/, ''));
}

/** How the images of a folder are told apart: data that calls carry and runs keep. */
export type Layout = {
  /** Which folder names the split: 0 is the chosen one, 1 one directly in it; absent: none does. */
  readonly splitLevel?: number | undefined;
} & (
  | /** All images together: their folders say nothing. */ { readonly kind: 'flat' }
  | /** Which folder below the chosen one is the class, counted from 1. */ {
      readonly kind: 'classes';
      readonly level: number;
    }
  | /** What file names begin with: `cat.0.jpg`, `cat_001.jpg`. */ { readonly kind: 'names' }
  | /** What a table says; images that it lacks are in their first folder. */ {
      readonly kind: 'table';
      readonly table: LayoutTable;
    }
);

/** Begins the name of a table that each of the split folders has. */
export const IN_SPLITS = 'each split/';

export interface LayoutTable {
  /** Relative to the folder, with `/`; or absolute. After {@link IN_SPLITS}: one in each split folder. */
  readonly file: string;
  /** Headers of its columns: which image, what it is of, and of which split it is. */
  readonly image: string;
  readonly label: string;
  readonly split?: string | undefined;
}

/** Class folders directly below the chosen one. */
export const CLASS_FOLDERS: Layout = { kind: 'classes', level: 1 };

/** A layout as it is asked for: `nested:2`; what `auto` finds of splits is not in it. {@link readAskedLayout} reads it. */
export function askedLayoutText(layout: Layout): string {
  if (layout.kind === 'table') return `table:${layout.table.file}`;
  if (layout.kind !== 'classes') return layout.kind;
  return layout.level === 1 ? 'classes' : `nested:${layout.level}`;
}

/** Folders of images, as calls name them. */
export interface ImageFolders {
  /** Symbolic links to folders are followed once. */
  readonly folders: readonly string[];
  /**
   * How each of them is laid out, in their order; where one is absent, the engine recognizes it, but for names of files:
   * these are classes only where somebody says so.
   */
  readonly layouts?: readonly (Layout | null)[] | undefined;
  /** Only images of this split; absent: all. */
  readonly split?: SplitName | undefined;
  /**
   * Folder of a job whose results answer: for its images, in the place of what lies in the folders, and in the place of
   * backbones. Neither need be on this machine.
   */
  readonly job?: string | undefined;
}

/** A split of a folder. */
export interface FoundSplit {
  readonly split: SplitName;
  /** What it is called there: several where `val` and `valid` lie beside each other. */
  readonly names: readonly string[];
  readonly classes: number;
  /** Absent where images were not counted. */
  readonly images?: number | undefined;
}

/** A way in which a folder may be laid out, and what comes of it. */
export interface LayoutOption {
  readonly layout: Layout;
  /** How many classes there are, as far as that is known without looking through all images. */
  readonly classes: number;
  /** The first of them. */
  readonly examples: readonly string[];
  /** Of a table: headers of the columns that may have the labels. */
  readonly columns?: readonly string[] | undefined;
  /** In the order of {@link splitNames}; empty where there are none. */
  readonly splits: readonly FoundSplit[];
}

/** Whether a person would read a folder so anyway: class folders directly in it, or images alone. */
export function goesWithoutSaying({ layout, splits }: LayoutOption): boolean {
  const isPlain = layout.kind === 'flat' || (layout.kind === 'classes' && layout.level === 1);
  // A folder that is itself a split has one.
  return isPlain && !layout.splitLevel && splits.length < 2;
}

/** What a folder's layout was recognized to be. */
export interface FolderLayout extends LayoutOption {
  /** Absolute. */
  readonly folder: string;
  /** Other ways, the likeliest first: levels of nested folders, a table, flat. */
  readonly alternatives: readonly LayoutOption[];
  /** Tables beside the images that cannot be read as labels, by name, with the reason and what to do. */
  readonly refused: readonly RefusedTable[];
}

export interface RefusedTable {
  readonly file: string;
  readonly problem: Problem;
}

/** Whether `data`, which may be of anyone, is a layout. */
export function isLayout(data: unknown): data is Layout {
  const { kind, level, splitLevel, table } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (splitLevel !== undefined && splitLevel !== 0 && !isLevel(splitLevel)) return false;
  if (kind === 'classes') return isLevel(level) && level !== splitLevel;
  if (kind !== 'table') return kind === 'flat' || kind === 'names';
  const { file, image, label, split } = (table ?? {}) as Readonly<Record<string, unknown>>;
  return [file, image, label, split ?? ''].every((text) => typeof text === 'string');
}

function isLevel(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 64;
}

/** Whether images are told apart in the same way. */
export function isSameLayout(a: Layout, b: Layout): boolean {
  return keyOfLayout(a) === keyOfLayout(b);
}

/** A layout with the split folders of another, unless they are its classes. */
export function withSplitOf(layout: Layout, { splitLevel }: Layout): Layout {
  if (splitLevel === undefined || (layout.kind === 'classes' && layout.level === splitLevel)) return layout;
  return { ...layout, splitLevel };
}

/** A text that differs where a layout does. */
function keyOfLayout(layout: Layout): string {
  const { kind, splitLevel = -1 } = layout;
  if (kind === 'classes') return `classes ${layout.level} ${splitLevel}`;
  if (kind !== 'table') return `${kind} ${splitLevel}`;
  const { file, image, label, split } = layout.table;
  return `table ${splitLevel} ${JSON.stringify([file, image, label, split])}`;
}

/** Of something that names folders of images, what names them. */
export function imageFolders({ folders, layouts, split, job }: ImageFolders): ImageFolders {
  return { folders, ...(layouts && { layouts }), ...(split && { split }), ...(job !== undefined && { job }) };
}

/** Whether `data`, which may be of anyone, names folders of images. */
export function isImageFolders(data: object): data is ImageFolders {
  const { folders, layouts = [], split, job } = data as Readonly<Record<string, unknown>>;
  return (
    Array.isArray(folders) &&
    folders.every((folder) => typeof folder === 'string') &&
    Array.isArray(layouts) &&
    layouts.every((layout) => layout === null || isLayout(layout)) &&
    (split === undefined || isSplitName(split)) &&
    (job === undefined || typeof job === 'string')
  );
}

/** What `--layout` may be: a kind, or what makes one. */
export type AskedLayout =
  | { readonly kind: 'auto' | 'flat' | 'classes' | 'names' }
  | { readonly kind: 'nested'; readonly level: number }
  | { readonly kind: 'table'; readonly file: string };

/**
 * Reads `auto`, `flat`, `classes`, `nested:2`, `names` or `table:labels.csv`.
 * @throws {SemapError} `invalid-argument`
 */
export function readAskedLayout(text: string): AskedLayout {
  if (text === 'auto' || text === 'flat' || text === 'classes' || text === 'names') return { kind: text };
  const nested = /^nested:(\d{1,2})$/.exec(text);
  const level = Number(nested?.[1]);
  if (isLevel(level)) return { kind: 'nested', level };
  const file = text.startsWith('table:') ? text.slice('table:'.length).trim() : '';
  if (file !== '') return { kind: 'table', file };
  throw invalidArgument(phrase('Unknown layout "{0}".', text), {
    hint: phrase('Use auto, flat, classes, nested:LEVEL, names or table:FILE.'),
  });
}
