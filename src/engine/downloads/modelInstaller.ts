import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import { verifyInstalled } from '../../core/downloads/folderInstall.ts';
import {
  installModel,
  type ModelKind,
  type ModelVariant,
  planModel,
  variantOf,
} from '../../core/downloads/modelInstall.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { InstallMethod, ModelOffer, PlanMethod } from '../../protocol/models.ts';
import type { CallContext } from '../../protocol/rpc.ts';

/** Installs models of one kind into one folder, for those who have no extension host: the command line. */
export class ModelInstaller<V extends ModelVariant> {
  readonly #kind: ModelKind<V>;
  readonly #root: string | undefined;
  readonly #environment: DownloadEnvironment;

  /** @param root undefined when no folder was named */
  constructor(kind: ModelKind<V>, root: string | undefined, environment: DownloadEnvironment) {
    this.#kind = kind;
    this.#root = root;
    this.#environment = environment;
  }

  /** What the source offers, with sizes. */
  async plan({ source, dtype }: PlanMethod['params'], { signal }: CallContext<never>): Promise<ModelOffer> {
    const plan = await planModel(this.#kind, source, this.#environment, signal, dtype);
    return {
      title: plan.title,
      proposed: plan.proposed.dtype,
      variants: plan.variants.map(({ dtype, modelPath, bytes, files }) => ({
        dtype,
        modelPath,
        bytes,
        files: files.map(({ path, size }) => ({ path, size })),
      })),
    };
  }

  async install(
    { source, dtype, whenTaken }: InstallMethod['params'],
    { signal, report }: CallContext<InstallMethod['progress']>,
  ): Promise<InstallMethod['result']> {
    if (this.#root === undefined) {
      throw new SemapError('internal', phrase('There is no folder for installing a {0}.', this.#kind.name));
    }
    const plan = await planModel(this.#kind, source, this.#environment, signal, dtype);
    const variant = dtype === undefined ? plan.proposed : (variantOf(plan.variants, dtype) ?? plan.proposed);
    const options = { signal, onProgress: report, whenTaken };
    return installModel(plan, variant, this.#root, this.#environment, options);
  }

  /** What differs from what was installed; undefined for a folder that was not installed by SeMap. */
  verify(folder: string, signal: AbortSignal): Promise<readonly Text[] | undefined> {
    return verifyInstalled(folder, { ...this.#environment, signal });
  }
}
