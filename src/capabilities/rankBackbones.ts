import type { RankParams, RankResult } from '../core/runs/rankingRecord.ts';
import { imageCount } from '../core/text/numbers.ts';
import { phrase, type Text } from '../core/text/text.ts';
import type { RankActivity, RankProgress } from '../protocol/ranking.ts';
import { carriesOn } from './carriesOn.ts';
import type { Session } from './session.ts';
import { type AskedTargets, targetsAsked } from './targets.ts';

export type RankBackbonesParams = Omit<RankParams, 'targets'> & AskedTargets;

/** Shows a ranking where a door has more than a line for it. */
export type ShowRanking = (progress: RankProgress) => void;

/**
 * Compares backbones on folders. Cancelled, it answers with what had been done by then.
 * @param show absent: what is looked at is reported
 * @throws {SemapError} `invalid-labels`, `no-images`; what the engine says
 */
export async function rankBackbones(
  params: RankBackbonesParams,
  session: Session,
  show: ShowRanking = ({ activity }) => activity && session.report({ message: activityText(activity) }),
): Promise<RankResult> {
  const { engine, signal } = session;
  const asked = await targetsAsked(params, session);
  return engine.call('rank', asked, { signal, onProgress: show, onAgain: carriesOn(session) });
}

/** What is looked at, in a line. */
function activityText({ backbone, round, done, total }: RankActivity): Text {
  return round === 1
    ? phrase('{0}  {1} of {2}  first look', backbone, done, imageCount(total))
    : phrase('{0}  {1} of {2}  second look', backbone, done, imageCount(total));
}
