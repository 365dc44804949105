import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { isLearned } from '../../src/core/mapping/methods.ts';
import type { AlignmentViewApi } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { element } from '../common/element.ts';
import { t } from '../common/language.ts';
import { restoreFocus } from '../common/place.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import { type Pair, samePair } from './alignmentScene.ts';
import { CellEvidence } from './cellEvidence.ts';
import { type DetailsContext, details } from './details.ts';
import { Reasons } from './reasons.ts';

/** Resting this long on a cell asks the engine why. */
const HOVER_PAUSE = 160;

/** What the details are about. */
export interface DetailsSubject {
  readonly model: AlignmentModel;
  readonly document: AlignmentDocument;
  readonly revision: number;
  readonly pair: Pair | undefined;
  /** Whether `pair` is selected, not only pointed at. */
  readonly selected: boolean;
}

/** What the pointer or the selection is on, in words; the engine's reasons and the images come when it rests there. */
export class DetailsPanel {
  readonly element = element('section', {
    class: 'details',
    'aria-label': t('Selected cell'),
    'data-testid': 'alignment-details',
    tabindex: 0,
  });
  readonly #changes: Pick<DetailsContext, 'edit' | 'ask'>;
  readonly #reasons: Reasons;
  readonly #evidence: CellEvidence;
  #asking = new AbortController();
  /** What is shown now: a field that has the focus belongs to it. */
  #shown: Pair | undefined;

  constructor(
    host: Connection<AlignmentViewApi, object>['host'],
    changes: Pick<DetailsContext, 'edit' | 'ask'>,
  ) {
    this.#changes = changes;
    this.#reasons = new Reasons(host);
    this.#evidence = new CellEvidence(host);
  }

  /** Labels mean something else now. */
  forget(): void {
    this.#asking.abort();
    this.#reasons.forget();
    this.#evidence.clear();
  }

  show(subject: DetailsSubject): void {
    const { model, revision, pair, selected } = subject;
    const { target, source } = pair ?? {};
    const index = source === undefined ? undefined : model.sourceIndex[source];
    const isCell = target !== undefined && index !== undefined;
    const why = isCell ? this.#reasons.known(target, index) : undefined;
    this.#asking.abort();
    if (!samePair(pair, this.#shown) || !selected) this.#evidence.clear();
    this.#write(subject, why);
    if (!isCell) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    setTimeout(async () => {
      if (signal.aborted) return;
      if (selected) void this.#evidence.show(revision, target, index);
      if (why !== undefined) return;
      const reason = await this.#reasons.ask(revision, target, index);
      if (!signal.aborted) this.#write(subject, reason);
    }, HOVER_PAUSE);
  }

  /** Starts the renaming of the target that is shown. */
  rename(): void {
    this.element.querySelector<HTMLElement>('[data-testid="alignment-rename"]')?.click();
  }

  /** All that is shown, as one text to be spoken; waits for the reason of a cell. */
  async spoken({ model, revision, pair }: DetailsSubject): Promise<string> {
    const { target, source } = pair ?? {};
    const why =
      target === undefined || source === undefined
        ? ''
        : await this.#reasons.ask(revision, target, model.sourceIndex[source]);
    return [...this.element.querySelectorAll(':scope > :is(h2, p:not(.edits))')]
      .map((part) => part.textContent)
      .concat(why)
      .join('. ');
  }

  #write({ model, document: alignment, pair, selected }: DetailsSubject, why: string | undefined): void {
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement)
      : undefined;
    // A name or a weight that is being typed stays as long as it is about the same labels.
    if (
      focused instanceof HTMLInputElement &&
      samePair(pair, this.#shown) &&
      focused.value !== focused.defaultValue
    ) {
      return;
    }
    this.#shown = pair;
    const { kind } = alignment.aggregation;
    this.element.replaceChildren(
      ...details(model, pair, {
        ...this.#changes,
        why,
        evidence: selected ? this.#evidence.element : undefined,
        learned: isLearned(alignment.method.name),
        anyWeight: kind === 'linear' || kind === 'conse',
      }),
    );
    const name = focused?.dataset['testid'];
    if (!focused || focused === this.element || name === undefined) return;
    restoreFocus(this.element.querySelector<HTMLElement>(`[data-testid="${name}"]`) ?? this.element);
  }
}
