import type {
  MappingChangeRow,
  TrainingConfusion,
  TrainingSummary,
} from '../../src/protocol/trainingView.ts';
import { element, icon, label, linkButton, setText, withNodes } from '../common/element.ts';
import { confusionScene } from '../common/grid/confusionScene.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { t } from '../common/language.ts';
import { changesWords } from './words.ts';

interface ValidationPanelHost {
  confusion(id: string): Promise<TrainingConfusion | null>;
  mappingChanges(id: string): Promise<readonly MappingChangeRow[]>;
  showCell(id: string, target: number, source: number): void;
}

/** The last validation: which labels are confused, and which mappings changed before it. */
export class ValidationPanel {
  readonly element: HTMLElement;
  readonly #host: ValidationPanelHost;
  readonly #changes = element('details', { class: 'changes', 'data-testid': 'training-changes' });
  readonly #changesTitle = element('summary', {});
  readonly #changesList = element('ul', {});
  readonly #confusion = element('details', { class: 'confusion', 'data-testid': 'training-confusion' });
  readonly #words = element('p', { class: 'quiet', role: 'status' });
  readonly #grid: GridView;
  #scene: GridScene | undefined;
  #state: TrainingSummary | undefined;
  #shownConfusion = '';
  #shownChanges = '';

  constructor(host: ValidationPanelHost) {
    this.#host = host;
    const gridHost = element('div', { class: 'confusion-grid' });
    this.#confusion.append(
      element('summary', {}, t('Confusion matrix of the last validation')),
      this.#words,
      gridHost,
    );
    this.#changes.append(this.#changesTitle, this.#changesList);
    this.element = element(
      'section',
      { class: 'validation', 'aria-label': t('Validation') },
      this.#changes,
      this.#confusion,
    );
    const describe = (place: Place | undefined) => this.#describe(place);
    this.#grid = new GridView(
      gridHost,
      {
        name: t('Confusion matrix of true and predicted labels on the validation images'),
        testId: 'training-confusion-canvas',
        leastCell: 36,
      },
      { hovered: describe, moved: describe, activated: describe, asked: describe },
    );
    this.#confusion.addEventListener('toggle', () => this.#update());
    this.#changes.addEventListener('toggle', () => this.#update());
  }

  show(state: TrainingSummary): void {
    this.#state = state;
    this.element.hidden = state.validated === 0;
    const { mappingChanges } = state;
    this.#changes.hidden = mappingChanges === undefined;
    setText(this.#changesTitle, changesWords(mappingChanges ?? 0));
    this.#update();
  }

  /** Fetches what is open and not the newest. */
  #update(): void {
    const state = this.#state;
    if (!state || state.validated === 0) return;
    const version = `${state.id} ${state.validated}`;
    if (this.#confusion.open && this.#shownConfusion !== version) {
      this.#shownConfusion = version;
      void this.#fetchConfusion(state.id, version);
    }
    if (this.#changes.open && this.#shownChanges !== version) {
      this.#shownChanges = version;
      void this.#fetchChanges(state.id, version);
    }
  }

  async #fetchConfusion(id: string, version: string): Promise<void> {
    const confusion = await this.#host.confusion(id).catch(() => null);
    // Another run, or what is newer, was asked for meanwhile.
    if (this.#shownConfusion !== version) return;
    this.#scene = confusion
      ? confusionScene(confusion.labels, confusion.labels, confusion.counts)
      : undefined;
    if (this.#scene) this.#grid.scene = this.#scene;
    this.#describe(this.#grid.active);
  }

  async #fetchChanges(id: string, version: string): Promise<void> {
    const changes = await this.#host.mappingChanges(id).catch(() => []);
    if (this.#shownChanges !== version) return;
    this.#changesList.replaceChildren(...changes.map((change) => this.#change(id, change)));
  }

  #change(id: string, { target, targetIndex, sourceIndex, from, to }: MappingChangeRow): HTMLElement {
    const open = () => this.#host.showCell(id, targetIndex, sourceIndex);
    return element(
      'li',
      {},
      linkButton(label(target), open, 'training-change', t('Open {0} in the alignment', target)),
      ': ',
      element('span', { 'aria-hidden': 'true' }, source(from), icon('arrow-right'), source(to)),
      element(
        'span',
        { class: 'visually-hidden' },
        ...withNodes(t('Now: {0}. Previously: {1}.'), source(to), source(from)),
      ),
    );
  }

  #describe(place: Place | undefined): void {
    setText(
      this.#words,
      !this.#scene
        ? t('This run has no confusion matrix.')
        : place
          ? this.#scene.describe(place.row, place.column)
          : t('Shade: share of the row.'),
    );
  }
}

function source(name: string | undefined): HTMLElement {
  return name === undefined ? element('span', { class: 'quiet' }, t('not mapped')) : label(name);
}
