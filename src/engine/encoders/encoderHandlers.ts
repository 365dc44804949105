import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import { type EncoderVariant, encoderKind } from '../../core/encoders/variants.ts';
import { SemapError } from '../../core/errors.ts';
import { listed, phrase } from '../../core/text/text.ts';
import type { EncoderCheck, EncoderMethods } from '../../protocol/encoders.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { ModelInstaller } from '../downloads/modelInstaller.ts';
import type { Encoders } from './encoders.ts';

/** What the engine does with text encoders one by one. */
export class EncoderService {
  readonly encoders: Encoders;
  readonly installer: ModelInstaller<EncoderVariant>;

  /** @param root where new ones are put; undefined when no folder was named */
  constructor(encoders: Encoders, root: string | undefined, environment: DownloadEnvironment) {
    this.encoders = encoders;
    this.installer = new ModelInstaller(encoderKind, root, environment);
  }

  async check(ref: string, signal: AbortSignal): Promise<EncoderCheck> {
    const { folder, name } = await this.encoders.find(ref);
    const damage = await this.installer.verify(folder, signal);
    try {
      return { ...(await this.encoders.check(ref, { signal })), damage };
    } catch (error) {
      if (signal.aborted || !damage || damage.length === 0) throw error;
      throw new SemapError('download-damaged', phrase('Cannot use {0}: {1}.', name, listed(damage)), {
        hint: phrase('Install the text encoder again.'),
        cause: error,
      });
    }
  }
}

/** The calls about text encoders, served by what `started` gives. */
export function encoderHandlers(started: () => EncoderService): Handlers<EncoderMethods> {
  return {
    listEncoders: () => started().encoders.list(),
    checkEncoder: ({ encoder }, { signal }) => started().check(encoder, signal),
    removeEncoder: async ({ name }) => {
      await started().encoders.remove(name);
      return undefined;
    },
    planEncoder: (params, context) => started().installer.plan(params, context),
    installEncoder: (params, context) => started().installer.install(params, context),
  };
}
