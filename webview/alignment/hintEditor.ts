import { toSemapError } from '../../src/core/errors.ts';
import type { AlignmentViewApi, HintTrial } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { element, label, linkButton, setText, textButton, withNodes } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { type TrialAbout, trialLines } from './hintWords.ts';

/** Typing pauses so long before what is typed is tried. */
const TYPING_PAUSE = 400;

function helpText(): string {
  return t('What it means, or what its images show. Separate several with commas. Leave empty for no hint.');
}

/** Whose hint it is. */
export interface HintSubject {
  readonly target: number;
  readonly name: string;
  /** The hint that it has. */
  readonly hint: string;
  /** Whether a person chose its sense. */
  readonly pinned: boolean;
  readonly revision: number;
}

export interface HintEvents {
  /** Sets the hint; null takes it away. */
  keep(subject: HintSubject, hint: string | null): void;
  /** It is closed, whether the hint was kept or not. */
  closed(): void;
  /** Asks a language model. */
  suggest(target: number): void;
}

/** The field for a target's hint, and below it what the hint would bring, before it is kept. */
export class HintEditor {
  readonly element = element('div', { class: 'hint', 'data-testid': 'alignment-hint-editor' });
  readonly #host: Connection<AlignmentViewApi, object>['host'];
  readonly #events: HintEvents;
  readonly #trial = element('div', {
    class: 'hint-trial',
    role: 'status',
    'data-testid': 'alignment-hint-trial',
  });
  readonly #keep = textButton('', () => this.#take(), { testId: 'alignment-hint-keep' });
  #field: HTMLInputElement | undefined;
  #subject: HintSubject | undefined;
  /** The hint whose trial is shown. */
  #shown: string | undefined;
  #trying = new AbortController();
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Connection<AlignmentViewApi, object>['host'], events: HintEvents) {
    this.#host = host;
    this.#events = events;
  }

  /** The target whose hint is edited. */
  get target(): number | undefined {
    return this.#subject?.target;
  }

  /** Opens it. @param hint what is tried at once; absent: what the target has */
  open(subject: HintSubject, hint = subject.hint): void {
    this.#stop();
    this.#subject = subject;
    const { name } = subject;
    const field = element('input', {
      type: 'text',
      value: hint,
      maxlength: 300,
      placeholder: 'wading bird',
      'aria-label': t('Hint for {0}', name),
      'aria-description': helpText(),
      'data-testid': 'alignment-hint-field',
    });
    this.#field = field;
    field.addEventListener('keydown', (event) => this.#key(event));
    field.addEventListener('input', () => this.#tryLater());
    this.element.replaceChildren(
      element('label', {}, element('span', {}, ...withNodes(t('Hint for {0}'), label(name))), field),
      element(
        'p',
        { class: 'edits' },
        this.#keep,
        textButton(t('Discard'), () => this.#discard(), {
          secondary: true,
          testId: 'alignment-hint-discard',
        }),
        linkButton(
          t('Suggest...'),
          () => this.#events.suggest(subject.target),
          'alignment-hint-suggest',
          t('Ask a language model for a hint for {0}', name),
        ),
      ),
      this.#trial,
    );
    this.#write();
    if (hint !== subject.hint) void this.#try();
  }

  focus(): void {
    this.#field?.focus();
    this.#field?.select();
  }

  /** Goes on with the document as it is now: what the hint would bring may be something else. */
  follow(subject: HintSubject): void {
    const before = this.#subject;
    if (before?.revision === subject.revision) return;
    if (before?.name !== subject.name) this.close();
    else {
      this.#subject = subject;
      if (this.#shown !== undefined) void this.#try();
    }
  }

  /** Closes it; nothing is changed. */
  close(): void {
    this.#stop();
    this.#subject = undefined;
    this.#field = undefined;
  }

  #discard(): void {
    this.close();
    this.#events.closed();
  }

  get #typed(): string {
    return this.#field?.value.trim() ?? '';
  }

  #key(event: KeyboardEvent): void {
    event.stopPropagation();
    // A word that is composed is not typed yet.
    if (event.isComposing) return;
    if (event.key === 'Escape') this.#discard();
    else if (event.key === 'Enter') {
      if (this.#shown === this.#typed) this.#take();
      else void this.#try();
    }
  }

  /** Keeps what was tried. */
  #take(): void {
    const subject = this.#subject;
    if (!subject) return;
    const hint = this.#typed;
    this.#discard();
    if (hint !== subject.hint) this.#events.keep(subject, hint === '' ? null : hint);
  }

  #stop(): void {
    clearTimeout(this.#pause);
    this.#trying.abort();
    this.#shown = undefined;
  }

  #tryLater(): void {
    this.#stop();
    this.#trial.setAttribute('aria-busy', 'true');
    this.#offer();
    this.#pause = setTimeout(() => void this.#try(), TYPING_PAUSE);
  }

  /** Only what was tried can be kept. */
  #offer(): void {
    const tried = this.#shown !== undefined && this.#shown !== this.#subject?.hint;
    setText(this.#keep, this.#shown === '' ? t('Remove Hint') : t('Keep Hint'));
    this.#keep.toggleAttribute('disabled', !tried);
  }

  async #try(): Promise<void> {
    this.#stop();
    const subject = this.#subject;
    const hint = this.#typed;
    if (!subject) return;
    this.#trying = new AbortController();
    const { signal } = this.#trying;
    const { target, revision } = subject;
    if (hint === subject.hint) {
      this.#shown = hint;
      this.#write();
      return;
    }
    this.#trial.setAttribute('aria-busy', 'true');
    let shown: HintTrial | undefined;
    try {
      const score = await this.#host.call(
        'tryHint',
        { revision, target, hint: hint === '' ? null : hint },
        {
          signal,
          onProgress: (trial) => {
            if (signal.aborted) return;
            shown = trial;
            this.#shown = hint;
            this.#write(...linesOf(trial, subject));
          },
        },
      );
      if (!signal.aborted && shown && score) this.#write(...linesOf(shown, { ...subject, score }));
    } catch (error) {
      // Figures of images are a help: what the hint changes is shown without them.
      if (!signal.aborted && !shown) this.#write(element('p', {}, say(toSemapError(error).text)));
    }
  }

  #write(...lines: Node[]): void {
    this.#trial.removeAttribute('aria-busy');
    // Until there is something to tell, what to type.
    this.#trial.replaceChildren(
      ...(lines.length > 0 ? lines : [element('p', { class: 'quiet' }, helpText())]),
    );
    this.#offer();
  }
}

function linesOf(trial: HintTrial, about: TrialAbout): HTMLElement[] {
  return trialLines(trial, about).map((line) => element('p', {}, line));
}
