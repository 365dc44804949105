import { cancelled } from '../core/errors.ts';
import { imagesDone } from '../core/text/numbers.ts';
import type { ClassifyParams, ClassifyProgress, ClassifyResult } from '../protocol/classification.ts';
import { carriesOn } from './carriesOn.ts';
import type { Session } from './session.ts';

/** Shows a classification where a door has more than a line for it. */
export type ShowClassifying = (progress: ClassifyProgress) => void;

/** Who wants to know more of images that are run than how far they are. */
export interface RunFollower {
  onProgress(progress: ClassifyProgress): void;
  /** What was finished is kept, and comes once more. @param why the engine ended, in English */
  onAgain(why: string): void;
}

/**
 * Classifies every image of folders by itself: those run that the cache does not have. Cancelled, it answers with what had
 * been done by then.
 * @throws {SemapError} what the engine says
 */
export function classifyEach(
  params: ClassifyParams,
  { engine, signal }: Pick<Session, 'engine' | 'signal'>,
  follower: RunFollower,
): Promise<ClassifyResult> {
  return engine.call('classify', params, {
    signal,
    onProgress: (progress) => follower.onProgress(progress),
    onAgain: (why) => follower.onAgain(why),
  });
}

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
  const result = await classifyEach(params, session, { onProgress: show, onAgain: carriesOn(session) });
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
