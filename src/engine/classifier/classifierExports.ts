import { checkClassifierOptions } from '../../core/classifiers/classifierOptions.ts';
import { unsupportedModel } from '../../core/errors.ts';
import { verbatim } from '../../core/text/text.ts';
import type {
  ClassifierExportMethods,
  ExportClassifierParams,
  ExportClassifierProgress,
  ExportedClassifier,
} from '../../protocol/classifierExport.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';

/** Writes classifiers as files that run without SeMap. */
export class ClassifierExports {
  async export(
    { options }: ExportClassifierParams,
    _context: CallContext<ExportClassifierProgress>,
  ): Promise<ExportedClassifier> {
    checkClassifierOptions(options);
    throw unsupportedModel(verbatim('Not yet.'));
  }
}

/** The calls about exported classifiers, served by what `started` gives. */
export function classifierHandlers(started: () => ClassifierExports): Handlers<ClassifierExportMethods> {
  return { exportClassifier: (params, context) => started().export(params, context) };
}
