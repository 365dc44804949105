import type { DocumentExpectation } from '../expectations/statedExpectations.ts';
import type { AlignmentDocument, AlignmentMember } from './alignment.ts';

/** What a path in a document leads to. */
export type NamedFile = 'backbone' | 'folder' | 'prompt' | 'head';

/** The document with the paths that it names changed. */
export function withPaths(
  document: AlignmentDocument,
  change: (file: string, what: NamedFile) => string,
): AlignmentDocument {
  const { folders, members, expectations } = document;
  return {
    ...document,
    ...answeringPaths(document, change),
    ...(folders && { folders: folders.map((folder) => change(folder, 'folder')) }),
    ...(expectations && { expectations: expectations.map((one) => withFolderOf(one, change)) }),
    ...(members && { members: members.map((member) => ({ ...member, ...answeringPaths(member, change) })) }),
  };
}

function withFolderOf(
  entry: DocumentExpectation,
  change: (file: string, what: NamedFile) => string,
): DocumentExpectation {
  if (typeof entry === 'string' || entry.folder === undefined) return entry;
  return { ...entry, folder: change(entry.folder, 'folder') };
}

function folderIn(entry: DocumentExpectation | undefined, otherwise: string): string {
  return typeof entry === 'object' ? (entry.folder ?? otherwise) : otherwise;
}

/** The paths that a document names, each with what it leads to. */
export function namedPaths(
  document: AlignmentDocument,
): { readonly file: string; readonly what: NamedFile }[] {
  const named: { file: string; what: NamedFile }[] = [];
  withPaths(document, (file, what) => {
    named.push({ file, what });
    return file;
  });
  return named;
}

function answeringPaths(
  { backbone, prompt, head }: Pick<AlignmentMember, 'backbone' | 'prompt' | 'head'>,
  change: (file: string, what: NamedFile) => string,
): Partial<Pick<AlignmentMember, 'backbone' | 'prompt' | 'head'>> {
  return {
    ...(backbone.path !== undefined && {
      backbone: { ...backbone, path: change(backbone.path, 'backbone') },
    }),
    ...(prompt !== undefined && { prompt: change(prompt, 'prompt') }),
    ...(head && { head: { ...head, file: change(head.file, 'head') } }),
  };
}

/** The document with the paths of another version of it, of the same backbones. */
export function withPathsOf(
  document: AlignmentDocument,
  { folders, expectations, ...other }: AlignmentDocument,
): AlignmentDocument {
  return {
    ...document,
    ...namesOf(document, other),
    folders,
    ...(document.expectations && {
      expectations: document.expectations.map((one, i) =>
        withFolderOf(one, (own) => folderIn(expectations?.[i], own)),
      ),
    }),
    ...(document.members && {
      members: document.members.map((member, m) => ({ ...member, ...namesOf(member, other.members?.[m]) })),
    }),
  };
}

type Named = Pick<AlignmentMember, 'backbone' | 'prompt' | 'head'>;

function namesOf(own: Named, { backbone, prompt, head }: Named = own): Partial<Named> {
  return { backbone, ...(prompt !== undefined && { prompt }), ...(head && { head }) };
}
