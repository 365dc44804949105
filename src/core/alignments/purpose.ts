import type { AlignmentDocument } from './alignment.ts';
import { fittingLabels, plainLabel } from './fittingLabels.ts';

/** What an alignment is wanted for. */
export interface Purpose {
  /** Absolute paths of the folders of images. */
  readonly folders: readonly string[];
  /** Their class folders; empty: there are none, so the images may be anything. */
  readonly classes: readonly string[];
  /** Hash of the backbone; undefined: not known yet, and that of no alignment. */
  readonly backbone: string | undefined;
  /** Hashes of further backbones that are to answer with it; absent or empty: whatever an alignment has beside it. */
  readonly beside?: readonly (string | undefined)[] | undefined;
}

/** How far an alignment fits a purpose. */
export interface PurposeFit {
  readonly sameBackbone: boolean;
  /** Undefined: the document names no folders. */
  readonly sameFolders: boolean | undefined;
  /** Class folders that are among its labels. */
  readonly known: number;
  readonly classes: number;
}

/** @param document with absolute paths */
export function purposeFit(
  {
    backbone,
    folders,
    targets,
    members = [],
  }: Pick<AlignmentDocument, 'backbone' | 'folders' | 'targets' | 'members'>,
  purpose: Purpose,
): PurposeFit {
  const { beside = [] } = purpose;
  const others = members.map((member) => member.backbone.sha256);
  const labels = new Set(targets.map(({ label }) => plainLabel(label)));
  return {
    sameBackbone:
      backbone.sha256 === purpose.backbone &&
      (beside.length === 0 ||
        (beside.length === others.length && beside.every((hash) => others.includes(hash ?? '')))),
    sameFolders: folders && isSameSet(folders, purpose.folders),
    known: purpose.classes.filter((name) => labels.has(plainLabel(name))).length,
    classes: purpose.classes.length,
  };
}

/**
 * Whether an alignment may be taken without being chosen: it was made for this backbone and these folders, or names no
 * folders and is the one that the person has open, and knows every class folder. One that was made for the folders may
 * have lost labels since: a person took them out.
 */
export function isMadeFor(fit: PurposeFit, isOpen: boolean): boolean {
  const { sameBackbone, sameFolders, known, classes } = fit;
  if (!sameBackbone || sameFolders === false) return false;
  return sameFolders ? known * 2 >= classes : isOpen && known === classes;
}

/** Whether an alignment is worth offering for a purpose, whatever it was made for. */
export function mayServe(document: AlignmentDocument, purpose: Purpose): boolean {
  return fittingLabels(document, purpose.classes);
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const all = new Set(a);
  return all.size === new Set(b).size && b.every((one) => all.has(one));
}
