import type { Layout } from '../../folders/layout.ts';
import { IN_SPLITS } from '../../folders/layout.ts';
import { type Shell, shellLine } from '../../text/shellWords.ts';
import type { ExportedRun } from '../exportedRun.ts';

/** The command line that gives the same answers, for the terminal of the machine that the folders are on. */
export function reproducingLine(run: ExportedRun): string | undefined {
  const { command, folders } = run;
  if (command) {
    const shell = shellOf(command.folder);
    return `${shellLine(['cd', command.folder], shell)}\n${shellLine(withoutOutputs(command.words), shell)}`;
  }
  const words = reproducingWords(run);
  return words && shellLine(words, shellOf(folders[0]));
}

/** A command as it was typed, but for the files that it wrote: nothing is written over by who tries it. */
function withoutOutputs(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, i) =>
      word !== '--json' && !word.startsWith('--csv=') && word !== '--csv' && words[i - 1] !== '--csv',
  );
}

/** The same, word by word; undefined where the source does not say enough. */
function reproducingWords(run: ExportedRun): readonly string[] | undefined {
  const { folders, split, caution, settling } = run;
  const answering = answeringWords(run);
  if (folders.length === 0 || answering === undefined) return undefined;
  const { all, labels = {} } = caution?.thresholds ?? {};
  return [
    'semap',
    'classify',
    ...folders,
    ...answering,
    ...layoutWords(run.layouts ?? [], folders),
    ...(split === undefined ? [] : ['--split', split]),
    ...(settling?.mode === 'always' && !settling.balanced ? ['--settle'] : []),
    ...(settling?.balanced ? ['--balanced'] : []),
    // Without a record of settling, or where the plain answers are shown.
    ...(settling?.shown ? [] : ['--no-settle']),
    ...(caution?.none ? ['--none', String(caution.none.errorRate)] : []),
    ...(all === undefined ? [] : ['--threshold', String(all)]),
    ...Object.entries(labels).flatMap(([label, least]) => ['--threshold', `${label}=${least}`]),
    ...(caution?.rollUp ? ['--roll-up'] : []),
  ];
}

/** What answers: an alignment, or how one is made. */
function answeringWords({
  alignment,
  alignmentFile,
  keptAlignment = alignmentFile,
}: ExportedRun): readonly string[] | undefined {
  if (keptAlignment !== undefined) return ['--alignment', keptAlignment];
  if (alignment === undefined) return undefined;
  // What was edited, learned or joined is in the document alone.
  const { backbone, head, members = [], method } = alignment;
  if (head || members.length > 0 || method.labelled) return undefined;
  const { name, k, seed, similarity } = method;
  return [
    ...['--backbone', backbone.path ?? backbone.name, '--method', name, '--similarity', similarity],
    ...(k === undefined ? [] : ['-k', String(k)]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
  ];
}

/** One layout for all folders, where it is another than what is recognized. */
function layoutWords(layouts: readonly (Layout | null)[], folders: readonly string[]): readonly string[] {
  const [first] = layouts;
  if (!first || folders.length !== 1) return [];
  switch (first.kind) {
    case 'flat':
    case 'names':
      return ['--layout', first.kind];
    case 'classes':
      return first.level === 1 ? [] : ['--layout', `nested:${first.level}`];
    case 'table': {
      const { file } = first.table;
      return file.startsWith(IN_SPLITS)
        ? []
        : ['--layout', `table:${isAbsolute(file) ? file : `${folders[0]}/${file}`}`];
    }
  }
}

function isAbsolute(file: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:)/.test(file);
}

function shellOf(folder: string): Shell {
  return /^(?:[A-Za-z]:\\|\\\\)/.test(folder) ? 'powershell' : 'posix';
}
