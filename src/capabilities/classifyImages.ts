import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { ContradictedPromise } from '../core/metrics/balance.ts';
import type { ClassifyParams, ClassifyResult } from '../protocol/classification.ts';
import type { SettleParams, SettleResult } from '../protocol/settling.ts';
import { inOrder } from './answers.ts';
import { carriesOn } from './carriesOn.ts';
import { imageLooks, type LooksByPath } from './imageLooks.ts';
import { classifyEach, type RunFollower, reported } from './runImages.ts';
import type { Session } from './session.ts';
import { contradictionOf, labelNotes, notePromise, type SettleAsked, settled } from './together.ts';

/** Images that a backbone ran, or the cache had. */
export interface RanImages {
  readonly run: ClassifyResult;
  /** In the order in which they came. */
  readonly predictions: readonly Prediction[];
  /** Names of the source labels. */
  readonly sources: readonly string[];
}

/** How images are judged together. */
export interface JudgeParams {
  readonly about: ClassifyParams;
  readonly asked: SettleAsked;
  readonly caution?: SettleParams['caution'];
  /** Whether it is wanted which images are near-duplicates, blurred, and so on. */
  readonly looks?: boolean | undefined;
  /** Whether there is nothing to settle or to compare the images by. */
  readonly alone?: boolean | undefined;
}

/** A classification with all that was asked about it. */
export interface Classified extends Pick<JudgeParams, 'about' | 'asked' | 'caution'> {
  /** Every image by itself. */
  readonly run: ClassifyResult;
  /** The same with the figures of the answers that are given in the end. */
  readonly result: ClassifyResult;
  /** In natural order. */
  readonly predictions: readonly Prediction[];
  readonly sources: readonly string[];
  readonly together: SettleResult | undefined;
  readonly contradicted: ContradictedPromise | undefined;
  readonly looks: LooksByPath | undefined;
}

/**
 * Classifies the images of folders: every image by itself, then all of them together.
 * @throws {SemapError} what the engine says, and {@link judgeTogether}
 */
export async function classifyImages(
  params: JudgeParams,
  session: Session,
  follower?: RunFollower,
): Promise<Classified> {
  const ran = await ranImages(params.about, session, follower);
  return judgeTogether(ran, params, session);
}

/**
 * Runs those images of folders that the cache does not have, and gathers what is said of all of them. Canceling it is no
 * failure: then the result says so, and has what was done by then.
 */
async function ranImages(
  about: ClassifyParams,
  session: Session,
  { onProgress, onAgain }: RunFollower = { onProgress: reported(session), onAgain: carriesOn(session) },
): Promise<RanImages> {
  const predictions: Prediction[] = [];
  let sources: readonly string[] = [];
  const run = await classifyEach(about, session, {
    onProgress: (progress) => {
      for (const prediction of progress.predictions) predictions.push(prediction);
      sources = progress.sources ?? sources;
      onProgress(progress);
    },
    onAgain: (why) => {
      predictions.length = 0;
      onAgain(why);
    },
  });
  return { run, predictions, sources };
}

/**
 * What images are when all of them are looked at together.
 * @throws {SemapError} `cancelled`; what befalls settling where it was asked for
 */
export async function judgeTogether(
  { run, predictions, sources }: RanImages,
  { about, asked, caution, looks = false, alone = false }: JudgeParams,
  session: Session,
): Promise<Classified> {
  const labels = about.alignment.targets.map(({ label }) => label);
  const isWhole = !run.cancelled && run.images > 0 && !alone;
  const together = isWhole ? await settled({ ...about, ...asked, caution }, session) : undefined;
  const contradicted = await contradictionOf(together, { ...about, ...asked }, session);
  if (contradicted) notePromise(contradicted, labels, session);
  if (together) for (const note of labelNotes(together.labelNotes)) session.note(note);
  return {
    about,
    asked,
    caution,
    run,
    result: together ? { ...run, ...together.figures } : run,
    predictions: inOrder(predictions),
    sources,
    together,
    contradicted,
    looks: looks && isWhole ? await imageLooks(about, session) : undefined,
  };
}
