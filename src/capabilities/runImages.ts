import { cancelled } from '../core/errors.ts';
import { imagesDone } from '../core/text/numbers.ts';
import type { ClassifyParams, ClassifyProgress, ClassifyResult } from '../protocol/classification.ts';
import { carriesOn } from './carriesOn.ts';
import type { Session } from './session.ts';

/** Shows a classification where a door has more than a line for it. */
export type ShowClassifying = (progress: ClassifyProgress) => void;

/**
 * Runs those images of folders that the cache does not have.
 * @param show absent: how many are done is reported
 * @throws {SemapError} `cancelled`; what the engine says
 */
export async function runImages(
  params: ClassifyParams,
  session: Session,
  show: ShowClassifying = reported(session),
): Promise<ClassifyResult> {
  const { engine, signal } = session;
  const result = await engine.call('classify', params, {
    signal,
    onProgress: show,
    onAgain: carriesOn(session),
  });
  if (result.cancelled) throw cancelled();
  return result;
}

/** How far a classification is, as a line. */
export function reported({ report }: Session): ShowClassifying {
  return ({ done, total, listed, paused }) =>
    report({
      ...(listed && total > 0 && { share: done / total }),
      message: paused ?? imagesDone(done, total),
    });
}
