import { imageCount, percent } from '../../src/core/text/numbers.ts';
import type { CurvePoint, TrainingSummary } from '../../src/protocol/trainingView.ts';
import { Chart } from '../common/chart/chart.ts';
import type { ChartOptions, Reference, Series } from '../common/chart/content.ts';
import { sampleLine } from '../common/chart/drawing.ts';
import { element, label, setText, table } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { epochRows, GrowingCurve, type Measure, samplesOf } from './curves.ts';
import { bestWords, lossText, otherWords } from './words.ts';

/** Dash patterns that there are: the run itself and this many less one over it. */
const MOST_RUNS = 5;

interface Overlaid {
  readonly id: string;
  readonly name: string;
  readonly curve: GrowingCurve;
}

interface CurvesPanelHost {
  points(id: string, from: number): Promise<readonly CurvePoint[]>;
  /** Other runs were overlaid or taken away. */
  overlaid(ids: readonly string[]): void;
}

/** Loss and accuracy over epochs, with other runs overlaid, and the same in a table. */
export class CurvesPanel {
  readonly element = element('section', { class: 'curves', 'aria-label': t('Curves') });
  readonly #host: CurvesPanelHost;
  readonly #loss: Chart;
  readonly #accuracy: Chart;
  readonly #runs = element('fieldset', { class: 'runs', 'data-testid': 'training-runs' });
  readonly #table = element('details', { class: 'curve-table' });
  readonly #tableBody = element('div', { class: 'table-scroller' });
  readonly #best = element('span', { class: 'best number', 'data-testid': 'training-best' });
  #state: TrainingSummary | undefined;
  #own: { readonly id: string; readonly curve: GrowingCurve } | undefined;
  #overlaid: Overlaid[] = [];
  #wanted: readonly string[];
  #runsDrawn = '';
  #compared = 0;

  constructor(host: CurvesPanelHost, wanted: readonly string[]) {
    this.#host = host;
    this.#wanted = wanted;
    const moved = (epoch: number | undefined) => {
      this.#loss.cursor = epoch;
      this.#accuracy.cursor = epoch;
    };
    const x = {
      title: t('Epoch'),
      step: 1,
      page: 10,
      format: String,
      words: (epoch: number) => t('epoch {0}', String(Number(epoch.toFixed(1)))),
    };
    const chart = (testId: string, y: ChartOptions['y']) =>
      new Chart({
        testId: `${testId}-chart`,
        x,
        y,
        slider: { name: t('{0} over epochs. Use the arrow keys to read values.', y.title), testId },
        moved,
      });
    this.#loss = chart('training-loss', {
      title: t('Loss (cross-entropy)'),
      format: lossText,
      tick: (value) => String(Number(value.toPrecision(3))),
      range: [0, Number.POSITIVE_INFINITY],
      empty: [0, 1],
    });
    this.#accuracy = chart('training-accuracy', {
      title: t('Accuracy'),
      format: percent,
      tick: (value) => `${Number((100 * value).toFixed(1))}%`,
      range: [0, 1],
      empty: [0, 1],
    });
    this.#table.append(
      element('summary', { 'data-testid': 'training-table-toggle' }, t('Curves as a table')),
      this.#tableBody,
    );
    this.#table.addEventListener('toggle', () => this.#drawTable());
    this.element.append(
      element('div', { class: 'charts' }, this.#loss.element, this.#accuracy.element),
      element('div', { class: 'line legend' }, this.#runs, this.#best),
      this.#table,
    );
  }

  /** Another run: what was overlaid on the one before does not belong to it. */
  forget(): void {
    this.#wanted = [];
    this.#host.overlaid([]);
  }

  show(state: TrainingSummary): void {
    if (this.#own?.id !== state.id) {
      const { id } = state;
      this.#own = {
        id,
        curve: new GrowingCurve(
          (from) => this.#host.points(id, from),
          () => this.#draw(),
        ),
      };
      this.#overlaid = [];
    }
    this.#state = state;
    if (state.compare && state.compare.request !== this.#compared) {
      this.#compared = state.compare.request;
      this.#wanted = state.compare.ids;
      this.#host.overlaid(this.#wanted);
    }
    setText(this.#best, bestWords(state));
    this.#own.curve.grownTo(state.points);
    this.#overlay(this.#wanted);
    this.#drawRuns(state);
    this.#draw();
  }

  /** Overlays those of `ids` that there are. */
  #overlay(ids: readonly string[]): void {
    const others = this.#state?.others ?? [];
    const chosen = others.filter(({ id }) => ids.includes(id)).slice(0, MOST_RUNS - 1);
    this.#overlaid = chosen.map(({ id, name }) => {
      const known = this.#overlaid.find((one) => one.id === id);
      if (known) return { ...known, name };
      const curve = new GrowingCurve(
        (from) => this.#host.points(id, from),
        () => this.#draw(),
      );
      // It does not say how many there are: they are read to their end.
      curve.grownTo(Number.POSITIVE_INFINITY);
      return { id, name, curve };
    });
  }

  #draw(): void {
    const state = this.#state;
    if (!state || !this.#own) return;
    const all = [
      { name: t('this run'), curve: this.#own.curve },
      ...this.#overlaid.map(({ name, curve }) => ({ name, curve })),
    ];
    const points = (run: number, { points: known }: GrowingCurve) =>
      run === 0 && state.partial ? [...known, state.partial] : known;
    const series = (kind: Series['kind'], measure: Measure): Series[] =>
      all.map(({ name, curve }, run) => ({
        of: name,
        name: kind === 'train' ? t('Training') : t('Validation'),
        legend: legendOf(kind, state),
        run,
        kind,
        samples: samplesOf(points(run, curve), measure),
      }));
    const last = Math.max(0, ...all.map(({ curve }) => curve.points.at(-1)?.epoch ?? 0));
    const over = state.phase === 'done' || state.phase === 'stopped';
    const epochs = Math.max(1, Math.ceil(last), over ? 0 : state.epochs);
    this.#loss.content = {
      series: [...series('train', 'trainLoss'), ...series('validation', 'validationLoss')],
      references: [],
      end: epochs,
    };
    this.#accuracy.content = {
      series: [...series('train', 'trainAccuracy'), ...series('validation', 'validationAccuracy')],
      references: references(state),
      end: epochs,
    };
    this.element.dataset['points'] = String(this.#own.curve.points.length);
    if (this.#table.open) this.#drawTable();
  }

  #drawRuns(state: TrainingSummary): void {
    const drawn = JSON.stringify([state.id, state.name, state.others, this.#wanted]);
    if (drawn === this.#runsDrawn) return;
    this.#runsDrawn = drawn;
    const focused = (document.activeElement as HTMLElement | null)?.dataset['run'];
    const full = this.#overlaid.length >= MOST_RUNS - 1;
    this.#runs.replaceChildren(
      element('legend', {}, t('Runs')),
      element(
        'span',
        { class: 'run' },
        sampleLine('curve run-0 train'),
        label(t('{0} (this run)', state.name)),
      ),
      ...state.others.map((other) => {
        const at = this.#overlaid.findIndex(({ id }) => id === other.id);
        const box = element('input', {
          type: 'checkbox',
          'data-run': other.id,
          'data-testid': 'training-overlay',
          disabled: full && at < 0,
          onchange: () => this.#toggle(other.id),
        });
        box.checked = at >= 0;
        return element(
          'label',
          { class: 'run' },
          box,
          at >= 0 ? sampleLine(`curve run-${at + 1} train`) : undefined,
          label(otherWords(other)),
        );
      }),
    );
    if (focused !== undefined)
      this.#runs.querySelector<HTMLElement>(`[data-run="${CSS.escape(focused)}"]`)?.focus();
  }

  #toggle(id: string): void {
    const ids = this.#overlaid.map((one) => one.id);
    this.#wanted = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
    this.#host.overlaid(this.#wanted);
    if (this.#state) this.show(this.#state);
  }

  #drawTable(): void {
    const rows = epochRows(this.#own?.curve.points ?? []);
    const cell = (value: number | undefined, format: (value: number) => string) =>
      element('td', { class: 'number' }, value === undefined ? '–' : format(value));
    this.#tableBody.replaceChildren(
      table(
        { class: 'data-table', 'data-testid': 'training-table' },
        [
          t('Epoch'),
          t('Training loss'),
          t('Validation loss'),
          t('Training accuracy'),
          t('Validation accuracy'),
        ],
        rows.map((row) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row', class: 'number' }, String(row.epoch)),
            cell(row.trainLoss, lossText),
            cell(row.validationLoss, lossText),
            cell(row.trainAccuracy, percent),
            cell(row.validationAccuracy, percent),
          ),
        ),
      ),
    );
  }
}

/** `Validation, 70 images`: which images a curve is about. */
function legendOf(kind: Series['kind'], { images }: TrainingSummary): string {
  if (!images) return kind === 'train' ? t('Training') : t('Validation');
  return kind === 'train'
    ? t('Training, {0}', say(imageCount(images.training)))
    : t('Validation, {0}', say(imageCount(images.validation)));
}

/** What curves are compared with. Guessing is in the table alone: its line would take most of the height. */
function references({ baselines }: TrainingSummary): Reference[] {
  return baselines.flatMap(({ name, kind, validation }) =>
    kind === undefined || kind === 'majority' || !validation
      ? []
      : [{ name: say(name), value: validation.value }],
  );
}
