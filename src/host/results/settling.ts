import { setImmediate } from 'node:timers/promises';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { FEWEST_SETTLED } from '../../core/heads/settle.ts';
import { Listeners, type Listening } from '../../core/listeners.ts';
import { contradictedPromise } from '../../core/metrics/balance.ts';
import type { AnswerFigures } from '../../core/runs/answerFigures.ts';
import type { SettlingRecord } from '../../core/runs/settlingRecord.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import type { SettleMode, SettleParams, SettleProgress, SettleResult } from '../../protocol/settling.ts';
import type { ProposedImage, SettlingFigures, SettlingState } from '../../protocol/settlingView.ts';
import { say } from '../language.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { FolderTruths } from '../truths/folderTruths.ts';
import type { SettledAnswers } from './answers.ts';
import type { ClassifyRun, RunSettings } from './classifyRun.ts';

/** Labels come by keys: the folder is settled when the person pauses for so long. */
const PAUSE_MS = 250;
/** Labels up to which rounds are short: the first ones teach most. */
const FEW_LABELS = 20;
/** Images looked at before others get a turn. */
const ROWS_AT_A_TIME = 5000;
/** Images drawn at random that a person is asked about at once. */
const RANDOM_IMAGES = 10;

/** Why a person was asked about an image. */
export type Asked = 'proposed' | 'random';

/** What of settling is kept with a run. */
export interface KeptSettling {
  readonly record: SettlingRecord;
  /** Absent where they are the plain ones. */
  readonly answers?: SettledAnswers | undefined;
}

/** What came of settling a run, by its rows. */
interface Settled {
  readonly answers: SettledAnswers;
  readonly figures: SettlingFigures;
  readonly measured: AnswerFigures;
  readonly plainMeasured: AnswerFigures;
  /** Of the labels that it was settled with. */
  readonly version: number;
}

/**
 * The images of a run taken together: what they say to one another, beside what the mapping says of each alone. The plain
 * answers are always there, so that they come back at once.
 */
export class Settling {
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
  #asking = false;
  /** While images to ask about are being found. */
  #looking: AbortController | undefined;
  #proposed: readonly ProposedImage[] = [];
  /** Rows that a person was ever asked about. */
  readonly #asked = new Map<number, Asked>();
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
      progress: this.#progress ?? (this.#looking ? { step: 'settling', done: 0, total: 0 } : undefined),
      problem: this.#problem,
      figures,
      lastChanged: this.#lastChanged,
      asking: this.#asking,
      proposed: this.#proposed,
    };
  }

  /** Whether other labels were given, or some taken back, since it was settled. */
  async isOutdatedBy(labels: Pick<FolderLabels, 'counts' | 'of'>): Promise<boolean> {
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
  takeUp({ record, answers = this.#plain() }: KeptSettling): void {
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

  /** Asks a person about the images whose labels teach most, round by round, or stops to. */
  async propose(on: boolean): Promise<void> {
    this.#asking = on;
    this.#proposed = [];
    this.#looking?.abort();
    this.#looking = undefined;
    this.#changed.tell();
    if (on) await this.#nextRound();
  }

  /** Asks about images drawn at random, whose labels only measure. */
  async proposeRandom(): Promise<void> {
    this.#asking = true;
    await this.#ask((signal) => this.#drawn(RANDOM_IMAGES, true, signal));
  }

  /** Why a person was asked about an image, if so. */
  askedAbout(row: number): Asked | undefined {
    return this.#asked.get(row);
  }

  #nextRound(): Promise<void> {
    // What was kept with a run knows these, too.
    const { learned = 0, held = 0 } = this.#figures ?? {};
    const labels = learned + held;
    return this.#ask(async (signal) => [
      ...(await this.#drawn(labels < FEW_LABELS ? 5 : 10, false, signal)),
      // Sparingly: a label that only measures teaches nothing.
      ...(labels > 0 ? await this.#drawn(1, true, signal) : []),
    ]);
  }

  /** Whoever asks last is answered. */
  async #ask(draw: (signal: AbortSignal) => Promise<readonly ProposedImage[]>): Promise<void> {
    this.#looking?.abort();
    const looking = new AbortController();
    this.#looking = looking;
    this.#changed.tell();
    try {
      const drawn = await draw(looking.signal);
      if (this.#looking !== looking) return;
      this.#proposed = drawn.filter(({ image }, i) => drawn.findIndex((one) => one.image === image) === i);
      for (const { image, random } of this.#proposed) this.#asked.set(image, random ? 'random' : 'proposed');
    } catch (error) {
      if (this.#looking !== looking) return;
      this.#asking = false;
      this.#problem = say(toSemapError(error).text);
    }
    this.#looking = undefined;
    this.#changed.tell();
  }

  async #drawn(count: number, random: boolean, signal: AbortSignal): Promise<ProposedImage[]> {
    const { paths } = await this.#engine.call(
      'proposeImages',
      {
        ...this.#run.settings.params,
        mode: this.#mode === 'never' ? 'auto' : this.#mode,
        balanced: this.#balanced,
        count,
        random,
      },
      { signal },
    );
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
      const result = await this.#engine.call(
        'settle',
        {
          ...this.#run.settings.params,
          mode: this.#mode,
          balanced: this.#balanced,
          known: this.#order?.name,
        },
        {
          signal: abort.signal,
          onProgress: (progress) => {
            if (!isCurrent()) return;
            this.#progress = progress;
            this.#changed.tell();
          },
        },
      );
      if (!isCurrent()) return;
      this.#mustHaveAll(result);
      this.#take(result, version);
      const isRoundOver = this.#proposed.every(({ image }) => this.#given[image] !== GIVEN.nothing);
      if (this.#asking && !this.#looking && this.#proposed.length > 0 && isRoundOver) void this.#nextRound();
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
      const result = await this.#engine.call('settle', { ...params, mode: 'always', known });
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
    const rows = this.#rowsOf(result);
    const answers = this.#plain();
    for (const [i, row] of rows.entries()) {
      if (row < 0) continue;
      answers.targets[row] = result.targets[i];
      answers.confidences[row] = result.confidences[i];
    }
    const { figures: measured, plainFigures: plainMeasured } = result;
    return { answers, figures: figuresOf(result, rows), measured, plainMeasured, version };
  }

  #plain(): SettledAnswers {
    const { predictions } = this.#run;
    const { length } = predictions;
    return {
      targets: Int32Array.from({ length }, (_, row) => predictions.target(row)),
      confidences: Float32Array.from({ length }, (_, row) => predictions.confidence(row)),
    };
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

function figuresOf(result: SettleResult, rows: Int32Array): SettlingFigures {
  const { settled, kind, information, evidence, changed, learned, held, expected, shares } = result;
  return {
    settled,
    kind,
    information,
    evidence,
    changed,
    learned,
    held,
    expected,
    doubtful: result.doubtful
      .map(({ image, given, answer }) => ({ image: rows[image], given, answer }))
      .filter(({ image }) => image >= 0),
    ...contradictedPromise(shares, result.targets.length),
  };
}

/** Labels of the images of some folders. */
export type FolderLabels = Pick<FolderTruths, 'ready' | 'counts' | 'of' | 'onDidChange' | 'dispose'>;

/** The settling of each run. */
export class Settlings {
  readonly #engine: Pick<Engine, 'call'>;
  readonly #labelsOf: (folders: readonly string[]) => FolderLabels;
  readonly #all = new WeakMap<ClassifyRun, Settling>();
  readonly #settled = new Listeners<ClassifyRun>();

  /** What is kept of the settling of a run changed. */
  readonly onDidSettle = this.#settled.on;

  constructor(engine: Pick<Engine, 'call'>, labelsOf: (folders: readonly string[]) => FolderLabels) {
    this.#engine = engine;
    this.#labelsOf = labelsOf;
  }

  /** Settles a run again whenever the labels of its images change, until what is returned is disposed. */
  follow(run: ClassifyRun): Listening {
    const labels = this.#labelsOf(run.folders);
    let listening: Listening | undefined;
    let over = false;
    const begin = async () => {
      if (over) return;
      const settling = this.of(run);
      listening = labels.onDidChange(() => settling.labelsChanged());
      if ((await settling.isOutdatedBy(labels)) && !over) settling.labelsChanged();
    };
    void labels.ready.then(begin);
    return {
      dispose: () => {
        over = true;
        listening?.dispose();
        labels.dispose();
      },
    };
  }

  of(run: ClassifyRun): Settling {
    const known = this.#all.get(run);
    if (known) return known;
    const made = new Settling(run, this.#engine);
    made.onDidSettle(() => this.#settled.tell(run));
    this.#all.set(run, made);
    return made;
  }
}
