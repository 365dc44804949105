import { phaseWords, type RunPhase } from '../../src/core/runs/run.ts';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { TrainingState, TrainingSummary, TrainingViewApi } from '../../src/protocol/trainingView.ts';
import type { Connection } from '../common/connection.ts';
import { element, label, linkButton, setText, textButton, withNodes } from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';
import { emptyNotice, failureNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { BaselinesTable } from './baselinesTable.ts';
import { CurvesPanel } from './curvesPanel.ts';
import { PicturesPanel } from './picturesPanel.ts';
import { ValidationPanel } from './validationPanel.ts';
import { bestWords, howFar } from './words.ts';

/** What the person arranged, and which run was shown; it survives hiding and reloading. */
export interface TrainingPageState {
  readonly run: string | undefined;
  /** Ids of the runs that are overlaid on the one shown. */
  readonly overlaid: readonly string[];
}

export const DEFAULT_STATE: TrainingPageState = { run: undefined, overlaid: [] };

/** A training while it runs and afterwards. Its parts stay and are updated: what has the keyboard keeps it. */
export class TrainingPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<TrainingViewApi, TrainingPageState>;
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #progress = element('span', { class: 'quiet progress', 'data-testid': 'training-progress' });
  readonly #title = element('h1', {});
  readonly #buttons = element('div', { class: 'line buttons' });
  readonly #problem = element('div', {});
  readonly #notes = element('ul', { class: 'notes quiet', 'data-testid': 'training-notes' });
  readonly #baselines: BaselinesTable;
  readonly #origin = element('footer', { class: 'origin' });
  readonly #curves: CurvesPanel;
  readonly #pictures: PicturesPanel;
  readonly #validation: ValidationPanel;
  /** What the slots were last filled from: the same is not drawn again. */
  readonly #drawn = new Map<HTMLElement, string>();
  #phase: RunPhase | undefined;

  constructor(root: HTMLElement, connection: Connection<TrainingViewApi, TrainingPageState>) {
    this.#root = root;
    this.#connection = connection;
    const { host } = connection;
    this.#curves = new CurvesPanel(
      {
        points: (id, from) => host.call('points', { id, from }),
        overlaid: (overlaid) => this.#connection.save({ overlaid }),
      },
      connection.state.overlaid,
    );
    this.#pictures = new PicturesPanel((id, picture) => host.call('picture', { id, picture }));
    this.#baselines = new BaselinesTable((what) => {
      const id = this.#connection.state.run;
      if (id !== undefined) void host.call('keepBaseline', { id, what });
    });
    this.#validation = new ValidationPanel({
      confusion: (id) => host.call('confusion', { id }),
      mappingChanges: (id) => host.call('mappingChanges', { id }),
      showCell: (id, target, source) => void host.call('showCell', { id, target, source }),
    });
    root.classList.add('training');
    root.dataset['testid'] = 'training-page';
    root.replaceChildren(workingNotice(t('Loading the training...')));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice(t('Cannot show the training'), error, 'training-problem')),
      );
  }

  #show(state: TrainingState): void {
    const { host } = this.#connection;
    const act = (action: number) => void host.call('act', { action });
    switch (state.kind) {
      case 'nothing':
        this.#root.replaceChildren(
          emptyNotice(
            t('No training is in progress. A visual prompt adapts a frozen backbone to your class folders.'),
            t('Train Visual Prompt...'),
            () => void host.call('train', null),
            'training-empty',
          ),
        );
        return;
      case 'loading':
        this.#root.replaceChildren(workingNotice(t('Reading the run...')));
        return;
      case 'damaged':
        this.#root.replaceChildren(
          problemNotice(t('Cannot show {0}', state.name), state.problem, act, 'training-damaged'),
        );
        return;
      case 'training':
        this.#update(state);
    }
  }

  #update(state: TrainingSummary): void {
    if (this.#connection.state.run !== state.id) {
      this.#curves.forget();
      this.#connection.save({ run: state.id });
    }
    if (!this.#root.contains(this.#progress)) this.#layOut();
    this.#root.dataset['phase'] = state.phase;
    setText(this.#progress, howFar(state).join(' · '));
    this.#fill(this.#title, [state.title, state.backbone, state.way], () => [
      label(state.title),
      element('span', { class: 'quiet' }, ' · ', label(state.backbone), ' · ', label(say(state.way))),
    ]);
    this.#fill(this.#buttons, [state.id, state.phase, state.live, state.best === undefined], () =>
      this.#verbs(state),
    );
    this.#fill(this.#problem, [state.id, state.problem], () => this.#problems(state));
    this.#fill(this.#notes, state.notes, () => state.notes.map((note) => element('li', {}, label(note))));
    this.#baselines.show(state);
    const origin = [...originOf(state), state.folder, state.best === undefined];
    this.#fill(this.#origin, origin, () => this.#originLine(state));
    this.#curves.show(state);
    this.#pictures.show(state);
    this.#validation.show(state);
    // Every report would be too much to listen to: only changes of the phase are spoken.
    if (this.#phase !== undefined && this.#phase !== state.phase) {
      setText(
        this.#spoken,
        [say(phaseWords(state.phase)), bestWords(state), state.verdict ?? '']
          .filter((words) => words !== '')
          .join('. '),
      );
    }
    this.#phase = state.phase;
  }

  #layOut(): void {
    this.#root.replaceChildren(
      element('header', {}, this.#title, element('div', { class: 'line' }, this.#progress, this.#buttons)),
      this.#problem,
      this.#curves.element,
      element('div', { class: 'beside' }, this.#baselines.element, this.#pictures.element),
      this.#notes,
      this.#validation.element,
      this.#origin,
      this.#spoken,
    );
  }

  /** Draws a slot again when what it shows has changed; the button that has the keyboard keeps it. */
  #fill(slot: HTMLElement, shown: unknown, draw: () => readonly Node[]): void {
    const key = JSON.stringify(shown) ?? '';
    if (this.#drawn.get(slot) === key) return;
    this.#drawn.set(slot, key);
    const focused = slot.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['testid']
      : undefined;
    slot.replaceChildren(...draw());
    if (focused === undefined) return;
    const again = slot.querySelector<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`);
    (again ?? slot.querySelector<HTMLElement>('vscode-button'))?.focus();
  }

  #verbs({ id, phase, live, best }: TrainingSummary): HTMLElement[] {
    const { host } = this.#connection;
    const verbs: HTMLElement[] = [];
    if (best && (phase === 'done' || phase === 'stopped'))
      verbs.push(
        textButton(t('Classify with This'), () => void host.call('classify', { id }), {
          testId: 'training-classify',
        }),
      );
    if (live && phase === 'running')
      verbs.push(
        textButton(t('Pause'), () => void host.call('pause', { id }), {
          secondary: true,
          testId: 'training-pause',
        }),
      );
    if (phase === 'paused' || phase === 'interrupted')
      verbs.push(
        textButton(t('Resume'), () => void host.call('resume', { id }), { testId: 'training-resume' }),
      );
    if (live)
      verbs.push(
        textButton(
          phase === 'queued' ? t('Remove from Queue') : t('Stop and Keep'),
          () => void host.call('stop', { id }),
          { secondary: true, testId: 'training-stop' },
        ),
      );
    else
      verbs.push(
        textButton(t('Train Again...'), () => void host.call('again', { id }), {
          secondary: true,
          testId: 'training-again',
        }),
      );
    return verbs;
  }

  #problems({ phase, problem }: TrainingSummary): HTMLElement[] {
    if (!problem) return [];
    const act = (action: number) => void this.#connection.host.call('act', { action });
    const title = phase === 'interrupted' ? t('The training was interrupted') : t('The training stopped');
    return [problemNotice(title, problem, act, 'training-problem')];
  }

  #originLine(state: TrainingSummary): Node[] {
    const { host } = this.#connection;
    const { id, folder, best } = state;
    return [
      element('span', { 'data-testid': 'training-origin' }, originOf(state).join(' · ')),
      ...(folder === undefined
        ? []
        : [
            element(
              'span',
              {},
              ...withNodes(
                t('Saved in {0}'),
                linkButton(label(folder), () => void host.call('openRecord', { id }), 'training-record'),
              ),
            ),
          ]),
      ...(best === undefined
        ? []
        : [
            linkButton(
              t('Open Its Alignment'),
              () => void host.call('openAlignment', { id }),
              'training-alignment',
            ),
          ]),
    ];
  }
}

/** Where the numbers come from. */
function originOf({ backbone, device, seed, images }: TrainingSummary): string[] {
  return [
    backbone,
    device,
    t('seed {0}', String(seed)),
    images && plural(images.training, '{0} training image', '{0} training images'),
    images && plural(images.validation, '{0} validation image', '{0} validation images'),
    images?.test === undefined ? undefined : plural(images.test, '{0} test image', '{0} test images'),
  ].filter((part) => part !== undefined);
}
