import type { RankParams, RankResult } from '../core/runs/rankingRecord.ts';
import { imageCount } from '../core/text/numbers.ts';
import { phrase, type Text } from '../core/text/text.ts';
import type { RankActivity } from '../protocol/ranking.ts';
import { carriesOn } from './carriesOn.ts';
import type { Session } from './session.ts';
import { targetsOf } from './targets.ts';

export interface RankBackbonesParams extends Omit<RankParams, 'targets'> {
  /** Absent: the labels of the folders. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * Compares backbones on folders. Cancelled, it answers with what had been done by then.
 * @throws {SemapError} `invalid-labels`, `no-images`; what the engine says
 */
export async function rankBackbones(
  { labels, ...params }: RankBackbonesParams,
  session: Session,
): Promise<RankResult> {
  const { engine, signal, report } = session;
  const targets = await targetsOf(labels, params, session);
  return engine.call(
    'rank',
    { ...params, targets },
    {
      signal,
      onProgress: ({ activity }) => activity && report({ message: activityText(activity) }),
      onAgain: carriesOn(session),
    },
  );
}

/** What is looked at, in a line. */
function activityText({ backbone, round, done, total }: RankActivity): Text {
  return round === 1
    ? phrase('{0}  {1} of {2}  first look', backbone, done, imageCount(total))
    : phrase('{0}  {1} of {2}  second look', backbone, done, imageCount(total));
}
