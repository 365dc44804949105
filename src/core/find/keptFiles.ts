import type { AlignmentDocument } from '../alignments/alignment.ts';
import { type NamedFile, namedPaths, withPaths } from '../alignments/documentPaths.ts';
import type { ReuseWay } from '../reuse/reuse.ts';

/** A file that goes beside a document. */
export interface FileBeside {
  /** As the document names it. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** A document and the files that it names. */
export interface DocumentWithFiles {
  readonly document: AlignmentDocument;
  readonly heads: readonly FileBeside[];
  readonly prompts: readonly FileBeside[];
}

/** What a document of a way is called after its folder and backbone: `settled`, `zero-shot`, `watermark-prompt-blm+`. */
export function keptName({ prompt, scores, settled }: ReuseWay): string {
  // What settling made of a folder is kept as a mixture, which is no word of a person.
  if (scores === 'mixture') return 'settled';
  if (scores === 'semap') return settled ? 'zero-shot-settled' : 'zero-shot';
  const before = prompt && prompt.kind !== 'none' ? [prompt.kind, 'prompt'] : [];
  return [...before, scores, ...(settled ? ['settled'] : [])].join('-');
}

/** Endings of the files beside a document. */
const ENDINGS = { head: 'head.safetensors', prompt: 'prompt.safetensors' } as const;

/** The files beside a document that SeMap wrote with it, as it names them: heads and prompts in the same folder. */
export function namesBeside(document: AlignmentDocument): readonly string[] {
  return namedPaths(document)
    .map(({ file }) => file)
    .filter(
      (file) => !/[\\/]/.test(file) && Object.values(ENDINGS).some((ending) => file.endsWith(`.${ending}`)),
    );
}

/**
 * The document with the files beside it called after it: `NAME.head.safetensors`, `NAME.prompt.safetensors`, those of
 * further backbones with a number before the ending. One that the document names twice is one file.
 * @param change what becomes of the other paths in the document
 */
export function filesBeside(
  { document, heads, prompts }: DocumentWithFiles,
  name: string,
  change: (file: string, what: NamedFile) => string = (file) => file,
): { readonly document: AlignmentDocument; readonly files: readonly FileBeside[] } {
  const named = (what: keyof typeof ENDINGS, files: readonly FileBeside[]) =>
    files.map(({ file, bytes }, i) => ({
      what,
      before: file,
      file: `${name}.${i === 0 ? '' : `${i + 1}.`}${ENDINGS[what]}`,
      bytes,
    }));
  const all = [...named('head', heads), ...named('prompt', prompts)];
  return {
    document: withPaths(document, (file, what) => {
      const own = all.find((one) => one.what === what && one.before === file);
      return own ? own.file : change(file, what);
    }),
    files: all.map(({ file, bytes }) => ({ file, bytes })),
  };
}
