import { setImmediate } from 'node:timers/promises';
import { callTogether } from '../../capabilities/together.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { FEWEST_SETTLED } from '../../core/heads/settle.ts';
import { Listeners } from '../../core/listeners.ts';
import type { SettlingRecord } from '../../core/runs/settlingRecord.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import type { SettleMode, SettleParams, SettleProgress, SettleResult } from '../../protocol/settling.ts';
import type { ProposedImage, SettlingFigures, SettlingState } from '../../protocol/settlingView.ts';
import { say } from '../language.ts';
import { quietSession } from '../quietSession.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { FolderTruths } from '../truths/folderTruths.ts';
import type { SettledAnswers } from './answers.ts';
import { AskedImages } from './askedImages.ts';
import type { ClassifyRun, RunSettings } from './classifyRun.ts';
import { plainAnswers, type Settled, settledOf } from './settled.ts';

/** Labels come by keys: the folder is settled when the person pauses for so long. */
const PAUSE_MS = 250;
/** Images looked at before others get a turn. */
const ROWS_AT_A_TIME = 5000;

/** What of settling is kept with a run. */
export interface KeptSettling {
  readonly record: SettlingRecord;
  /** Absent where they are the plain ones. */
  readonly answers?: SettledAnswers | undefined;
}

/**
 * The images of a run taken together: what they say to one another, beside what the mapping says of each alone. The plain
 * answers are always there, so that they come back at once.
 */
export class Settling {
  /** What a person is asked about. */
  readonly asked: AskedImages;
  readonly #run: ClassifyRun;
  readonly #engine: Pick<Engine, 'call'>;
  readonly #changed = new Listeners();
  #mode: SettleMode;
  #balanced = false;
  #shown = false;
  /** By whether they are balanced: a promise is taken back at once. */
  readonly #settled = new Map<boolean, Settled>();
  #progress: SettleProgress | undefined;
  #problem: string | undefined;
  #lastChanged: number | undefined;
  /** Another one whenever labels changed. */
  #version = 0;
  /** The `order` of the engine, and the row of each image in it. */
  #order: { readonly name: string; readonly rows: Int32Array } | undefined;
  /** What a person said of each row, as of the last settling. */
  #given = new Int32Array();
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly #toKeep = new Listeners();

  /** It changed: what is shown, or how far it is. */
  readonly onDidChange = this.#changed.on;
  /** What is kept of it changed. */
  readonly onDidSettle = this.#toKeep.on;

  constructor(run: ClassifyRun, engine: Pick<Engine, 'call'>) {
    this.#run = run;
    this.#engine = engine;
    const { settle = 'auto', balanced = false } = run.settings;
    this.#mode = settle;
    this.#balanced = balanced;
    this.asked = new AskedImages({
      draw: (count, random, signal) => this.#drawn(count, random, signal),
      labels: () => {
        // What was kept with a run knows these, too.
        const { learned = 0, held = 0 } = this.#figures ?? {};
        return learned + held;
      },
      changed: () => this.#changed.tell(),
      failed: (error) => {
        this.#problem = say(toSemapError(error).text);
      },
    });
  }

  /** What contradicts a promise is seen where it was not made. */
  get #figures(): SettlingFigures | undefined {
    const { figures } = this.#settled.get(this.#balanced) ?? {};
    const { rare, frequent } = this.#settled.get(false)?.figures ?? {};
    return figures && { ...figures, ...(rare && { rare }), ...(frequent && { frequent }) };
  }

  /** What the person chose: another run of the same folder begins with it. */
  get choice(): Pick<RunSettings, 'settle' | 'balanced'> {
    return { settle: this.#mode, balanced: this.#balanced };
  }

  get state(): SettlingState {
    const figures = this.#figures;
    return {
      shown: this.#shown,
      balanced: this.#balanced,
      refused: this.#refused,
      progress:
        this.#progress ?? (this.asked.isLooking ? { step: 'settling', done: 0, total: 0 } : undefined),
      problem: this.#problem,
      figures,
      lastChanged: this.#lastChanged,
      asking: this.asked.on,
      proposed: this.asked.proposed,
    };
  }

  /** Whether other labels were given, or some taken back, since it was settled. */
  async isOutdatedBy(labels: Pick<FolderTruths, 'counts' | 'of'>): Promise<boolean> {
    const { answers, predictions, alignment } = this.#run;
    const { labelled, none } = labels.counts;
    if (!this.#settled.has(this.#balanced) || answers.labelled + labelled + none === 0) return false;
    const targets = new Map<string | undefined, number>([[undefined, GIVEN.noneOfThese]]);
    for (const [target, { label }] of alignment.targets.entries())
      if (!targets.has(label)) targets.set(label, target);
    for (let row = 0; row < predictions.length; row++) {
      const given = labels.of(predictions.at(row)!.path);
      // A label that is no target says nothing here.
      const now = given ? targets.get(given.label) : GIVEN.nothing;
      if (now !== undefined && now !== answers.given(row)) return true;
      if (row % ROWS_AT_A_TIME === 0) await setImmediate();
    }
    return false;
  }

  /** What is kept of it with the run; undefined while nothing came of it. */
  get kept(): KeptSettling | undefined {
    const settled = this.#settled.get(this.#balanced);
    if (!settled) return undefined;
    const { doubtful: _, ...figures } = this.#figures!;
    const { answers, measured, plainMeasured } = settled;
    const isPlain = !figures.settled && figures.learned + figures.held === 0;
    return {
      ...(isPlain ? {} : { answers }),
      record: {
        shown: this.#shown,
        mode: this.#mode,
        balanced: this.#balanced,
        ...figures,
        measured,
        plainMeasured,
      },
    };
  }

  /** What the answers that are shown were settled with. */
  get shownWith(): Pick<SettleParams, 'mode' | 'balanced'> {
    return this.#shown && this.#mode !== 'never'
      ? { mode: this.#mode, balanced: this.#balanced }
      : { mode: 'never' };
  }

  get #refused(): SettlingState['refused'] {
    if (this.#run.state === 'running') return this.#run.watching ? 'watching' : 'running';
    return this.#run.predictions.length < FEWEST_SETTLED ? 'too-few' : undefined;
  }

  /** Takes up what was kept of it, without asking the engine. */
  takeUp({ record, answers = plainAnswers(this.#run.predictions) }: KeptSettling): void {
    const { shown, mode, balanced, measured, plainMeasured, ...figures } = record;
    this.#mode = mode;
    this.#balanced = balanced;
    this.#settled.set(balanced, {
      answers,
      figures: { ...figures, doubtful: [] },
      measured,
      plainMeasured,
      version: 0,
    });
    this.#show(shown, true);
  }

  /** Settles where the images say enough, unless the person decided about it. */
  begin(): Promise<void> {
    return this.#mode === 'never' ? Promise.resolve() : this.#settle();
  }

  /** Settles as it was in the window before. */
  resume(how: 'settled' | 'balanced'): Promise<void> {
    this.#mode = 'always';
    this.#balanced = how === 'balanced';
    return this.#settle();
  }

  /** Shows settled answers, or the plain ones: these at once. */
  async choose(on: boolean): Promise<void> {
    this.#mode = on ? 'always' : 'never';
    if (!on) {
      this.cancel();
      this.#show(false);
    } else if (this.#isReady(this.#balanced)) this.#show(true);
    else await this.#settle();
  }

  /** @param promised that there are about equally many images of each label */
  async balance(promised: boolean): Promise<void> {
    this.cancel();
    this.#balanced = promised;
    if (promised) this.#mode = 'always';
    // Who looks at the plain answers goes on to.
    if (this.#mode === 'never') this.#show(false);
    else if (this.#isReady(promised)) this.#show(true);
    else await this.#settle();
  }

  #isReady(balanced: boolean): boolean {
    const settled = this.#settled.get(balanced);
    return settled?.version === this.#version && settled.figures.settled;
  }

  /** Labels are others: what was settled without them is out of date. */
  labelsChanged(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#version++;
      // Who labels faster than it settles sees the answers to some of the labels in between.
      if (!this.#abort) void this.#settle();
    }, PAUSE_MS);
  }

  async #drawn(count: number, random: boolean, signal: AbortSignal): Promise<ProposedImage[]> {
    const params = {
      ...this.#run.settings.params,
      mode: this.#mode === 'never' ? ('auto' as const) : this.#mode,
      balanced: this.#balanced,
      count,
      random,
    };
    const { paths } = await callTogether('proposeImages', params, quietSession(this.#engine, signal));
    const rows = this.#run.predictions.rowsOf(paths);
    return [...rows].filter((row) => row >= 0).map((image) => ({ image, random }));
  }

  /** Stops what is being worked out; what is shown stays. */
  cancel(): void {
    if (this.#timer !== undefined) {
      // What is there was settled without the labels that it waited for.
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#version++;
    }
    this.#abort?.abort();
    this.#abort = undefined;
    this.#progress = undefined;
    this.#changed.tell();
  }

  async #settle(): Promise<void> {
    if (this.#refused) return;
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    const isCurrent = () => this.#abort === abort;
    const version = this.#version;
    this.#problem = undefined;
    this.#progress = { step: 'settling', done: 0, total: 0 };
    this.#changed.tell();
    try {
      const params = {
        ...this.#run.settings.params,
        mode: this.#mode,
        balanced: this.#balanced,
        known: this.#order?.name,
      };
      const session = quietSession(this.#engine, abort.signal);
      const result = await callTogether('settle', params, session, (progress) => {
        if (!isCurrent()) return;
        this.#progress = progress;
        this.#changed.tell();
      });
      if (!isCurrent()) return;
      this.#mustHaveAll(result);
      this.#take(result, version);
      this.asked.labelled((image) => this.#given[image] !== GIVEN.nothing);
    } catch (error) {
      if (!isCurrent()) return;
      if (toSemapError(error).reason !== 'cancelled') this.#problem = say(toSemapError(error).text);
    }
    if (!isCurrent()) return;
    this.#abort = undefined;
    this.#progress = undefined;
    this.#changed.tell();
    if (version !== this.#version) await this.#settle();
    else if (this.#balanced) await this.#checkPromise();
  }

  /**
   * What was settled with all images is not replaced by what is left of them in the cache; images that were deleted, and
   * others that joined the folders, are no reason to refuse.
   * @throws {SemapError} `not-found`
   */
  #mustHaveAll(result: SettleResult): void {
    const { predictions, skipped } = this.#run;
    const there = this.#rowsOf(result).reduce((sum, row) => sum + Number(row >= 0), 0);
    const lost = Math.min(predictions.length - there, result.unseen - skipped.length);
    if (lost <= 0) return;
    const all = imageCount(predictions.length);
    throw new SemapError('not-found', phrase('Only {0} of {1} are still in the cache.', there, all));
  }

  /** What the images say without a promise, where that is not known. */
  async #checkPromise(): Promise<void> {
    if (this.#settled.has(false)) return;
    const version = this.#version;
    const { params } = this.#run.settings;
    const known = this.#order?.name;
    try {
      const result = await callTogether(
        'settle',
        { ...params, mode: 'always', known },
        quietSession(this.#engine),
      );
      if (this.#settled.has(false)) return;
      this.#settled.set(false, this.#settledOf(result, version));
    } catch {
      // Nobody waits for it: the next settling tries again.
      return;
    }
    this.#changed.tell();
    this.#toKeep.tell();
  }

  #take(result: SettleResult, version: number): void {
    const { answers: shown, predictions } = this.#run;
    const settled = this.#settledOf(result, version);
    const truths = new Int32Array(predictions.length).fill(-1);
    this.#given = new Int32Array(predictions.length).fill(GIVEN.nothing);
    let lastChanged = 0;
    for (const [i, row] of this.#rowsOf(result).entries()) {
      if (row < 0) continue;
      this.#given[row] = result.given[i];
      // What a person said is the answer: it cannot be right or wrong.
      if (result.given[i] === GIVEN.nothing) truths[row] = result.truths[i];
      if (result.given[i] === GIVEN.nothing && result.targets[i] !== shown.target(row)) lastChanged++;
    }
    const learnedBefore = this.#settled.get(this.#balanced)?.figures.learned;
    // Labels of before are not the last ones.
    const isRound = learnedBefore !== undefined && learnedBefore !== result.learned && result.learned > 0;
    this.#lastChanged = isRound ? lastChanged : undefined;
    this.#settled.set(this.#balanced, settled);
    shown.judge(truths);
    shown.give((row) => this.#given[row]);
    this.#show(result.settled);
  }

  #settledOf(result: SettleResult, version: number): Settled {
    return settledOf(result, this.#rowsOf(result), this.#run.predictions, version);
  }

  /** The rows of the run for the images of the engine; -1 for those that the run does not have. */
  #rowsOf({ order, paths }: SettleResult): Int32Array {
    if (this.#order?.name === order) return this.#order.rows;
    if (!paths) throw new SemapError('internal', verbatim(`The engine told no paths for ${order}.`));
    const rows = this.#run.predictions.rowsOf(paths);
    this.#order = { name: order, rows };
    return rows;
  }

  /** @param kept whether that is what is kept of it already */
  #show(shown: boolean, kept = false): void {
    const settled = this.#settled.get(this.#balanced);
    this.#shown = shown && settled !== undefined;
    this.#run.measured = this.#shown ? settled?.measured : settled?.plainMeasured;
    this.#run.answers.show(this.#shown ? settled?.answers : undefined);
    this.#changed.tell();
    this.#run.tellChange();
    if (!kept) this.#toKeep.tell();
  }
}
