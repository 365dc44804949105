import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import { verifyInstalled } from '../../core/downloads/folderInstall.ts';
import {
  type EncoderPlan,
  installEncoder,
  planFromFolder,
  planFromHub,
} from '../../core/encoders/installEncoder.ts';
import { type EncoderDtype, variantOf } from '../../core/encoders/variants.ts';
import { SemapError } from '../../core/errors.ts';
import type { EncoderMethods, EncoderSource } from '../../protocol/encoders.ts';
import type { CallContext } from '../../protocol/rpc.ts';

/** Installs text encoders into one folder, for those who have no extension host: the command line. */
export class EncoderInstaller {
  readonly #root: string | undefined;
  readonly #environment: DownloadEnvironment;

  /** @param root undefined when no folder for encoders was named */
  constructor(root: string | undefined, environment: DownloadEnvironment) {
    this.#root = root;
    this.#environment = environment;
  }

  /** What the source offers, with sizes. */
  async plan(
    source: EncoderSource,
    { signal }: CallContext<never>,
  ): Promise<EncoderMethods['planEncoder']['result']> {
    const { title, variants, proposed } = await this.#plan(source, signal);
    return {
      title,
      proposed: proposed.dtype,
      variants: variants.map(({ dtype, modelPath, bytes, files }) => ({
        dtype,
        modelPath,
        bytes,
        files: files.map(({ path, size }) => ({ path, size })),
      })),
    };
  }

  async install(
    { source, dtype }: EncoderMethods['installEncoder']['params'],
    { signal, report }: CallContext<EncoderMethods['installEncoder']['progress']>,
  ): Promise<EncoderMethods['installEncoder']['result']> {
    if (this.#root === undefined) throw new SemapError('internal', 'There is no folder for text encoders.');
    const plan = await this.#plan(source, signal, dtype);
    const variant = dtype === undefined ? plan.proposed : (variantOf(plan.variants, dtype) ?? plan.proposed);
    const options = { signal, onProgress: report };
    return { folder: await installEncoder(plan, variant, this.#root, this.#environment, options) };
  }

  /** What differs from what was installed; undefined for a folder that was not installed by SeMap. */
  verify(folder: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    return verifyInstalled(folder, this.#environment, signal);
  }

  #plan(source: EncoderSource, signal: AbortSignal, dtype?: EncoderDtype): Promise<EncoderPlan> {
    return source.kind === 'folder'
      ? planFromFolder(source.folder, this.#environment, signal, dtype)
      : planFromHub({ ...source, ...(dtype ? { dtype } : {}) }, this.#environment, signal);
  }
}
