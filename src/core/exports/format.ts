import type { Language, Text } from '../text/text.ts';
import type { ExportSource } from './exportedRun.ts';
import type { ExportFilter } from './exportFilter.ts';

/** A question that only some formats ask: a switch, a choice, or a text. */
export interface FormatOption {
  /** As the command line has it, without the dashes. */
  readonly name: string;
  /** What a form calls it. */
  readonly title: Text;
  readonly detail: Text;
  /** What its text is called in the help; absent for a switch and a choice. */
  readonly value?: string | undefined;
  /** What may be chosen, the first where nothing is. */
  readonly choices?: readonly { readonly id: string; readonly title: Text }[] | undefined;
}

/** What was answered: a switch is `true` or absent. */
export type FormatOptions = Readonly<Record<string, string | true | undefined>>;

/** What formats ask the one who exports for. */
export interface ExportContext {
  /** Of SeMap. */
  readonly version: string;
  /** The reader's. */
  readonly language: Language;
  /** Which images were chosen; absent: all of the run. */
  readonly filter?: ExportFilter | undefined;
  /** A small upright JPEG or PNG of an image, with its media type; undefined where it cannot be had. */
  thumbnail?(path: string, size: number): Promise<{ type: string; bytes: Uint8Array } | undefined>;
}

interface FormatWords {
  readonly id: string;
  readonly title: Text;
  readonly detail: Text;
  readonly options?: readonly FormatOption[] | undefined;
  /** Whether it says, or goes by, near-duplicates and sizes of images, which a source may not know. */
  readonly wants?: { readonly looks?: true } | undefined;
}

/** One file, written in pieces. */
export interface FileFormat extends FormatWords {
  readonly kind: 'file';
  /** Without the dot. */
  readonly extension: string;
  write(
    source: ExportSource,
    options: FormatOptions,
    context: ExportContext,
  ): AsyncIterable<string | Uint8Array>;
  /** Small files that belong beside it: endings that follow its name, and what they hold. */
  beside?(
    source: ExportSource,
    options: FormatOptions,
  ): readonly { readonly ending: string; readonly text: string }[];
}

/** Copies of images in folders; the plan is in `tree*.ts`. */
export interface TreeFormat extends FormatWords {
  readonly kind: 'tree';
}

/** A file beside each image. */
export interface SidecarsFormat extends FormatWords {
  readonly kind: 'sidecars';
}

export type Format = FileFormat | TreeFormat | SidecarsFormat;
