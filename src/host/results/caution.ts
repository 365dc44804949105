import { callTogether } from '../../capabilities/together.ts';
import {
  type CautionSettings,
  type CautiousAnswers,
  cautiousAnswers,
  SAID,
} from '../../core/caution/cautiousAnswers.ts';
import { asksForCaution } from '../../core/caution/settings.ts';
import { toSemapError } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import { type CautionState, SHOWN } from '../../protocol/cautionView.ts';
import type { SettleResult } from '../../protocol/settling.ts';
import { say } from '../language.ts';
import { quietSession } from '../quietSession.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ClassifyRun } from './classifyRun.ts';
import type { Settling } from './settling.ts';

/** A slider is moved, labels come by keys: the engine is asked when the person pauses for so long. */
const PAUSE_MS = 200;

const NOTHING: Pick<CautionState, 'kinds' | 'counts' | 'none' | 'measured'> = { kinds: [] };

/** What is said of the images of a run where an answer must be sure: nothing, a common kind, or that it is none of the labels. */
export class Caution {
  readonly #run: ClassifyRun;
  readonly #settling: Settling;
  readonly #engine: Pick<Engine, 'call'>;
  readonly #keep: () => void;
  readonly #changed = new Listeners();
  #found = NOTHING;
  #problem: string | undefined;
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The answers that it is about. */
  #version = 0;
  #count = 0;

  readonly onDidChange = this.#changed.on;

  /** @param keep writes down what was chosen, with the run */
  constructor(
    run: ClassifyRun,
    settling: Settling,
    engine: Pick<Engine, 'call'>,
    keep: () => void = () => {},
  ) {
    this.#run = run;
    this.#settling = settling;
    this.#engine = engine;
    this.#keep = keep;
    if (asksForCaution(run.caution)) this.#later();
    run.onDidChange(() => {
      // Other answers, or other truths to rest on.
      const isOther = run.answers.version !== this.#version || this.#isShort;
      if (asksForCaution(run.caution) && isOther) this.#later();
    });
  }

  get state(): CautionState {
    const busy = this.#abort !== undefined || this.#timer !== undefined;
    return { settings: this.#run.caution, busy, problem: this.#problem, ...this.#found };
  }

  choose(settings: CautionSettings): void {
    this.#run.caution = settings;
    this.#keep();
    if (asksForCaution(settings)) {
      this.#later();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#abort?.abort();
    this.#abort = undefined;
    this.#problem = undefined;
    this.#found = NOTHING;
    this.#show(undefined);
  }

  /** Images came since, and none comes any more. */
  get #isShort(): boolean {
    return this.#run.state !== 'running' && this.#count !== this.#run.predictions.length;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#version = this.#run.answers.version;
    this.#count = this.#run.predictions.length;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, PAUSE_MS);
    this.#changed.tell();
  }

  async #ask(): Promise<void> {
    // What was asked before is not what is asked now.
    this.#abort?.abort();
    this.#abort = undefined;
    if (!needsEngine(this.#run.caution)) {
      this.#withThresholds();
      return;
    }
    // Images that are still to come would each change what is said of all others.
    if (this.#run.state === 'running') {
      this.#version = -1;
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.#problem = undefined;
    this.#changed.tell();
    try {
      const result = await callTogether(
        'settle',
        { ...this.#run.settings.params, ...this.#settling.shownWith, caution: this.#run.caution },
        quietSession(this.#engine, abort.signal),
      );
      if (this.#abort === abort) this.#take(result);
    } catch (error) {
      if (this.#abort !== abort) return;
      this.#problem = say(toSemapError(error).text);
    }
    if (this.#abort !== abort) return;
    this.#abort = undefined;
    this.#changed.tell();
  }

  /** Thresholds are about the answers that are here. */
  #withThresholds(): void {
    const { answers, alignment, predictions } = this.#run;
    const column = { length: predictions.length };
    const confidences = Float32Array.from(column, (_, row) => answers.confidence(row));
    const cautious = cautiousAnswers(
      {
        labels: alignment.targets.map(({ label }) => label),
        targets: Int32Array.from(column, (_, row) => answers.target(row)),
        confidences,
        assurances: confidences,
        truths: Int32Array.from(column, (_, row) => answers.truth(row)),
        probabilities: () => [],
        random: () => false,
      },
      this.#run.caution,
    );
    this.#found = foundIn(cautious);
    this.#show(Int32Array.from(cautious.said, (said) => shown(said, -1)));
  }

  #take({ cautious, paths = [] }: SettleResult): void {
    if (!cautious) return;
    this.#found = foundIn(cautious);
    const said = new Int32Array(this.#run.predictions.length).fill(SHOWN.label);
    for (const [i, row] of this.#run.predictions.rowsOf(paths).entries()) {
      if (row >= 0) said[row] = shown(cautious.said[i], cautious.kind[i]);
    }
    this.#show(said, cautious.kinds);
  }

  #show(said: Int32Array | undefined, kinds?: CautionState['kinds']): void {
    this.#run.answers.say(said, kinds);
    this.#version = this.#run.answers.version;
    this.#changed.tell();
    this.#run.tellChange();
  }
}

/** Common kinds and none of these hang on the scores, which the engine has. */
function needsEngine({ none, rollUp }: CautionSettings): boolean {
  return none !== undefined || rollUp === true;
}

function foundIn({ kinds, counts, none, measured }: CautiousAnswers): typeof NOTHING {
  return { kinds, counts, none, measured };
}

function shown(said: number, kind: number): number {
  if (said === SAID.kind) return kind;
  if (said === SAID.none) return SHOWN.none;
  return said === SAID.notSure ? SHOWN.notSure : SHOWN.label;
}

/** The caution of each run. */
export class Cautions {
  readonly #engine: Pick<Engine, 'call'>;
  readonly #settlingOf: (run: ClassifyRun) => Settling;
  readonly #keep: (run: ClassifyRun) => void;
  readonly #all = new WeakMap<ClassifyRun, Caution>();

  /** @param keep writes down what was chosen for a run */
  constructor(
    engine: Pick<Engine, 'call'>,
    settlingOf: (run: ClassifyRun) => Settling,
    keep: (run: ClassifyRun) => void = () => {},
  ) {
    this.#engine = engine;
    this.#settlingOf = settlingOf;
    this.#keep = keep;
  }

  of(run: ClassifyRun): Caution {
    const known = this.#all.get(run);
    if (known) return known;
    const made = new Caution(run, this.#settlingOf(run), this.#engine, () => this.#keep(run));
    this.#all.set(run, made);
    return made;
  }
}
