import { errorOf, type Problem, problemOf, SemapError } from '../../core/errors.ts';
import type { FindParams, FindParts, FindRecord } from '../../core/find/findRecord.ts';
import { verdictOf } from '../../core/find/findVerdict.ts';
import { type ImageParts, partImages } from '../../core/find/parts.ts';
import { reporters, searchPoints } from '../../core/find/points.ts';
import { MOST_LABELS, type SearchEnd } from '../../core/find/searchLines.ts';
import { noTargets } from '../../core/labels/targetLabels.ts';
import { unitsOf } from '../../core/metrics/units.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { FolderLock } from '../../files/folderLock.ts';
import { mustBeFolder } from '../../files/folders.ts';
import { lockNewRun } from '../../files/runFolders.ts';
import type { FindActivity, FindProgress } from '../../protocol/find.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { Thread } from '../threads/thread.ts';
import { type FindServices, findBackbones, type UsableBackbone } from './findBackbones.ts';
import { FindClock } from './findClock.ts';
import { readFindRecord, SearchLines, writeFindRecord } from './findFiles.ts';
import { type FoundImages, findImages, keepFoundImages, keptFoundImages } from './findImages.ts';
import type { FindWorkerApi } from './findWorker.ts';
import { groupedImages } from './groupedImages.ts';
import { touchHeldOut } from './heldOut.ts';
import { Search } from './search.ts';
import { trainPrompts } from './searchPrompts.ts';

type Context = CallContext<FindProgress>;

const DEFAULT_MINUTES = 5;
const REPORT_MILLISECONDS = 250;
/** Of a held-out part so many images tell a share to two points; more would only take time. */
const MOST_HELD = 1000;

const ENDED: Readonly<Record<SearchEnd, Text>> = {
  person: phrase('You ended the search.'),
  budget: phrase('The time budget is used up.'),
  everything: phrase('Everything was tried.'),
};

/** One search of this engine: its record, its files and its thread. */
export class FindRun {
  readonly runFolder: string;
  readonly #services: FindServices;
  readonly #params: FindParams;
  readonly #context: Context;
  readonly #resume: boolean;
  readonly #skipped = new Map<string, SkippedImage>();
  #record: FindRecord | undefined;
  #lock: FolderLock | undefined;
  #clock: FindClock | undefined;
  #thread: Thread<FindWorkerApi> | undefined;
  #search: Search | undefined;
  /** Whether there are points of an earlier process. */
  #hadFound = false;
  #found: FoundImages | undefined;
  #decided = false;
  /** Whether time ended it; undefined before it is over. */
  #outOfTime: boolean | undefined;
  #wish: 'go' | 'pause' | 'stop' = 'go';
  #activity: FindActivity | undefined;
  #reported = 0;
  #isOver = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(services: FindServices, params: FindParams, context: Context, resume: boolean) {
    this.#services = services;
    this.#params = params;
    this.#context = context;
    this.#resume = resume;
    this.runFolder = params.runFolder;
  }

  /** What a person wants, heard between two pieces of work. */
  control(wish: 'go' | 'pause' | 'stop'): void {
    this.#wish = wish;
    this.#clock?.set(wish);
  }

  /** @throws {SemapError} which the record tells too, as far as it came to be */
  async run(): Promise<FindRecord> {
    const { signal } = this.#context;
    try {
      return await this.#all();
    } catch (error) {
      const problem = problemOf(error);
      if (signal.aborted || problem.reason === 'cancelled') return await this.#end('paused', {});
      // A full disk may not take the record either: what was there before stays.
      await this.#end('failed', { problem }).catch(() => {});
      throw error;
    } finally {
      await this.#thread?.close();
      await this.#lock?.release();
    }
  }

  async #all(): Promise<FindRecord> {
    const { signal } = this.#context;
    const { folders, targets, budgetMinutes = DEFAULT_MINUTES } = this.#params;
    if (targets.length === 0) throw noTargets();
    if (targets.length > MOST_LABELS) throw tooManyLabels(targets.length);
    await Promise.all(folders.map(mustBeFolder));
    if (!this.#resume) this.#lock = await lockNewRun(this.runFolder);
    const before = this.#resume ? await readFindRecord(this.runFolder) : undefined;
    this.#clock = new FindClock(60 * budgetMinutes, before?.seconds ?? 0, signal, () => this.#report(true));
    if (this.#wish !== 'go') this.#clock.set(this.#wish);
    this.#record = runningRecord(this.#params, this.#services, before);
    this.#hadFound = this.#record.points.length > 0;
    for (const one of before?.skipped ?? []) this.#skipped.set(one.path, one);
    await this.#write();
    const { usable, failed } = await findBackbones(this.#params, this.#services, signal);
    const found = await this.#images(usable);
    this.#found = found;
    const { seed = 0 } = this.#params;
    const parts = partImages(found.images, { seed, roles: found.roles, most: MOST_HELD });
    this.#record = { ...this.#record, parts: partsOf(parts), measuredOn: found.measuredOn };
    const lines = await SearchLines.open(this.runFolder);
    this.#thread = new Thread('find/findWorker');
    const search = new Search(
      {
        params: this.#params,
        services: this.#services,
        runFolder: this.runFolder,
        clock: this.#clock,
        lines,
        thread: this.#thread,
        signal,
        onChange: (activity) => this.#tell(activity),
        onSkipped: (image) => void this.#skipped.set(image.path, image),
      },
      found,
      parts,
    );
    this.#search = search;
    search.fail(failed);
    await search.rounds(usable);
    await trainPrompts(search);
    // From here on nothing is tried any more.
    const { stopped, left } = this.#clock;
    const now = stopped ? 'person' : left === 0 || search.isHurried ? 'budget' : 'everything';
    const after = lines.find<'reports'>({ kind: 'reports' })?.after ?? now;
    this.#outOfTime = after === 'budget';
    const { images } = found;
    const units = unitsOf(parts.search.map((at) => images[at].group));
    await touchHeldOut(search, reporters([...search.candidates.values()], units), after);
    this.#decided = true;
    return this.#end(
      after === 'person' ? 'stopped' : 'done',
      usable.length > 0 ? { ended: ENDED[after] } : {},
    );
  }

  /** The images, with their near-duplicates: it takes outputs of one backbone to see which they are. */
  async #images(usable: readonly UsableBackbone[]): Promise<FoundImages> {
    const { signal } = this.#context;
    const kept = this.#resume ? await keptFoundImages(this.runFolder, this.#params) : undefined;
    if (kept) return kept;
    const { found, skipped } = await findImages(this.#params, this.#services, signal);
    for (const one of skipped) this.#skipped.set(one.path, one);
    const grouped = await groupedImages(found, usable, this.#services, {
      onDone: (backbone, done, total) =>
        this.#tell({ what: phrase('running {0} on the images', backbone), done, total }),
      onSkipped: (image) => void this.#skipped.set(image.path, image),
      signal,
    });
    await keepFoundImages(this.runFolder, grouped);
    return grouped;
  }

  #tell(activity?: FindActivity): void {
    this.#activity = activity;
    this.#report(false);
  }

  /** At most five a second; the record is written along. */
  #report(now: boolean): void {
    // A wish that comes while it ends would make it a run that goes on for ever.
    if (!this.#record || !this.#clock || this.#isOver) return;
    if (!now && performance.now() - this.#reported < REPORT_MILLISECONDS) return;
    this.#reported = performance.now();
    this.#update('running', {});
    this.#context.report({
      ...(this.#activity && { activity: this.#activity }),
      record: this.#record,
      secondsLeft: this.#clock.left,
      ...(this.#clock.paused && { paused: true }),
    });
    void this.#write().catch(() => {});
  }

  #update(
    status: FindRecord['status'],
    { ended, problem }: { readonly ended?: Text; readonly problem?: Problem },
  ): void {
    const record = this.#record!;
    const search = this.#search;
    const found = this.#found;
    const candidates = search ? [...search.candidates.values()] : [];
    // Until then a search that goes on shows what it had found before: of some steps another way leads than of all.
    const isCaughtUp = !this.#hadFound || search?.isReplayed === true || this.#outOfTime !== undefined;
    const made =
      search && found && isCaughtUp
        ? searchPoints({
            candidates,
            searchUnits: unitsOf(search.parts.search.map((at) => found.images[at].group)),
            heldOutUnits: unitsOf(search.parts.heldOut.map((at) => found.images[at].group)),
            decided: this.#decided,
          })
        : undefined;
    const { points, differences, recommended } = made ?? record;
    const { pid: _, ended: __, problem: ___, ...rest } = record;
    this.#record = {
      ...rest,
      status,
      ...(status === 'running' && { pid: process.pid }),
      points,
      differences,
      recommended,
      tried: made ? candidates.filter((one) => one.search || one.expected).length : record.tried,
      seconds: this.#clock?.seconds ?? 0,
      skipped: [...this.#skipped.values()],
      ...(ended && { ended }),
      ...(problem && { problem }),
      verdict:
        made && found
          ? verdictOf({
              ...made,
              candidates,
              parts: record.parts,
              given: found.given,
              labelled: found.labelled,
              found: found.found,
              decided: this.#decided,
              outOfTime: this.#outOfTime ?? this.#clock?.left === 0,
            })
          : record.verdict,
    };
  }

  /** One write after the other, each of the record as it is then. */
  #write(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => writeFindRecord(this.runFolder, this.#record!));
    return this.#writing;
  }

  async #end(
    status: FindRecord['status'],
    why: { readonly ended?: Text; readonly problem?: Problem },
  ): Promise<FindRecord> {
    if (!this.#record) {
      if (why.problem) throw errorOf(why.problem);
      this.#record = runningRecord(this.#params, this.#services);
      return { ...this.#record, status };
    }
    this.#isOver = true;
    this.#update(status, why);
    await this.#write();
    return this.#record;
  }
}

function tooManyLabels(count: number): SemapError {
  return new SemapError(
    'invalid-labels',
    phrase('A search compares at most {0} labels, not {1}.', MOST_LABELS, count),
    {
      hint: phrase('Search with fewer labels.'),
    },
  );
}

/** @param before the record that is gone on with: how it ended is forgotten */
function runningRecord(params: FindParams, { device }: FindServices, before?: FindRecord): FindRecord {
  const { ended: _, problem: __, ...found } = before ?? {};
  return {
    version: 1,
    kind: 'find',
    time: new Date().toISOString(),
    parts: { search: 0, heldOut: 0, unlabeled: 0 },
    points: [],
    differences: [],
    verdict: [],
    tried: 0,
    seconds: 0,
    skipped: [],
    // What was found stays until it is made again of the lines: this process may be killed, too.
    ...found,
    status: 'running',
    pid: process.pid,
    params,
    labels: params.targets.map(({ name }) => name),
    seed: params.seed ?? 0,
    device,
  };
}

function partsOf({ search, heldOut, unlabelled }: ImageParts): FindParts {
  return { search: search.length, heldOut: heldOut.length, unlabeled: unlabelled.length };
}
