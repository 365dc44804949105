import { phrase, type Text } from '../core/text/text.ts';
import type {
  ExportClassifierParams,
  ExportClassifierProgress,
  ExportedClassifier,
} from '../protocol/classifierExport.ts';
import type { Session } from './session.ts';

/**
 * Writes the classifier that an alignment describes as one ONNX file, compared with SeMap's own answers.
 * @throws {SemapError} `cancelled`; `unsupported-model` and what else the engine says: then nothing is kept
 */
export function exportClassifier(
  params: ExportClassifierParams,
  { engine, signal, report }: Pick<Session, 'engine' | 'signal' | 'report'>,
): Promise<ExportedClassifier> {
  const onProgress = ({ step }: ExportClassifierProgress) => report({ message: STEPS[step] });
  return engine.call('exportClassifier', params, { signal, onProgress });
}

const STEPS: Readonly<Record<ExportClassifierProgress['step'], Text>> = {
  reading: phrase('Reading the backbone'),
  writing: phrase('Writing the file'),
  comparing: phrase('Comparing its answers'),
};
