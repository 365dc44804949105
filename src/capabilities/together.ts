import { cancelled, problemOf } from '../core/errors.ts';
import { type ContradictedPromise, contradictedPromise } from '../core/metrics/balance.ts';
import { imageCount, imagesDone } from '../core/text/numbers.ts';
import { listed, phrase, type Text } from '../core/text/text.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import type { LearningMethods } from '../protocol/learning.ts';
import type {
  LabelNotes,
  SettleMode,
  SettleParams,
  SettleProgress,
  SettleResult,
  SettlingMethods,
} from '../protocol/settling.ts';
import type { Note, Session } from './session.ts';

/** Labels and images that a note names; the rest is counted. */
const NAMED = 5;

/** What somebody asks of settling. */
export interface SettleAsked {
  readonly mode: SettleMode;
  readonly balanced: boolean;
  /** Absolute path of a table of labels that persons gave; undefined: those in the folders. */
  readonly truths: string | undefined;
}

/** Shows how far a look at all images is, where a door has more than a line for it. */
export type ShowTogether = (progress: SettleProgress) => void;

/**
 * A call about the images of folders together.
 * @param show absent: how far it is is reported
 */
export function callTogether<K extends keyof (SettlingMethods & LearningMethods)>(
  method: K,
  params: EngineApi[K]['params'],
  session: Pick<Session, 'engine' | 'signal' | 'report'>,
  show: ShowTogether = reported(session),
): Promise<EngineApi[K]['result']> {
  const { engine, signal } = session;
  return engine.call(method, params, { signal, onProgress: show });
}

function reported({ report }: Pick<Session, 'report'>): ShowTogether {
  return ({ step, done, total }) =>
    report({
      ...(step === 'features' && total > 0 && { share: done / total }),
      message:
        step === 'features' && total > 0
          ? phrase('Features: {0}', imagesDone(done, total))
          : phrase('Settling...'),
    });
}

/**
 * The answers for the images together. Where nobody asked for it and it fails, a warning, and the plain answers stay.
 * @throws {SemapError} `cancelled`; what befalls it where it was asked for
 */
export async function settled(params: SettleParams, session: Session): Promise<SettleResult | undefined> {
  try {
    return await callTogether('settle', params, session);
  } catch (error) {
    if (session.signal.aborted) throw cancelled();
    const isAsked = params.mode === 'always' || params.truths !== undefined || params.caution !== undefined;
    if (isAsked) throw error;
    if (params.mode === 'never') return undefined;
    const { message } = problemOf(error);
    session.note({ isWarning: true, text: phrase('The images were not settled. {0}', message) });
    return undefined;
  }
}

/**
 * What the images say of the promise where it is not made: on it, all labels have about the same share.
 * @returns undefined where nothing was settled on a promise
 */
export async function contradictionOf(
  result: SettleResult | undefined,
  params: SettleParams,
  { engine, signal }: Pick<Session, 'engine' | 'signal'>,
): Promise<ContradictedPromise | undefined> {
  if (!params.balanced || !result?.settled) return undefined;
  const asked = { ...params, balanced: false, caution: undefined, known: result.order };
  const { shares, targets } = await engine.call('settle', asked, { signal });
  return contradictedPromise(shares, targets.length);
}

/** Notes which labels contradict the promise. */
export function notePromise(
  { rare, frequent }: ContradictedPromise,
  labels: readonly string[],
  { note, ways: { balanced } }: Pick<Session, 'note' | 'ways'>,
): void {
  const named = (targets: readonly number[]) =>
    listed(
      targets.map((t) => labels[t]),
      NAMED,
    );
  if (rare.length > 0) {
    const text = phrase('{0} does not hold: hardly any image is {1}.', balanced, named(rare));
    note({ isWarning: true, text });
  }
  if (frequent.length > 0) {
    const text = phrase('{0} does not hold: too many images are {1}.', balanced, named(frequent));
    note({ isWarning: true, text });
  }
}

/** Notes what of the labels that persons gave cannot be used. */
export async function noteGivenLabels(params: Omit<SettleParams, 'mode'>, session: Session): Promise<void> {
  const told = await settled({ ...params, mode: 'never' }, session);
  if (told) for (const note of labelNotes(told.labelNotes)) session.note(note);
}

/** What of the labels that persons gave cannot be used. */
export function labelNotes({ unknown, gone, goneCount, contradictory, problems }: LabelNotes): Note[] {
  const notes: Note[] = problems.map(({ message, hint }) => ({
    text: hint ? joined(message, hint) : message,
  }));
  if (unknown.length > 0) {
    const named = unknown.map(({ label, images }) => phrase('{0} ({1})', label, images));
    notes.push({ text: phrase('Labels in the table that there are not: {0}.', listed(named, NAMED)) });
  }
  if (goneCount > 0) {
    const named = listed(gone, NAMED, goneCount);
    notes.push({
      text: phrase('Images in the table that are not in the folders: {0} ({1}).', named, goneCount),
    });
  }
  if (contradictory > 0) {
    const images = imageCount(contradictory);
    notes.push({ text: phrase('{0} in the table with different labels: the last one counts.', images) });
  }
  return notes;
}

function joined(first: Text, second: Text): Text {
  return phrase('{0} {1}', first, second);
}
