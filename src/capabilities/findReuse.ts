import path from 'node:path';
import { type AlignmentDocument, madeFor } from '../core/alignments/alignment.ts';
import { withPaths } from '../core/alignments/documentPaths.ts';
import { SemapError } from '../core/errors.ts';
import type { FindParams, FindPoint, FindRecord } from '../core/find/findRecord.ts';
import { pointName } from '../core/find/foundTexts.ts';
import { filesBeside } from '../core/find/keptFiles.ts';
import { readFind } from '../core/find/readFind.ts';
import { LARGEST_RECORD, RUN_FILES } from '../core/runs/run.ts';
import { timeLeft } from '../core/text/numbers.ts';
import { listed, phrase, plural, type Text } from '../core/text/text.ts';
import { readOfRun } from '../files/runFolders.ts';
import type { FindActivity, FindProgress, KeptReuse } from '../protocol/find.ts';
import { DOCUMENT_ENDING } from './learnHead.ts';
import type { FileOfDocument } from './newDocument.ts';
import type { Session } from './session.ts';
import { type AskedTargets, targetsAsked } from './targets.ts';

/** What a point is called that is the recommended one. */
export const RECOMMENDED = 'recommended';
/** Ids that are named where none fits. */
const SHOWN_IDS = 8;
/** Minutes that a search takes of which nobody said how many. */
export const USUAL_BUDGET = 5;

export type FindReuseParams = Omit<FindParams, 'targets'> & AskedTargets;

/** Shows a search where a door has more than a line for it. */
export type ShowSearch = (progress: FindProgress) => void;

/**
 * Searches for the best reuse, in a run of its own. Cancelled, it answers with a record that is paused, which
 * {@link resumeSearch} takes.
 * @param show absent: how far it is is reported
 * @throws {SemapError} `invalid-labels`, `no-images`; what the engine says
 */
export async function findReuse(
  params: FindReuseParams,
  session: Session,
  show: ShowSearch = reported(session, params.budgetMinutes),
): Promise<FindRecord> {
  const { engine, signal } = session;
  const asked = await targetsAsked(params, session);
  return engine.call('findReuse', asked, { signal, onProgress: show });
}

/**
 * Goes on with a search; of one that is over, what it found.
 * @throws {SemapError} what the engine says of a folder without one
 */
export async function resumeSearch(
  runFolder: string,
  session: Session,
  show?: ShowSearch,
): Promise<FindRecord> {
  const { engine, signal } = session;
  const ended = await endedSearch(runFolder);
  if (ended) return ended;
  return engine.call('resumeFind', { runFolder }, { signal, onProgress: show ?? reported(session) });
}

/** The record of a search that is over; undefined where there is something to go on with, or nothing that can be read. */
export async function endedSearch(runFolder: string): Promise<FindRecord | undefined> {
  try {
    const record = readFind(JSON.parse(String(await readOfRun(runFolder, RUN_FILES.record, LARGEST_RECORD))));
    return isOver(record) ? record : undefined;
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}

/** Whether there is nothing to resume. */
export function isOver({ status }: Pick<FindRecord, 'status'>): boolean {
  return status === 'done' || status === 'stopped';
}

/** `training a watermark  3 of 20  12 ways tried  2 min left`. */
function reported({ report }: Session, budgetMinutes = USUAL_BUDGET): ShowSearch {
  return ({ activity, record, secondsLeft }) => {
    if (!activity) return;
    const seconds = 60 * (record.params.budgetMinutes ?? budgetMinutes);
    report({
      share: Math.min(1, Math.max(0, 1 - secondsLeft / seconds)),
      message: searchText({ activity, record, secondsLeft }),
    });
  };
}

/** What a search does now, and how long it may take. */
export function searchText({
  activity,
  record,
  secondsLeft,
}: Pick<FindProgress, 'record' | 'secondsLeft'> & {
  readonly activity: NonNullable<FindProgress['activity']>;
}): Text {
  const { what, done, total } = activity;
  const tried = plural(record.tried, '{0} way tried', '{0} ways tried');
  const left = timeLeft(secondsLeft);
  return total > 1
    ? phrase('{0}  {1} of {2}  {3}  {4}', what, done, total, tried, left)
    : phrase('{0}  {1}  {2}', what, tried, left);
}

/** A point of a search as a document, and the files that go beside it. */
export interface KeptPoint {
  readonly id: string;
  readonly name: Text;
  readonly document: AlignmentDocument;
  readonly files: readonly FileOfDocument[];
}

/**
 * Learns a point of a search again, from all labels. Nothing is written, and files have no place yet.
 * @throws {SemapError} what the engine says
 */
export async function learnAgain(
  runFolder: string,
  id: string,
  { params }: Pick<FindRecord, 'params'>,
  { engine, signal, report }: Session,
): Promise<KeptReuse> {
  const onProgress = ({ what, done, total }: FindActivity) =>
    report({
      ...(total > 0 && { share: done / total }),
      message: total > 0 ? phrase('{0}  {1} of {2}', what, done, total) : what,
    });
  const kept = await engine.call('keepReuse', { runFolder, id }, { signal, onProgress });
  return { ...kept, document: madeFor(params.folders, kept.document) };
}

/**
 * Learns a point of a search again, from all labels, with the place of each file. Nothing is written.
 * @param keep id of a point, or {@link RECOMMENDED}
 * @param out where the document will be; the files beside it are called after it
 * @throws {SemapError} `not-found` for a point that there is not; what the engine says
 */
export async function keepReuse(
  {
    record,
    runFolder,
    keep,
    out,
  }: { readonly record: FindRecord; readonly runFolder: string; readonly keep: string; readonly out: string },
  session: Session,
): Promise<KeptPoint> {
  const point = pointOf(keep, record);
  const kept = await learnAgain(runFolder, point.id, record, session);
  const folder = path.dirname(path.resolve(out));
  const { document, files } = filesBeside(kept, path.basename(out).replace(DOCUMENT_ENDING, ''));
  const beside = new Set(files.map(({ file }) => file));
  const placed = withPaths(document, (file) => (beside.has(file) ? path.join(folder, file) : file));
  return {
    id: point.id,
    name: pointName(point),
    document: placed,
    files: files.map(({ file, bytes }) => ({ file: path.join(folder, file), bytes })),
  };
}

/** @throws {SemapError} `not-found` */
function pointOf(keep: string, { points, recommended }: FindRecord): FindPoint {
  const id = keep === RECOMMENDED ? recommended : keep;
  const found = points.find((point) => point.id === id);
  if (found) return found;
  const ids = points.map((point) => point.id);
  const hint =
    ids.length > 0
      ? phrase('There are: {0}.', listed(ids, SHOWN_IDS))
      : phrase('The search found nothing to keep.');
  throw keep === RECOMMENDED
    ? new SemapError('not-found', phrase('The search recommends nothing.'), { hint })
    : new SemapError('not-found', phrase('The search has no way {0}.', keep), { hint });
}
