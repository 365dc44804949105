import { SemapError } from '../errors.ts';
import { listed, phrase } from '../text/text.ts';
import type { DownloadEnvironment, RemoteFile, Work } from './environment.ts';
import {
  discardPartialInstall,
  type Installed,
  type InstallOptions,
  installFromFolder,
  installFromHub,
} from './folderInstall.ts';
import { type HubRepository, listRepository, parseEndpoint, parseRepo } from './hubListing.ts';
import { isStagingName, type WhenTaken } from './installPlace.ts';
import { modelFolderTitle, segmentsOf } from './modelNames.ts';
import { throwIfCancelled } from './requests.ts';

/** Precision of a model file, in the words of Transformers.js (`dtype`). */
export const MODEL_DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type ModelDtype = (typeof MODEL_DTYPES)[number];

/** File name endings that Transformers.js gives each dtype. */
export const DTYPE_OF_SUFFIX: Readonly<Record<string, ModelDtype>> = {
  '': 'fp32',
  _fp16: 'fp16',
  _quantized: 'q8',
  _int8: 'int8',
  _uint8: 'uint8',
  _q4: 'q4',
  _q4f16: 'q4f16',
  _bnb4: 'bnb4',
};

/** One way to have a model: its ONNX file and what it needs beside it. */
export interface ModelVariant {
  readonly dtype: ModelDtype;
  /** Relative path of the model file: `onnx/model_fp16.onnx`. */
  readonly modelPath: string;
  readonly files: readonly RemoteFile[];
  /** Sum over `files`. */
  readonly bytes: number;
}

/** A model file with its weights beside it, where they are too large for one protobuf, and what else it needs. */
export function variantOfFiles(
  model: RemoteFile,
  dtype: ModelDtype,
  all: readonly RemoteFile[],
  others: readonly RemoteFile[],
): ModelVariant {
  const beside = [`${model.path}_data`, `${model.path}.data`];
  const weights = all.filter(({ path }) => beside.includes(path) || path.startsWith(`${model.path}_data_`));
  const files = [...others, model, ...weights];
  return { dtype, modelPath: model.path, files, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** The first variant of a wanted dtype; undefined when there is none. */
export function variantOf<V extends ModelVariant>(variants: readonly V[], dtype: ModelDtype): V | undefined {
  return variants.find((variant) => variant.dtype === dtype);
}

/** Folder name of an installed model: `Xenova--clip-vit-base-patch32--fp32`. */
export function modelFolderName(repo: string, dtype: ModelDtype, otherwise: string): string {
  const plain = repo
    .normalize('NFC')
    .split('/')
    .map((part) => part.replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, ''))
    .filter((part) => part !== '')
    .join('--');
  return `${allowed(cutTo(plain, LONGEST_NAME)) || otherwise}--${dtype}`;
}

/** Bytes of UTF-8: systems allow 255, of which a number and the names of what is not complete yet take some. */
const LONGEST_NAME = 160;

function cutTo(name: string, bytes: number): string {
  const characters = [...name];
  while (new TextEncoder().encode(characters.join('')).length > bytes) characters.pop();
  return characters.join('').replace(/[-.]+$/, '');
}

/** Neither a device of Windows nor what an installation in progress is called. */
function allowed(name: string): string {
  if (/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name)) return `_${name}`;
  return isStagingName(name) ? name.replace(/\.(?=[^.]*$)/, '-') : name;
}

/** What is particular to a kind of model: text encoders, backbones. */
export interface ModelKind<V extends ModelVariant> {
  /** What a folder without a usable name is called: `encoder`. */
  readonly name: string;
  /** Every file that one may consist of: what to ask for where a repository cannot be listed. */
  readonly candidates: readonly string[];
  /** What else of a folder is about its models. */
  readonly isBeside?: (name: string) => boolean;
  /** An entry of the catalogue by its id. */
  readonly known: (id: string) => { readonly repo: string; readonly dtype: ModelDtype } | undefined;
  /**
   * The variants in a list of files, the one to propose first.
   * @throws {SemapError} not-found naming what is missing
   */
  readonly findVariants: (files: readonly RemoteFile[], where: string) => readonly V[];
}

/** Where a model can be had from. */
type PlannedSource =
  | { readonly kind: 'hub'; readonly repository: HubRepository }
  | { readonly kind: 'folder'; readonly folder: string };

/** What can be installed from a source, with all sizes, before a byte of a model is moved. */
export interface ModelPlan<V extends ModelVariant> {
  readonly source: PlannedSource;
  /** `owner/name`, or the folder's name. */
  readonly title: string;
  /** Name of the new folder when `title` has no usable letters. */
  readonly kind: string;
  /** At least one. */
  readonly variants: readonly V[];
  /** The one to propose. */
  readonly proposed: V;
}

/** Where a person wants a model from. */
export type ModelSource =
  | {
      readonly kind: 'hub';
      /** An id of the catalogue, or `owner/name`, also as a hub's address. */
      readonly name: string;
      /** Address of a hub or mirror; absent or empty for the Hugging Face hub. */
      readonly mirror?: string | undefined;
    }
  | { readonly kind: 'folder'; readonly folder: string };

/**
 * What a source offers: the hub is asked, a folder (a clone, a snapshot, an unpacked archive) is looked at.
 * @throws {SemapError} invalid-argument, not-found, network-failed, cancelled
 */
export function planModel<V extends ModelVariant>(
  kind: ModelKind<V>,
  source: ModelSource,
  environment: DownloadEnvironment,
  signal: AbortSignal,
  dtype?: ModelDtype,
): Promise<ModelPlan<V>> {
  const work = { ...environment, signal };
  return source.kind === 'hub'
    ? planFromHub(kind, source, work, dtype)
    : planFromFolder(kind, source.folder, work, dtype);
}

async function planFromHub<V extends ModelVariant>(
  kind: ModelKind<V>,
  { name, mirror = '' }: Extract<ModelSource, { kind: 'hub' }>,
  work: Work,
  dtype: ModelDtype | undefined,
): Promise<ModelPlan<V>> {
  const known = kind.known(name);
  const repo = known?.repo ?? parseRepo(name);
  const wanted = { endpoint: parseEndpoint(mirror), repo, revision: 'main' };
  const { repository, files } = await listRepository(wanted, kind.candidates, work);
  return planOf(kind, { kind: 'hub', repository }, repo, files, dtype ?? known?.dtype);
}

async function planFromFolder<V extends ModelVariant>(
  kind: ModelKind<V>,
  folder: string,
  work: Work,
  dtype: ModelDtype | undefined,
): Promise<ModelPlan<V>> {
  const files: RemoteFile[] = [];
  const listed = async (below: string) =>
    (await work.files.readdir(`${folder}/${below}`).catch(() => [])).map((name) => `${below}${name}`);
  // Models of any name, and weights that lie beside them.
  const models = [...(await listed('')), ...(await listed('onnx/'))].filter((path) => /\.onnx/i.test(path));
  const beside = (await listed('')).filter((name) => kind.isBeside?.(name));
  for (const path of new Set([...kind.candidates, ...models, ...beside])) {
    throwIfCancelled(work.signal);
    const info = await work.files.stat(`${folder}/${path}`).catch(() => undefined);
    // A pipe or a device under a model's name would be waited for, or copied without end.
    if (info?.isFile()) files.push({ path, size: info.size });
  }
  const title = modelFolderTitle(segmentsOf(folder).filter(Boolean)) || kind.name;
  return planOf(kind, { kind: 'folder', folder }, title, files, dtype);
}

/**
 * Installs one variant of a plan below `root`; what an earlier, cancelled attempt left is continued.
 * @throws {SemapError} `already-exists` where something else has its name, unless `whenTaken` says what to do
 */
export function installModel<V extends ModelVariant>(
  plan: ModelPlan<V>,
  variant: V,
  root: string,
  environment: DownloadEnvironment,
  options: InstallOptions & { readonly whenTaken?: WhenTaken | undefined },
): Promise<Installed> {
  const { whenTaken } = options;
  const request = { root, name: folderNameOf(plan, variant), files: variant.files, whenTaken };
  return plan.source.kind === 'hub'
    ? installFromHub(request, plan.source.repository, environment, options)
    : installFromFolder(request, plan.source.folder, environment, options);
}

/** Throws away what a cancelled or failed installation left. */
export function discardModel<V extends ModelVariant>(
  plan: ModelPlan<V>,
  variant: V,
  root: string,
  environment: DownloadEnvironment,
): Promise<void> {
  return discardPartialInstall(root, folderNameOf(plan, variant), environment);
}

function folderNameOf<V extends ModelVariant>(plan: ModelPlan<V>, variant: V): string {
  // A folder that was installed once already carries its dtype in the name.
  const suffix = `--${variant.dtype}`;
  const title = plan.title.endsWith(suffix) ? plan.title.slice(0, -suffix.length) : plan.title;
  return modelFolderName(title, variant.dtype, plan.kind);
}

function planOf<V extends ModelVariant>(
  kind: ModelKind<V>,
  source: PlannedSource,
  title: string,
  files: readonly RemoteFile[],
  dtype: ModelDtype | undefined,
): ModelPlan<V> {
  const variants = kind.findVariants(files, title);
  const proposed = dtype === undefined ? variants[0] : variantOf(variants, dtype);
  if (!proposed) {
    const there = listed(variants.map((variant) => variant.dtype));
    throw new SemapError(
      'not-found',
      phrase('{0} has no {1} model. It has {2}.', title, dtype ?? '', there),
      { hint: phrase('Choose one of these.') },
    );
  }
  return { source, title, kind: kind.name, variants, proposed };
}
