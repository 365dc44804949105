import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { DownloadEnvironment, RemoteFile } from './environment.ts';
import {
  discardPartialInstall,
  type Installed,
  type InstallOptions,
  installFromFolder,
  installFromHub,
} from './folderInstall.ts';
import { type HubRepository, listRepository, parseEndpoint, parseRepo } from './hubListing.ts';
import type { WhenTaken } from './installPlace.ts';
import { type ModelDtype, type ModelVariant, modelFolderName, variantOf } from './modelVariants.ts';
import { throwIfCancelled } from './requests.ts';

/** What is particular to a kind of model: text encoders, backbones. */
export interface ModelKind<V extends ModelVariant> {
  /** What a folder without a usable name is called: `encoder`. */
  readonly name: string;
  /** Every file that one may consist of: what to ask for where a repository cannot be listed. */
  readonly candidates: readonly string[];
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
      readonly mirror?: string;
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
  return source.kind === 'hub'
    ? planFromHub(kind, source, environment, signal, dtype)
    : planFromFolder(kind, source.folder, environment, signal, dtype);
}

async function planFromHub<V extends ModelVariant>(
  kind: ModelKind<V>,
  { name, mirror = '' }: Extract<ModelSource, { kind: 'hub' }>,
  environment: DownloadEnvironment,
  signal: AbortSignal,
  dtype: ModelDtype | undefined,
): Promise<ModelPlan<V>> {
  const known = kind.known(name);
  const repo = known?.repo ?? parseRepo(name);
  const wanted = { endpoint: parseEndpoint(mirror), repo, revision: 'main' };
  const { repository, files } = await listRepository(wanted, kind.candidates, environment, signal);
  return planOf(kind, { kind: 'hub', repository }, repo, files, dtype ?? known?.dtype);
}

async function planFromFolder<V extends ModelVariant>(
  kind: ModelKind<V>,
  folder: string,
  environment: DownloadEnvironment,
  signal: AbortSignal,
  dtype: ModelDtype | undefined,
): Promise<ModelPlan<V>> {
  const files: RemoteFile[] = [];
  const listed = async (below: string) =>
    (await environment.files.readdir(`${folder}/${below}`).catch(() => [])).map((name) => `${below}${name}`);
  // Models of any name, and weights that lie beside them.
  const models = [...(await listed('')), ...(await listed('onnx/'))].filter((path) => /\.onnx/i.test(path));
  for (const path of new Set([...kind.candidates, ...models])) {
    throwIfCancelled(signal);
    const info = await environment.files.stat(`${folder}/${path}`).catch(() => undefined);
    // A pipe or a device under a model's name would be waited for, or copied without end.
    if (info?.isFile()) files.push({ path, size: info.size });
  }
  const title = folder.split(/[/\\]/).filter(Boolean).at(-1) ?? kind.name;
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
  const proposed = dtype === undefined ? variants[0]! : variantOf(variants, dtype);
  if (!proposed) {
    const there = variants.map((variant) => variant.dtype).join(', ');
    throw new SemapError(
      'not-found',
      phrase('{0} has no {1} model; it has {2}.', title, dtype ?? '', there),
      {
        hint: phrase('Choose one of those.'),
      },
    );
  }
  return { source, title, kind: kind.name, variants, proposed };
}
