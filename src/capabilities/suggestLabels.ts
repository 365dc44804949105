import { imagesDone } from '../core/text/numbers.ts';
import type { AlignmentMethods, LabelSuggestions } from '../protocol/alignments.ts';
import { carriesOn } from './carriesOn.ts';
import type { Session } from './session.ts';

/**
 * Labels for images that have none, from what a backbone makes of a sample of them.
 * @throws {SemapError} `no-images`, `cancelled`; what the engine says
 */
export function suggestLabels(
  params: AlignmentMethods['suggestLabels']['params'],
  session: Session,
): Promise<LabelSuggestions> {
  const { engine, signal, report } = session;
  return engine.call('suggestLabels', params, {
    signal,
    onProgress: ({ done, total }) =>
      report({
        ...(total > 0 && { share: done / total }),
        message: imagesDone(done, total),
      }),
    onAgain: carriesOn(session),
  });
}
