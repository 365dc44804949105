import type { AlignmentDocument } from '../alignments/alignment.ts';
import type { CautionSettings } from '../caution/cautiousAnswers.ts';
import type { ImageFolders, SplitName } from '../folders/layout.ts';
import type { PassedOver } from '../images/imageFiles.ts';
import type { LooksOfImage } from '../likeness/looks.ts';
import type { AnswerFigures } from '../runs/answerFigures.ts';
import type { DeviceInfo, SkippedImage } from '../runs/run.ts';
import type { SettlingRecord } from '../runs/settlingRecord.ts';
import type { Text } from '../text/text.ts';

/*
 * What leaves a classification, whoever keeps it: a run of this window, a record in `.semap/runs`, what `semap classify
 * --json` printed, or the merged result of a job. Every format reads this and nothing else.
 */

/** What there is to say once. */
export interface ExportedRun {
  /** The target labels, in the order of the alignment. */
  readonly labels: readonly string[];
  /** Absolute. */
  readonly folders: readonly string[];
  /** What the backbone is called, or the backbones together. */
  readonly backbone: string;
  /** Absent where the source does not have it. */
  readonly alignment?: AlignmentDocument | undefined;
  /** File of the alignment's document, where it has one. */
  readonly alignmentFile?: string | undefined;
  /** A copy of the alignment as it answered, with absolute paths, where one was kept. */
  readonly keptAlignment?: string | undefined;
  /** What was typed to make it, and in which folder, where that is known. */
  readonly command?: { readonly folder: string; readonly words: readonly string[] } | undefined;
  /** ISO time of the start. */
  readonly time?: string | undefined;
  /** All images that have an answer, whatever is exported of them. */
  readonly images: number;
  /** False for what was stopped, failed, or is still running. */
  readonly complete: boolean;
  /** Of the answers that are shown; undefined before the end. */
  readonly figures: AnswerFigures | undefined;
  readonly device?: DeviceInfo | undefined;
  readonly seconds?: number | undefined;
  readonly skipped: readonly SkippedImage[];
  readonly passedOver?: PassedOver | undefined;
  /** How each folder was laid out; absent: as it is recognized. */
  readonly layouts?: ImageFolders['layouts'];
  /** Only images of it were classified. */
  readonly split?: SplitName | undefined;
  /** How sure an answer had to be, where anything was asked. */
  readonly caution?: CautionSettings | undefined;
  readonly settling?: SettlingRecord | undefined;
  /** What whoever exports should know of it. */
  readonly notes?: readonly Text[] | undefined;
  /** Which fields images have. */
  readonly has: {
    readonly splits: boolean;
    /** Plain and settled answers beside the one that is shown. */
    readonly settled: boolean;
    /** `said` may be something else than `label`. */
    readonly caution: boolean;
    /** What images are whatever their labels. */
    readonly looks: boolean;
  };
  /** What stands before the predictions in JSON, as `semap classify --json` names it. */
  readonly head: Readonly<Record<string, unknown>>;
}

/** An answer and how sure it is. */
interface ExportedAnswer {
  readonly label: string;
  readonly confidence: number;
}

export interface ExportedImage {
  /** Absolute. */
  readonly path: string;
  /** Which of the folders it lies in, -1 for none. */
  readonly folder: number;
  /** Its path below that folder, with "/"; the file's name where it lies in none. */
  readonly relative: string;
  /** What is said of it: what a person said, else the answer or the common kind; '' for none of the labels and not sure. */
  readonly label: string;
  readonly said: 'label' | 'kind' | 'none' | 'not sure';
  /** WordNet sense of a kind. */
  readonly sense?: string | undefined;
  /** The best label, whatever is said. */
  readonly answer: string;
  /** Of the answer, or of the kind. */
  readonly confidence: number;
  /** What its folder or a table says that it is of, where they say one of the labels. */
  readonly truth?: string | undefined;
  /** Whether the answer is measured by the truth: not where something was learned from the image. */
  readonly judged: boolean;
  /** What a person said; null for none of the labels, undefined for nothing. */
  readonly given?: string | null | undefined;
  readonly split?: SplitName | undefined;
  /** What the mapping alone says, where images were settled. */
  readonly plain?: ExportedAnswer | undefined;
  /** What settling says. */
  readonly settled?: ExportedAnswer | undefined;
  /** The source labels that spoke for it, the strongest first; at most three. */
  readonly fired?: readonly { readonly label: string; readonly share: number }[] | undefined;
  readonly looks?: LooksOfImage | undefined;
}

export interface ExportSource {
  readonly run: ExportedRun;
  /** In pieces, in natural order of the paths below the folders. Can be asked for more than once. */
  images(): AsyncIterable<readonly ExportedImage[]>;
}

/** The same source with what its images are whatever their labels. */
export function withLooks(
  source: ExportSource,
  looksOf: (path: string) => LooksOfImage | undefined,
): ExportSource {
  return {
    run: { ...source.run, has: { ...source.run.has, looks: true } },
    async *images() {
      for await (const some of source.images())
        yield some.map((image) => ({ ...image, looks: image.looks ?? looksOf(image.path) }));
    },
  };
}

/** What is known of an image: what a person said of it, else its truth; null for none of the labels, undefined for nothing. */
export function knownLabel({ given, truth }: ExportedImage): string | null | undefined {
  return given === undefined ? truth : given;
}

/** Where an image lies: in which of the folders, and its path below that. @param separator of the paths' machine */
export function placedBelow(
  path: string,
  folders: readonly string[],
  separator: string,
): Pick<ExportedImage, 'folder' | 'relative'> {
  for (const [folder, root] of folders.entries()) {
    const start = root.endsWith(separator) ? root : root + separator;
    if (path.startsWith(start))
      return { folder, relative: path.slice(start.length).replaceAll(separator, '/') };
  }
  return { folder: -1, relative: path.slice(path.lastIndexOf(separator) + 1) };
}
