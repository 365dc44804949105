import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { backboneKind } from '../../core/backbones/backboneFiles.ts';
import { type BackboneSidecar, mergeSidecars } from '../../core/backbones/backboneSidecar.ts';
import { EVERYDAY_LABELS } from '../../core/backbones/textSide.ts';
import { type Installed, installFromFolder } from '../../core/downloads/folderInstall.ts';
import type { ModelVariant } from '../../core/downloads/modelInstall.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { downloadEnvironment } from '../../files/downloadEnvironment.ts';
import type {
  BackboneCheck,
  BackboneDetails,
  BackboneMethods,
  BackboneParity,
  BackboneTrial,
} from '../../protocol/backbones.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import { ModelInstaller } from '../downloads/modelInstaller.ts';
import { readFeatures, usable } from '../features/features.ts';
import { askGradientWorker, askPromptable } from '../gradients/gradientThread.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { Devices } from '../inference/devices.ts';
import type { InferencePools } from '../inference/inferencePools.ts';
import { compareWithReference } from '../trials/parity.ts';
import { tryBackbone } from '../trials/trial.ts';
import type { TrialServices } from '../trials/trialImages.ts';
import { DetailReader } from './backboneDetails.ts';
import type { Backbones } from './backbones.ts';
import { installedName, installRecord, rootOf } from './installRecord.ts';
import type { LabelSpaces } from './labelSpaces.ts';
import { reportModel } from './modelReport.ts';

interface Parts {
  readonly decode: DecodePool;
  readonly trials: TrialServices;
  readonly backbones: Backbones;
  readonly labelSpaces: LabelSpaces;
  readonly pools: InferencePools;
  readonly devices: Pick<Devices, 'known'>;
  readonly threads: number;
  readonly cacheFolder: string;
  /** Where new backbones are put; undefined when no folder was named. */
  readonly installFolder: string | undefined;
}

const EVERYTHING = { scaling: true, channels: true };

/** What the engine does with backbones one by one. */
export class BackboneService {
  readonly backbones: Backbones;
  readonly installer: ModelInstaller<ModelVariant>;
  readonly #parts: Parts;
  readonly #details: DetailReader;
  readonly #environment = downloadEnvironment();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.backbones = parts.backbones;
    this.installer = new ModelInstaller(backboneKind, parts.installFolder, this.#environment);
    this.#details = new DetailReader(parts.backbones, parts.cacheFolder);
  }

  async load(ref: string, sidecar: BackboneSidecar | undefined): Promise<undefined> {
    const backbone = await this.backbones.describe(ref, sidecar);
    // As a classification opens it.
    const tapped = usable(await readFeatures(this.#parts.cacheFolder, backbone));
    const { release } = await this.#parts.pools.borrow(backbone, tapped?.tap);
    release();
  }

  async check(ref: string, sidecar: BackboneSidecar | undefined): Promise<BackboneCheck> {
    const description = await this.backbones.describe(ref, sidecar);
    // Whether both towers belong together shows when labels are read.
    await this.#everyday(description);
    const { pool, release } = await this.#parts.pools.borrow(description);
    try {
      return { runs: true, milliseconds: await pool.measure(), description };
    } finally {
      release();
    }
  }

  async compare(
    { backbone: ref, sidecar, images, reference, of }: BackboneMethods['compareBackbone']['params'],
    { signal, report }: CallContext<BackboneMethods['compareBackbone']['progress']>,
  ): Promise<BackboneParity> {
    const backbone = await this.#described(ref, sidecar);
    const { decode, threads } = this.#parts;
    const rows = { count: images.length, values: reference };
    return compareWithReference({
      backbone: backbone.description,
      images,
      reference: rows,
      of,
      decode,
      threads,
      signal,
      report,
    });
  }

  async try(
    { backbone, sidecar, image, beside = [], open = EVERYTHING }: BackboneMethods['tryBackbone']['params'],
    { signal, report }: CallContext<BackboneMethods['tryBackbone']['progress']>,
  ): Promise<BackboneTrial> {
    const { description, labelled } = await this.#described(backbone, sidecar);
    const { decode, trials: services, threads } = this.#parts;
    return tryBackbone({
      backbone: await this.#everyday(description),
      image,
      beside,
      labelled,
      open,
      decode,
      threads,
      services,
      signal,
      report,
    });
  }

  /** A dual encoder that is asked about what may be in any picture. */
  #everyday(described: BackboneDescription): Promise<BackboneDescription> {
    const { templates = [] } = described.text ?? {};
    return this.backbones.withLabels(described, { templates, labels: EVERYDAY_LABELS });
  }

  /** As it is described, and as it is guessed where nobody has said anything. */
  async #likely(ref: string, sidecar: BackboneSidecar | undefined): Promise<BackboneDescription> {
    const { suggested, known } = await this.backbones.inspect(ref, sidecar);
    return (await this.#described(ref, mergeSidecars(suggested, mergeSidecars(known, sidecar)))).description;
  }

  /** Labels that nobody has said are the numbers of the outputs. */
  async #described(
    ref: string,
    sidecar: BackboneSidecar | undefined,
  ): Promise<{ readonly description: BackboneDescription; readonly labelled: boolean }> {
    const { known, sourceCount } = await this.backbones.inspect(ref, sidecar);
    const labelled = known.labels !== undefined || known.text !== undefined || sourceCount === undefined;
    const labels = labelled ? {} : { labels: Array.from({ length: sourceCount }, (_, s) => `${s}`) };
    return { description: await this.backbones.describe(ref, { ...sidecar, ...labels }), labelled };
  }

  async details(ref: string, signal: AbortSignal): Promise<BackboneDetails> {
    const { sha256, ...details } = await this.#details.read(ref, signal);
    return { ...details, devices: await this.#parts.devices.known(sha256) };
  }

  report(
    params: BackboneMethods['reportModel']['params'],
    { report }: CallContext<BackboneMethods['reportModel']['progress']>,
  ): Promise<BackboneMethods['reportModel']['result']> {
    return reportModel(params, { ...this.#parts, details: this.#details }, report);
  }

  async checkPromptable(
    { backbone: ref, sidecar }: BackboneMethods['checkPromptable']['params'],
    signal: AbortSignal,
  ): Promise<BackboneMethods['checkPromptable']['result']> {
    const description = await this.#likely(ref, sidecar).catch(() => undefined);
    return askPromptable(description ?? { path: await this.backbones.find(ref) }, signal);
  }

  async gradient(
    { backbone, ...request }: BackboneMethods['gradient']['params'],
    signal: AbortSignal,
  ): Promise<BackboneMethods['gradient']['result']> {
    const params = { ...request, path: await this.backbones.find(backbone), threads: this.#parts.threads };
    return askGradientWorker('gradient', params, signal);
  }

  /** As {@link ModelInstaller.install}; of a folder, what is said in files that are not copied is kept as well. */
  async install(
    params: BackboneMethods['installBackbone']['params'],
    context: CallContext<BackboneMethods['installBackbone']['progress']>,
  ): Promise<Installed> {
    const { source } = params;
    const said =
      source.kind === 'folder'
        ? await this.backbones.inspect(source.folder).catch(() => undefined)
        : undefined;
    const installed = await this.installer.install(params, context);
    // Of several precisions, another one may have been chosen: what is said is of this one alone.
    if (said) await this.backbones.keepSaid(installed.folder, said).catch(() => {});
    return installed;
  }

  /** The file, its weights, and what is said of it, under a folder of their own. */
  async copy(
    { file, whenTaken = 'beside' }: BackboneMethods['copyBackbone']['params'],
    { signal, report }: CallContext<BackboneMethods['copyBackbone']['progress']>,
  ): Promise<Installed> {
    const { installFolder: root } = this.#parts;
    if (root === undefined)
      throw new SemapError('internal', phrase('There is no folder for installing a backbone.'));
    // A file that is none is refused before it is copied.
    const inspection = await this.backbones.inspect(file);
    const files = await this.backbones.filesOf(file);
    const options = { signal, onProgress: report };
    const request = { root, name: installedName(inspection.name), files, whenTaken };
    const installed = await installFromFolder(request, path.dirname(file), this.#environment, options);
    await this.backbones.keepSaid(installed.folder, inspection);
    return installed;
  }

  async remove(ref: string): Promise<undefined> {
    const file = await this.backbones.find(ref);
    const folder = rootOf(file);
    const root = this.#parts.installFolder;
    if (!(await installRecord(file)) || root === undefined || path.dirname(folder) !== path.resolve(root)) {
      throw new SemapError(
        'invalid-argument',
        phrase('{0} was not installed by SeMap and is not deleted.', file),
        { hint: phrase('Delete it yourself, or take its folder off the list.') },
      );
    }
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

/** The calls about backbones, served by what `started` gives. */
export function backboneHandlers(started: () => BackboneService): Handlers<BackboneMethods> {
  return {
    listBackbones: ({ extraFolders }) => started().backbones.list(extraFolders),
    inspectBackbone: ({ backbone, sidecar }) => started().backbones.inspect(backbone, sidecar),
    reportModel: (params, context) => started().report(params, context),
    describeBackbone: ({ backbone, sidecar, remember }) =>
      started().backbones.describe(backbone, sidecar, remember),
    hashModels: ({ files }) => started().backbones.hashes(files),
    loadBackbone: ({ backbone, sidecar }) => started().load(backbone, sidecar),
    checkBackbone: ({ backbone, sidecar }) => started().check(backbone, sidecar),
    tryBackbone: (params, context) => started().try(params, context),
    compareBackbone: (params, context) => started().compare(params, context),
    backboneDetails: ({ backbone }, { signal }) => started().details(backbone, signal),
    planBackbone: (params, context) => started().installer.plan(params, context),
    installBackbone: (params, context) => started().install(params, context),
    copyBackbone: (params, context) => started().copy(params, context),
    float32Backbone: ({ backbone }) => started().backbones.float32Copy(backbone),
    removeBackbone: ({ backbone }) => started().remove(backbone),
    checkPromptable: (params, { signal }) => started().checkPromptable(params, signal),
    gradient: (params, { signal }) => started().gradient(params, signal),
  };
}
