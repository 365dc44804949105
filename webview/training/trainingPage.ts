import { phaseWords } from '../../src/core/runs/run.ts';
import type { TrainingSummary, TrainingViewApi } from '../../src/protocol/trainingView.ts';
import type { Connection } from '../common/connection.ts';
import { acting, element, label, linkButton, textButton } from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';
import { RunFrame } from '../common/runFrame.ts';
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
  readonly #connection: Connection<TrainingViewApi, TrainingPageState>;
  readonly #frame: RunFrame<TrainingSummary>;
  readonly #baselines: BaselinesTable;
  readonly #curves: CurvesPanel;
  readonly #pictures: PicturesPanel;
  readonly #validation: ValidationPanel;

  constructor(root: HTMLElement, connection: Connection<TrainingViewApi, TrainingPageState>) {
    this.#connection = connection;
    const { host } = connection;
    this.#frame = new RunFrame(root, host, () => void host.call('train', null), {
      page: 'training',
      loading: t('Loading the training...'),
      cannotShow: t('Cannot show the training'),
      nothing: t(
        'No training is in progress. A visual prompt adapts a frozen backbone to your class folders.',
      ),
      begin: t('Train Visual Prompt...'),
      again: t('Train Again...'),
      interrupted: t('The training was interrupted'),
      stopped: t('The training stopped'),
    });
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
  }

  /** Follows the host until the page goes. */
  start(): void {
    this.#frame.follow((state) => this.#update(state));
  }

  #update(state: TrainingSummary): void {
    if (this.#connection.state.run !== state.id) {
      this.#curves.forget();
      this.#connection.save({ run: state.id });
    }
    const { host } = this.#connection;
    const { id, title, backbone, way, phase, best } = state;
    this.#frame.layOut({
      body: (notes) => [
        this.#curves.element,
        element('div', { class: 'beside' }, this.#baselines.element, this.#pictures.element),
        notes,
        this.#validation.element,
      ],
    });
    const classify = () => void host.call('classify', { id });
    const open = () => void host.call('openAlignment', { id });
    const isOver = phase === 'done' || phase === 'stopped';
    this.#frame.show(state, {
      title: {
        of: [title, backbone, way],
        draw: () => [
          label(title),
          element('span', { class: 'quiet' }, ' · ', label(backbone), ' · ', label(say(way))),
        ],
      },
      progress: howFar(state),
      verbs: {
        of: best === undefined,
        draw: () =>
          best && isOver
            ? [acting(textButton(t('Classify with This'), classify, { testId: 'training-classify' }))]
            : [],
      },
      origin: originOf(state),
      further: {
        of: best === undefined,
        draw: () => (best ? [linkButton(t('Open Its Alignment'), open, 'training-alignment')] : []),
      },
    });
    this.#baselines.show(state);
    this.#curves.show(state);
    this.#pictures.show(state);
    this.#validation.show(state);
    this.#frame.speakOfPhase(phase, () =>
      [say(phaseWords(phase)), bestWords(state), state.verdict ?? '']
        .filter((words) => words !== '')
        .join('. '),
    );
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
