import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { DownloadEnvironment, RemoteFile } from './environment.ts';
import { readJson } from './localFiles.ts';
import { folded } from './modelNames.ts';

/** Name of the record that an installed folder carries: where its files came from and what they are. */
export const INSTALL_RECORD = 'semap-install.json';

/** Written into an installed folder. */
export interface InstallRecord {
  readonly version: 1;
  /** `Xenova/clip-vit-base-patch32@<commit>`, or `folder`. */
  readonly source: string;
  /** ISO 8601. */
  readonly installed: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

/** Whether a folder name in `root` belongs to an installation in progress (or one that was given up). */
export function isStagingName(name: string): boolean {
  return /\.(download|lock|old)$/.test(name);
}

/** What is done where something else is installed under the name already: nothing, unless the person chose. */
export type WhenTaken = 'refuse' | 'replace' | 'beside';

/** Where an installation goes. */
export interface InstallPlace {
  /** A name that is free, one that may be replaced, or one under which the same model is installed. */
  readonly kind: 'new' | 'taken' | 'same';
  readonly name: string;
  /** What is known of what is there. */
  readonly record?: InstallRecord | undefined;
}

export interface InstallRequest {
  /** Folder of installed things; made when missing. */
  readonly root: string;
  /** Name of the new folder in `root`: one plain path segment. */
  readonly name: string;
  readonly files: readonly WantedFile[];
  /** Default: `refuse`. */
  readonly whenTaken?: WhenTaken | undefined;
}

/** One file of an installation. */
export interface WantedFile extends RemoteFile {
  /** Says something about the model, which is the same one without it or with another. */
  readonly isBeside?: boolean;
  /** Where a copied one is, if not at its path below the folder that is copied from. */
  readonly from?: string;
}

type Wanted = InstallRequest & { readonly source: string };

/**
 * Finds the place for files that are to be installed as `name`: names that differ by case only are one, since on many
 * disks their folders are.
 * @throws {SemapError} `already-exists` where something else has the name and `whenTaken` is `refuse`
 */
export async function findPlace(
  { root, name, files, source }: Wanted,
  whenTaken: WhenTaken,
  environment: DownloadEnvironment,
): Promise<InstallPlace> {
  const names = (await environment.files.readdir(root).catch(() => [])).filter((one) => !isStagingName(one));
  const taken = new Map(names.map((one) => [folded(one), one]));
  const mine = taken.get(folded(name));
  // The same name first: what has it may be the same under others too.
  for (const one of mine === undefined ? names : [mine, ...names]) {
    const record = await recordOf(`${root}/${one}`, environment);
    if (record && isSame(record, files, source)) return { kind: 'same', name: one, record };
  }
  if (mine === undefined) return { kind: 'new', name };
  if (whenTaken === 'beside') return { kind: 'new', name: nameBeside(name, (one) => taken.has(folded(one))) };
  const record = await recordOf(`${root}/${mine}`, environment);
  if (whenTaken === 'replace' && record) return { kind: 'taken', name: mine, record };
  if (whenTaken === 'replace') throw notOurs(`${root}/${mine}`);
  throw alreadyThere(mine, record?.source === 'folder' ? undefined : record?.source);
}

/** A folder in which a person has files of their own is never replaced. */
function notOurs(folder: string): SemapError {
  return new SemapError(
    'already-exists',
    phrase('{0} was not installed by SeMap and is not replaced.', folder),
    { hint: phrase('Keep both, or move the folder away.') },
  );
}

/** Something else has the name. */
export function alreadyThere(name: string, source?: string): SemapError {
  return new SemapError(
    'already-exists',
    source === undefined
      ? phrase('A different "{0}" is already installed.', name)
      : phrase('A different "{0}" is already installed (from {1}).', name, source),
    { hint: phrase('Replace it, or keep both.') },
  );
}

/** `net-2`, `net-3`, ...; the precision stays at the end: `resnet-2--fp32`. */
function nameBeside(name: string, isTaken: (name: string) => boolean): string {
  const cut = name.lastIndexOf('--');
  const [base, end] = cut > 0 ? [name.slice(0, cut), name.slice(cut)] : [name, ''];
  for (let i = 2; ; i++) {
    const next = `${base}-${i}${end}`;
    if (!isTaken(next)) return next;
  }
}

/** What a folder was installed from; undefined for one that was not installed, or whose record is damaged. */
export async function recordOf(
  folder: string,
  environment: DownloadEnvironment,
): Promise<InstallRecord | undefined> {
  const record = await readJson<InstallRecord>(`${folder}/${INSTALL_RECORD}`, environment);
  return Array.isArray(record?.files) ? record : undefined;
}

/**
 * Whether a model is installed: by the SHA-256 of its files, whatever they are called; where a source tells none of a file, by
 * source, path and size. Of what is downloaded, all files count; of what is copied, those that are the model.
 */
function isSame(record: InstallRecord, files: readonly WantedFile[], source: string): boolean {
  const counted = source === 'folder' ? files.filter(({ isBeside }) => !isBeside) : files;
  // An encoder of texts may come along with the model: then it was so before.
  const isWhole =
    source === 'folder'
      ? record.files.filter(isModel).length === files.filter(isModel).length
      : record.files.length === files.length;
  return (
    isWhole &&
    counted.every(({ path, size, digest }) =>
      record.files.some((file) =>
        digest?.algorithm === 'sha256'
          ? file.sha256 === digest.hex
          : record.source === source && file.path === path && file.size === size,
      ),
    )
  );
}

/** Graphs and weights, and not what is said about them. */
function isModel({ path }: { readonly path: string }): boolean {
  return !/\.(?:json|md|txt|ya?ml|csv|manifest|rst)$|(?:^|\/)(?:licen[cs]e|copying|notice|readme)[^/]*$/i.test(
    path,
  );
}
