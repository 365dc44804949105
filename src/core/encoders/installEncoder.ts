import type { DownloadEnvironment, RemoteFile } from '../downloads/environment.ts';
import {
  discardPartialInstall,
  type InstallOptions,
  installFromFolder,
  installFromHub,
} from '../downloads/folderInstall.ts';
import { type HubRepository, listRepository, parseEndpoint, parseRepo } from '../downloads/hubListing.ts';
import { throwIfCancelled } from '../downloads/requests.ts';
import { SemapError } from '../errors.ts';
import { knownEncoder } from './catalogue.ts';
import {
  candidateFiles,
  type EncoderDtype,
  type EncoderVariant,
  encoderFolderName,
  findVariants,
  variantOf,
} from './variants.ts';

/** Where an encoder can be had from. */
type Source =
  | { readonly kind: 'hub'; readonly repository: HubRepository }
  | { readonly kind: 'folder'; readonly folder: string };

/** What can be installed from a source, with all sizes, before a byte of a model is moved. */
export interface EncoderPlan {
  readonly source: Source;
  /** `owner/name`, or the folder's name. */
  readonly title: string;
  /** At least one. */
  readonly variants: readonly EncoderVariant[];
  /** The one to propose. */
  readonly proposed: EncoderVariant;
}

/** What a person asked for. */
export interface EncoderRequest {
  /** An id of the catalogue, or `owner/name`, also as a hub's address. */
  readonly encoder: string;
  /** Address of a hub or mirror; empty for the Hugging Face hub. */
  readonly mirror?: string;
  readonly dtype?: EncoderDtype;
}

/**
 * Asks the hub what it has.
 * @throws {SemapError} invalid-argument, not-found, network-failed, cancelled
 */
export async function planFromHub(
  { encoder, mirror = '', dtype }: EncoderRequest,
  environment: DownloadEnvironment,
  signal: AbortSignal,
): Promise<EncoderPlan> {
  const known = knownEncoder(encoder);
  const repo = known?.repo ?? parseRepo(encoder);
  const wanted = { endpoint: parseEndpoint(mirror), repo, revision: 'main' };
  const { repository, files } = await listRepository(wanted, candidateFiles(), environment, signal);
  return planOf({ kind: 'hub', repository }, repo, files, dtype ?? known?.dtype);
}

/**
 * Looks at a local folder: a clone, a snapshot, an unpacked archive.
 * @throws {SemapError} not-found, cancelled
 */
export async function planFromFolder(
  folder: string,
  environment: DownloadEnvironment,
  signal: AbortSignal,
  dtype?: EncoderDtype,
): Promise<EncoderPlan> {
  const files: RemoteFile[] = [];
  // Anything in onnx/ may be weights that lie beside a model.
  const beside = (await environment.files.readdir(`${folder}/onnx`).catch(() => [])).map(
    (name) => `onnx/${name}`,
  );
  for (const path of new Set([...candidateFiles(), ...beside])) {
    throwIfCancelled(signal);
    const info = await environment.files.stat(`${folder}/${path}`).catch(() => undefined);
    if (info && !info.isDirectory()) files.push({ path, size: info.size });
  }
  const title = folder.split(/[/\\]/).filter(Boolean).at(-1) ?? 'encoder';
  return planOf({ kind: 'folder', folder }, title, files, dtype);
}

/**
 * Installs one variant of a plan below `root`; what an earlier, cancelled attempt left is continued.
 * @returns the new folder
 */
export function installEncoder(
  plan: EncoderPlan,
  variant: EncoderVariant,
  root: string,
  environment: DownloadEnvironment,
  options: InstallOptions,
): Promise<string> {
  const request = { root, name: folderNameOf(plan, variant), files: variant.files };
  return plan.source.kind === 'hub'
    ? installFromHub(request, plan.source.repository, environment, options)
    : installFromFolder(request, plan.source.folder, environment, options);
}

/** Throws away what a cancelled or failed installation left. */
export function discardEncoder(
  plan: EncoderPlan,
  variant: EncoderVariant,
  root: string,
  environment: DownloadEnvironment,
): Promise<void> {
  return discardPartialInstall(root, folderNameOf(plan, variant), environment);
}

function folderNameOf(plan: EncoderPlan, variant: EncoderVariant): string {
  // A folder that was installed once already carries its dtype in the name.
  const suffix = `--${variant.dtype}`;
  const title = plan.title.endsWith(suffix) ? plan.title.slice(0, -suffix.length) : plan.title;
  return encoderFolderName(title, variant.dtype);
}

function planOf(
  source: Source,
  title: string,
  files: readonly RemoteFile[],
  dtype: EncoderDtype | undefined,
): EncoderPlan {
  const variants = findVariants(files, title);
  const proposed = dtype === undefined ? variants[0]! : variantOf(variants, dtype);
  if (!proposed) {
    const there = variants.map((variant) => variant.dtype).join(', ');
    throw new SemapError('not-found', `${title} has no ${dtype} model; it has ${there}.`, {
      hint: 'Choose one of those.',
    });
  }
  return { source, title, variants, proposed };
}
