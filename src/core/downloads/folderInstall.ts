import { invalidArgument, SemapError, toSemapError } from '../errors.ts';
import { fileSize } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { DownloadEnvironment, Work } from './environment.ts';
import { downloadFile } from './fileDownload.ts';
import { fileUrl, type HubRepository } from './hubListing.ts';
import {
  alreadyThere,
  findPlace,
  INSTALL_RECORD,
  type InstallRecord,
  type InstallRequest,
  isStagingName,
  recordOf,
  type WantedFile,
} from './installPlace.ts';
import { copyFile, hashFile, sha256Of, sizeOf } from './localFiles.ts';
import { withLock } from './lock.ts';
import { type DownloadProgress, ProgressMeter } from './progress.ts';
import { fileFailure, throwIfCancelled } from './requests.ts';

/** What an installation came to. */
export interface Installed {
  readonly folder: string;
  /** Whether the same model was there before, and nothing was done. */
  readonly already: boolean;
  /** Files beside the model that say something else than those that were given; they stayed as they were. */
  readonly kept?: readonly string[] | undefined;
}

export interface InstallOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** Left free beside the files themselves, in bytes. */
const SPARE = 50e6;

/**
 * Downloads files of a repository into `root/name`, which comes into being whole or not at all: they gather in
 * `root/name.download`, which survives a cancel or a failure so that the next call continues, and is renamed at the end.
 * @throws {SemapError} already-exists, busy, out-of-space, and what `downloadFile` throws
 */
export function installFromHub(
  request: InstallRequest,
  repository: HubRepository,
  environment: DownloadEnvironment,
  options: InstallOptions,
): Promise<Installed> {
  const work = { ...environment, signal: options.signal };
  const source = `${repository.repo}@${repository.revision}`;
  return install(request, source, 'downloading', work, options.onProgress, async (file, path, meter) => {
    await downloadFile(fileUrl(repository, file.path), file, path, work, (onDisk) =>
      meter.bytes(file.path, onDisk),
    );
  });
}

/**
 * Copies files of a local folder (a clone, a snapshot, an unpacked archive) into `root/name`, whole or not at all.
 * @throws {SemapError} already-exists, busy, out-of-space, lfs-pointer, not-writable, cancelled
 */
export async function installFromFolder(
  request: InstallRequest,
  from: string,
  environment: DownloadEnvironment,
  options: InstallOptions,
): Promise<Installed> {
  const work = { ...environment, signal: options.signal };
  // What they are, before they are copied: the same files may be there already, and others under the same name.
  const files: WantedFile[] = [];
  for (const file of request.files) {
    const path = file.from ?? `${from}/${file.path}`;
    const hex = await sha256Of(path, work).catch((error) => {
      throw fileFailure(error, path);
    });
    files.push({ ...file, from: path, digest: { algorithm: 'sha256', hex } });
  }
  const hashed = { ...request, files };
  const once = () =>
    install(hashed, 'folder', 'copying', work, options.onProgress, async (file, path, meter) => {
      await copyFile(file.from ?? `${from}/${file.path}`, path, file, work, (onDisk) =>
        meter.bytes(file.path, onDisk),
      );
    });
  // Another one of this name may be on its way: once it is there, it is the same or has the name.
  for (let left = request.whenTaken === 'beside' ? MOST_WAITS : 0; ; left--) {
    try {
      return await once();
    } catch (error) {
      const { reason } = toSemapError(error);
      if (left <= 0 || (reason !== 'busy' && reason !== 'already-exists')) throw error;
      await work.clock.sleep(WAIT_MS, options.signal);
    }
  }
}

/** How often and how long a copy waits for others of its name. */
const MOST_WAITS = 150;
const WAIT_MS = 200;

/** Throws away what a cancelled or failed installation of `name` left. */
export async function discardPartialInstall(
  root: string,
  name: string,
  environment: DownloadEnvironment,
): Promise<void> {
  await environment.files.rm(stagingFolder(root, name), { recursive: true, force: true });
}

/** In a folder that is being replaced, and only there: what is called `.old` may be a copy that a person keeps. */
const REPLACED = 'semap-replaced';

/**
 * Ends what installations that were killed in their last moment began: the former version of a folder goes, or comes
 * back where the new one had not taken its place. Never throws.
 */
export async function finishInstalls(root: string, environment: DownloadEnvironment): Promise<void> {
  const { files } = environment;
  for (const name of await files.readdir(root).catch(() => [])) {
    const old = `${root}/${name}`;
    const target = old.replace(/(?:\.old)+$/, '');
    // A folder of somebody else may be called so.
    if (target === old || (await sizeOf(`${old}/${INSTALL_RECORD}`, environment)) < 0) continue;
    const isReplaced = (await sizeOf(`${old}/${REPLACED}`, environment)) >= 0;
    await withLock(`${target}.lock`, name, environment, async () => {
      if ((await sizeOf(target, environment)) < 0) await bringBack(old, target, environment);
      else if (isReplaced) await files.rm(old, { recursive: true, force: true });
    }).catch(() => {});
  }
}

/**
 * Reads an installed folder's record and compares sizes and SHA-256 of its files with it.
 * @returns what is wrong; empty when all is well; undefined when the folder has no record
 */
export async function verifyInstalled(folder: string, work: Work): Promise<readonly Text[] | undefined> {
  const record = await recordOf(folder, work);
  if (record === undefined) return undefined;
  const problems: Text[] = [];
  for (const { path, size, sha256 } of record.files) {
    try {
      const { size: now } = await work.files.stat(`${folder}/${path}`);
      if (now !== size) problems.push(phrase('{0} has {1} bytes instead of {2}', path, now, size));
      else if ((await sha256Of(`${folder}/${path}`, work)) !== sha256)
        problems.push(phrase('{0} was changed', path));
    } catch (error) {
      if (error instanceof SemapError) throw error;
      problems.push(phrase('{0} is missing', path));
    }
  }
  return problems;
}

async function install(
  request: InstallRequest,
  source: string,
  stage: 'downloading' | 'copying',
  work: Work,
  onProgress: InstallOptions['onProgress'],
  bring: (file: WantedFile, path: string, meter: ProgressMeter) => Promise<void>,
): Promise<Installed> {
  const { root, files, whenTaken = 'refuse' } = request;
  if (!/^[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_.-]*$/u.test(request.name) || isStagingName(request.name))
    throw invalidArgument(phrase('"{0}" is not a valid folder name.', request.name));
  throwIfCancelled(work.signal);
  let target = `${root}/${request.name}`;
  try {
    await work.files.mkdir(root, { recursive: true });
    await finishInstalls(root, work);
    const place = await findPlace({ ...request, source }, whenTaken, work);
    const { name } = place;
    target = `${root}/${name}`;
    const found = place.kind === 'same' ? await lackingIn(target, place.record!, request, work) : undefined;
    if (found?.lacking.length === 0)
      return { folder: target, already: true, ...(found.kept.length > 0 && { kept: found.kept }) };
    const wanted = found?.lacking ?? files;
    const staging = stagingFolder(root, name);
    return await withLock(`${target}.lock`, name, work, async () => {
      // Another process may have put something else there meanwhile.
      const now = await recordOf(target, work);
      if (JSON.stringify(now) !== JSON.stringify(place.record)) throw alreadyThere(name);
      await ensureSpace({ ...request, files: wanted }, staging, work);
      await work.files.mkdir(staging, { recursive: true });
      const meter = new ProgressMeter(work.clock, sum(wanted), stage, onProgress);
      const installed: InstallRecord['files'][number][] = [];
      for (const file of wanted) {
        throwIfCancelled(work.signal);
        const path = `${staging}/${file.path}`;
        await work.files.mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true });
        if (!(await isComplete(path, file, work))) await bring(file, path, meter);
        installed.push({
          path: file.path,
          size: file.size,
          sha256: await digestOf(path, file, work),
        });
        meter.bytes(file.path, file.size);
        meter.fileDone(file.size);
      }
      meter.installing();
      await removeOthers(staging, wanted, work);
      const record: InstallRecord = {
        version: 1,
        source: found ? place.record!.source : source,
        installed: new Date(work.clock.now()).toISOString(),
        files: found ? [...others(place.record!.files, installed), ...installed] : installed,
      };
      await work.files.writeFile(`${staging}/${INSTALL_RECORD}`, `${JSON.stringify(record, null, 2)}\n`, {
        flag: 'w',
      });
      // What a person put beside the files stays where only these are brought in order.
      if (found) await putInto(target, staging, [...wanted.map(({ path }) => path), INSTALL_RECORD], work);
      else await replaceFolder(target, staging, place.kind === 'taken', work);
      return { folder: target, already: false, ...(found && found.kept.length > 0 && { kept: found.kept }) };
    });
  } catch (error) {
    throw fileFailure(error, target);
  }
}

function stagingFolder(root: string, name: string): string {
  return `${root}/${name}.download`;
}

/** @throws {SemapError} out-of-space before anything is moved, where the file system tells how much is free */
async function ensureSpace(request: InstallRequest, staging: string, work: Work): Promise<void> {
  let missing = 0;
  for (const file of request.files) {
    const there = Math.max(
      await sizeOf(`${staging}/${file.path}`, work),
      await sizeOf(`${staging}/${file.path}.part`, work),
    );
    missing += Math.max(0, file.size - there);
  }
  let free: number;
  try {
    const { bavail, bsize } = await work.files.statfs(request.root);
    free = bavail * bsize;
  } catch {
    return;
  }
  if (free < missing + SPARE) {
    throw new SemapError(
      'out-of-space',
      phrase(
        'Cannot install {0}: it needs {1} of free space, but {2} has only {3}.',
        request.name,
        fileSize(missing + SPARE),
        request.root,
        fileSize(free),
      ),
      { hint: phrase('Free some space or set another model folder, then try again.') },
    );
  }
}

async function isComplete(path: string, file: WantedFile, work: Work): Promise<boolean> {
  if ((await sizeOf(path, work)) !== file.size) return false;
  // Without a digest, an equal size may be another version's.
  if (!file.digest) return false;
  return (await hashFile(path, file.digest.algorithm, file.size, work)) === file.digest.hex;
}

/** SHA-256 of a file that was just checked: known already where the source gave it. */
async function digestOf(path: string, file: WantedFile, work: Work): Promise<string> {
  return file.digest?.algorithm === 'sha256' ? file.digest.hex : sha256Of(path, work);
}

/**
 * What an installed model lacks of what is wanted: its own files that are missing or changed, and files beside it that it has
 * not; and those beside it that say something else, which stay unless they are to be replaced.
 */
async function lackingIn(
  target: string,
  record: InstallRecord,
  { files, whenTaken }: InstallRequest,
  work: Work,
): Promise<{ readonly lacking: readonly WantedFile[]; readonly kept: readonly string[] }> {
  const lacking: WantedFile[] = [];
  const kept: string[] = [];
  let stems: readonly [string, string] | undefined;
  for (const file of files) {
    const same = ({ sha256, path }: InstallRecord['files'][number]) =>
      file.digest?.algorithm === 'sha256' ? sha256 === file.digest.hex : path === file.path;
    const there = file.isBeside ? undefined : record.files.find(same);
    const wanted: WantedFile = there
      ? { ...file, path: there.path, digest: { algorithm: 'sha256', hex: there.sha256 } }
      : // Descriptions bear the name of their model, which may be called otherwise here.
        {
          ...file,
          path:
            stems && file.path.startsWith(stems[0]) ? stems[1] + file.path.slice(stems[0].length) : file.path,
        };
    if (there && /\.onnx$/i.test(file.path)) stems ??= [file.path.slice(0, -4), there.path.slice(0, -4)];
    const path = `${target}/${wanted.path}`;
    const isThere = (await sizeOf(path, work)) >= 0;
    if (isThere && (await isComplete(path, wanted, work))) continue;
    if (isThere && file.isBeside && whenTaken !== 'replace') kept.push(wanted.path);
    else lacking.push(wanted);
  }
  return { lacking, kept };
}

function others(
  files: InstallRecord['files'],
  without: InstallRecord['files'],
): readonly InstallRecord['files'][number][] {
  return files.filter(({ path }) => !without.some((one) => one.path === path));
}

/** Puts files into a folder that is there, each whole; the last one, the record, says that all are. */
async function putInto(
  target: string,
  staging: string,
  paths: readonly string[],
  { files }: DownloadEnvironment,
): Promise<void> {
  for (const path of paths) {
    const to = `${target}/${path}`;
    await files.mkdir(to.slice(0, to.lastIndexOf('/')), { recursive: true });
    await files.rename(`${staging}/${path}`, to);
  }
  await files.rm(staging, { recursive: true, force: true });
}

/** Puts `staging` in the place of `target`; what was there goes only after that. */
async function replaceFolder(
  target: string,
  staging: string,
  mayReplace: boolean,
  environment: DownloadEnvironment,
): Promise<void> {
  const { files } = environment;
  let old = `${target}.old`;
  // A person may have kept a copy under this name.
  while ((await sizeOf(old, environment)) >= 0) old += '.old';
  const replaced = (await sizeOf(target, environment)) >= 0;
  // Another process may have put it there meanwhile.
  if (replaced && !mayReplace) throw alreadyThere(target.slice(target.lastIndexOf('/') + 1));
  if (replaced) {
    await files.writeFile(`${target}/${REPLACED}`, '', { flag: 'w' });
    await files.rename(target, old);
  }
  try {
    await files.rename(staging, target);
  } catch (error) {
    if (replaced) await bringBack(old, target, environment);
    throw error;
  }
  // A file of the old version may still be open elsewhere (Windows): it goes with the next installation.
  if (replaced) await files.rm(old, { recursive: true, force: true }).catch(() => {});
}

async function bringBack(old: string, target: string, { files }: DownloadEnvironment): Promise<void> {
  await files.rename(old, target);
  await files.rm(`${target}/${REPLACED}`, { recursive: true, force: true });
}

/** Removes from `staging` what an installation of other files, which was given up, left there. */
async function removeOthers(
  staging: string,
  wanted: readonly WantedFile[],
  environment: DownloadEnvironment,
): Promise<void> {
  const { files } = environment;
  const kept = new Set(wanted.map(({ path }) => path));
  const sweep = async (below: string): Promise<void> => {
    for (const name of await files.readdir(`${staging}/${below}`)) {
      const path = `${below}${name}`;
      if (kept.has(path)) continue;
      const leadsTo = wanted.some((file) => file.path.startsWith(`${path}/`));
      if (leadsTo) await sweep(`${path}/`);
      else await files.rm(`${staging}/${path}`, { recursive: true, force: true });
    }
  };
  await sweep('');
}

function sum(files: readonly WantedFile[]): number {
  return files.reduce((total, file) => total + file.size, 0);
}
