import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { RunPhase } from '../../src/core/runs/run.ts';
import type { RunState, RunSummary, RunViewApi } from '../../src/protocol/runView.ts';
import type { Connection } from './connection.ts';
import { acting, element, label, linkButton, setText, textButton, withNodes } from './element.ts';
import { t } from './language.ts';
import { emptyNotice, failureNotice, problemNotice, workingNotice } from './notice.ts';
import { type Shown, Slots } from './slots.ts';

/** What can be done to the run that a page shows. */
type RunVerb = 'pause' | 'resume' | 'stop' | 'again';

type RunHost<Summary extends RunSummary> = Connection<RunViewApi<RunState<Summary>>, object>['host'];

/** What is particular to the runs of a page. */
interface RunFrameWords {
  /** The start of the test ids. */
  readonly page: string;
  readonly loading: string;
  readonly cannotShow: string;
  /** There is none yet, and the button that begins one. */
  readonly nothing: string;
  readonly begin: string;
  readonly again: string;
  readonly interrupted: string;
  readonly stopped: string;
}

/** What the frame shows of a run that its summary does not say by itself. */
interface RunFrameShown {
  readonly title: Shown;
  /** How far it is, in parts of one line. */
  readonly progress: readonly string[];
  /** Buttons before those that every run has. */
  readonly verbs?: Shown;
  /** Where its numbers come from, in parts of one line. */
  readonly origin: readonly string[];
  /** What stands behind that. */
  readonly further?: Shown;
}

const NONE: Shown = { of: null, draw: () => [] };

/**
 * What the page of every long run has around what is its own: heading, how far it is, its verbs, what failed, notes, where
 * it is saved; and what is shown where there is no run. Its parts stay and are updated: what has the keyboard keeps it.
 */
export class RunFrame<Summary extends RunSummary> {
  readonly slots = new Slots();
  readonly #root: HTMLElement;
  readonly #host: RunHost<Summary>;
  readonly #begin: () => void;
  readonly #words: RunFrameWords;
  readonly #title = element('h1', {});
  readonly #progress: HTMLElement;
  readonly #buttons = element('div', { class: 'line buttons' });
  readonly #problem = element('div', {});
  readonly #notes: HTMLElement;
  readonly #origin = element('footer', { class: 'origin' });
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  #phase: RunPhase | undefined;

  /** @param begin begins the first run */
  constructor(root: HTMLElement, host: RunHost<Summary>, begin: () => void, words: RunFrameWords) {
    this.#root = root;
    this.#host = host;
    this.#begin = begin;
    this.#words = words;
    const { page } = words;
    this.#progress = element('span', { class: 'quiet progress', 'data-testid': `${page}-progress` });
    this.#notes = element('ul', { class: 'notes quiet', 'data-testid': `${page}-notes` });
    root.classList.add(page);
    root.dataset['testid'] = `${page}-page`;
    root.replaceChildren(workingNotice(words.loading));
  }

  /**
   * Follows the host until the page goes.
   * @param update shows a run
   */
  follow(update: (state: Summary) => void): void {
    const { page, cannotShow } = this.#words;
    void this.#host
      .call('watch', null, { onProgress: (state) => this.#show(state, update) })
      .catch((error) => this.#root.replaceChildren(failureNotice(cannotShow, error, `${page}-problem`)));
  }

  #show(state: RunState<Summary>, update: (state: Summary) => void): void {
    const { page, nothing, begin } = this.#words;
    switch (state.kind) {
      case 'nothing':
        this.#root.replaceChildren(emptyNotice(nothing, begin, this.#begin, `${page}-empty`));
        return;
      case 'loading':
        this.#root.replaceChildren(workingNotice(t('Reading the run...')));
        return;
      case 'damaged': {
        const title = t('Cannot show {0}', state.name);
        this.#root.replaceChildren(problemNotice(title, state.problem, this.#act, `${page}-damaged`));
        return;
      }
      default:
        update(state);
    }
  }

  /**
   * Lays the page out, where it is not.
   * @param ahead stands before how far it is
   * @param body what stands between the heading and where it is saved, with the notes among it
   */
  layOut(parts: {
    readonly ahead?: HTMLElement;
    readonly body: (notes: HTMLElement) => readonly Node[];
  }): void {
    if (this.#root.contains(this.#progress)) return;
    this.#root.replaceChildren(
      element(
        'header',
        {},
        this.#title,
        element(
          'div',
          { class: 'line' },
          element('div', { class: 'how-far' }, parts.ahead, this.#progress),
          this.#buttons,
        ),
      ),
      this.#problem,
      ...parts.body(this.#notes),
      this.#origin,
      this.#spoken,
    );
  }

  show(state: Summary, { title, progress, verbs = NONE, origin, further = NONE }: RunFrameShown): void {
    const { id, phase, live, problem, notes, folder } = state;
    this.#root.dataset['phase'] = phase;
    setText(this.#progress, progress.join(' · '));
    this.slots.fill(this.#title, title);
    this.slots.fill(this.#buttons, {
      of: [id, phase, live, verbs.of],
      draw: () => [...verbs.draw(), ...this.#verbs(state)],
    });
    this.slots.fill(this.#problem, { of: [id, problem], draw: () => this.#problems(state) });
    this.slots.fill(this.#notes, {
      of: notes,
      draw: () => notes.map((note) => element('li', {}, label(note))),
    });
    this.slots.fill(this.#origin, {
      of: [origin, folder, further.of],
      draw: () => [...this.#saved(state, origin), ...further.draw()],
    });
  }

  /** Every report would be too much to listen to: only changes of the phase are spoken. */
  speakOfPhase(phase: RunPhase, words: () => string): void {
    if (this.#phase !== undefined && this.#phase !== phase) this.speak(words());
    this.#phase = phase;
  }

  speak(words: string): void {
    setText(this.#spoken, words);
  }

  readonly #act = (action: number): void => {
    void this.#host.call('act', { action });
  };

  #verbs({ id, phase, live }: Summary): HTMLElement[] {
    const { page, again } = this.#words;
    const button = (title: string, verb: RunVerb, secondary = true) =>
      acting(
        textButton(title, () => void this.#host.call(verb, { id }), { secondary, testId: `${page}-${verb}` }),
      );
    return [
      ...(live && phase === 'running' ? [button(t('Pause'), 'pause')] : []),
      ...(phase === 'paused' || phase === 'interrupted' ? [button(t('Resume'), 'resume', false)] : []),
      live
        ? button(phase === 'queued' ? t('Remove from Queue') : t('Stop and Keep'), 'stop')
        : button(again, 'again'),
    ];
  }

  #problems({ phase, problem }: Summary): HTMLElement[] {
    if (!problem) return [];
    const { page, interrupted, stopped } = this.#words;
    const title = phase === 'interrupted' ? interrupted : stopped;
    return [problemNotice(title, problem, this.#act, `${page}-problem`)];
  }

  #saved({ id, folder }: Summary, origin: readonly string[]): Node[] {
    const { page } = this.#words;
    const where = element('span', { 'data-testid': `${page}-origin` }, origin.join(' · '));
    if (folder === undefined) return [where];
    const open = () => void this.#host.call('openRecord', { id });
    const record = linkButton(label(folder), open, `${page}-record`);
    return [where, element('span', {}, ...withNodes(t('Saved in {0}'), record))];
  }
}
