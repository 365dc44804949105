import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { type AlignmentDifference, differenceOf } from '../../core/alignments/alignmentDifference.ts';
import { type SemapError, toSemapError } from '../../core/errors.ts';
import type { AlignmentComparison } from '../../core/evidence/comparison.ts';
import { Listeners } from '../../core/listeners.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** An alignment that is compared. */
export interface ComparedAlignment {
  /** Address of the document, as text. */
  readonly uri: string;
  /** File name. */
  readonly name: string;
  readonly document: AlignmentDocument;
  /** Undefined when the backbone is not there: then only the documents are compared. */
  readonly backbone: string | undefined;
}

export type ImagesPhase =
  | { readonly kind: 'none' }
  | { readonly kind: 'working'; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly error: SemapError }
  | { readonly kind: 'done'; readonly result: AlignmentComparison };

/** Two alignments and, when there are images, what they make of them. */
export class Comparison {
  readonly sides: readonly [ComparedAlignment, ComparedAlignment];
  readonly difference: AlignmentDifference;
  /** What is another by now than when another window compared them. */
  readonly notes: readonly string[];
  /** Images that the other window compared on. */
  readonly expected: number;
  readonly #changed = new Listeners();
  #folders: readonly string[] = [];
  #images: ImagesPhase = { kind: 'none' };
  #abort = new AbortController();

  readonly onDidChange = this.#changed.on;

  /** @param before what another window that compared them has left */
  constructor(
    sides: readonly [ComparedAlignment, ComparedAlignment],
    before: { readonly notes: readonly string[]; readonly images: number } = { notes: [], images: 0 },
  ) {
    this.sides = sides;
    this.notes = before.notes;
    this.expected = before.images;
    this.difference = differenceOf(sides[0].document, sides[1].document);
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  get images(): ImagesPhase {
    return this.#images;
  }

  cancel(): void {
    this.#abort.abort();
  }

  /**
   * Compares on folders of images: those that a backbone has not seen run once, unless only what is in the cache is
   * wanted. Never rejects.
   */
  async on(
    folders: readonly string[],
    engine: Engine,
    { cachedOnly = false }: { readonly cachedOnly?: boolean } = {},
  ): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#folders = folders;
    const show = (images: ImagesPhase) => {
      if (signal !== this.#abort.signal) return;
      this.#images = images;
      this.#changed.tell();
    };
    show({ kind: 'working', done: 0, total: 0 });
    try {
      const sides = this.sides.map(({ backbone, document }) => ({
        // A backbone that is not there fails with the message that helps.
        backbone: backbone ?? document.backbone.name,
        alignment: document,
      }));
      const seen = new Set<string>();
      if (cachedOnly) await Promise.all(folders.map(mustBeFolder));
      for (const side of cachedOnly ? [] : sides) {
        if (seen.has(side.backbone)) continue;
        seen.add(side.backbone);
        const { cancelled } = await engine.call(
          'classify',
          { folders, ...side },
          { signal, onProgress: ({ done, total }) => show({ kind: 'working', done, total }) },
        );
        if (cancelled) return show({ kind: 'none' });
      }
      const [first, second] = sides;
      const result = await engine.call('compareAlignments', { folders, sides: [first, second] }, { signal });
      show({ kind: 'done', result });
    } catch (thrown) {
      const error = toSemapError(thrown);
      show(error.reason === 'cancelled' ? { kind: 'none' } : { kind: 'failed', error });
    }
  }
}
