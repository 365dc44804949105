import { wilson } from '../metrics/significance.ts';
import type { Baseline, BaselineKind, TrainingRecord } from '../runs/trainingRecord.ts';
import type { TrainSettings } from '../runs/trainingSettings.ts';
import { usualMapping } from '../runs/trainRecipes.ts';
import { type ResultColumn, tellingColumns } from '../tables/resultColumns.ts';
import { imageCount } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { ReuseFigure, ReuseWay } from './reuse.ts';
import { allReuseColumns, type ReuseRow, reuseColumns } from './reuseTable.ts';
import { changesOf, learnsFrom, wayName } from './reuseWords.ts';

/** A training, or what it is compared with, as a line of the results table. */
export interface TrainedRow extends ReuseRow {
  /** On the images that chose the epoch; {@link ReuseRow.figure} is on test images where there are some, else this. */
  readonly validation: ReuseFigure | null;
  /** Absent for the training itself. */
  readonly kind?: BaselineKind | undefined;
}

/** What a training's baselines are as ways of reuse; guessing reuses nothing. */
const WAYS: Readonly<Record<BaselineKind, ReuseWay | undefined>> = {
  majority: undefined,
  'zero-shot': { scores: 'semap' },
  'mapping-only': { scores: 'blm+' },
  'linear-mapping': { scores: 'linear-mapping' },
  'linear-probe': { scores: 'linear-probe' },
};

/** From what needs least to what needs most. */
const ORDER = Object.keys(WAYS) as readonly BaselineKind[];

/** Id of the training itself among its rows. */
export const OWN_ROW = 'own';

/** The way of reuse that a training makes. */
function trainedWay(settings: TrainSettings): ReuseWay {
  const { prompt, mapping = usualMapping(settings), epochs } = settings;
  // Trained together with a prompt, a linear mapping is a layer of its own.
  const scores = mapping === 'linear' ? 'linear-mapping' : mapping;
  return prompt.kind === 'none' ? { scores } : { prompt, epochs, scores };
}

/** `Prompt (watermark) + BLM+`: what a training makes of a backbone. */
export function trainedWayName(settings: TrainSettings): Text {
  return wayName(trainedWay(settings));
}

/** What a baseline of a training is called, in the words that all results have. */
export function baselineName(kind: BaselineKind): Text {
  const way = WAYS[kind];
  return way ? wayName(way) : phrase('Most frequent class');
}

type Trained = Pick<
  TrainingRecord,
  'settings' | 'best' | 'testAccuracy' | 'validationImages' | 'testImages' | 'trainImages' | 'seconds'
>;

/** The baselines that are known, and below them the training itself once it has an epoch. */
export function trainedRows(
  baselines: readonly Baseline[],
  record: Trained | undefined,
): readonly TrainedRow[] {
  const order = ({ kind }: Baseline) => ORDER.indexOf(kind);
  const rows = baselines
    .toSorted((a, b) => order(a) - order(b))
    .map((baseline) => baselineRow(baseline, record));
  return record?.best ? [...rows, ownRow(record, record.best)] : rows;
}

function baselineRow(
  { kind, name, valAccuracy, testAccuracy, problem }: Baseline,
  record: Trained | undefined,
): TrainedRow {
  // A record is a file that anyone may have written, or a later version.
  const way = Object.hasOwn(WAYS, kind) ? WAYS[kind] : undefined;
  const learns = way && learnsFrom(way);
  return {
    id: kind,
    kind,
    name: way || kind === 'majority' ? baselineName(kind) : name,
    learns,
    changes: way && changesOf(way),
    ...figuresOf(valAccuracy, testAccuracy, record),
    cost: { labels: learns === 'names' ? 0 : record?.trainImages },
    note: problem,
  };
}

function ownRow(record: Trained, { valAccuracy }: NonNullable<Trained['best']>): TrainedRow {
  const way = trainedWay(record.settings);
  return {
    id: OWN_ROW,
    name: wayName(way),
    learns: learnsFrom(way),
    changes: changesOf(way),
    ...figuresOf(valAccuracy, record.testAccuracy, record),
    cost: { labels: record.trainImages, seconds: record.seconds },
  };
}

function figuresOf(
  valAccuracy: unknown,
  testAccuracy: unknown,
  record: Trained | undefined,
): Pick<TrainedRow, 'validation' | 'figure'> {
  const validation = figureOf(valAccuracy, record?.validationImages, 'validation');
  const isTested = record?.testAccuracy !== undefined;
  return {
    validation,
    figure: isTested ? figureOf(testAccuracy, record.testImages, 'held-out') : validation,
  };
}

function figureOf(value: unknown, images: number | undefined, by: ReuseFigure['by']): ReuseFigure | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  // While baselines come before the record, nothing says how many images they are about.
  if (images === undefined || !(images > 0)) return { value, low: 0, high: 1, images: 0, by };
  return { value, ...wilson(value, images), images, by };
}

/** The columns that say something about a training and its baselines. */
export function trainedColumns(rows: readonly TrainedRow[]): readonly ResultColumn<TrainedRow>[] {
  const { accuracy } = reuseColumns;
  const images = (of: (row: TrainedRow) => ReuseFigure | null) =>
    rows.reduce((most, row) => Math.max(most, of(row)?.images ?? 0), 0);
  const onValidation: ResultColumn<TrainedRow> = {
    id: 'validation',
    title: counted(
      'validation',
      images(({ validation }) => validation),
    ),
    meaning: phrase(
      'Accuracy on the validation images. They also chose the epoch of the prompt, which favors it a little.',
    ),
    text: (row) => accuracy.text({ ...row, figure: row.validation }),
    beside: ({ validation, ...row }) =>
      validation && validation.images > 0 ? accuracy.beside?.({ ...row, figure: validation }) : undefined,
    by: { value: ({ validation }) => validation?.value ?? null, better: 'higher' },
  };
  const isTested = rows.some(({ figure }) => figure?.by === 'held-out');
  const onTest: ResultColumn<TrainedRow> = {
    ...accuracy,
    title: counted(
      'test',
      images(({ figure }) => figure),
    ),
    meaning: phrase('Accuracy on the test images, which neither taught nor chose anything.'),
  };
  return tellingColumns<TrainedRow>(
    allReuseColumns.flatMap((column): readonly ResultColumn<TrainedRow>[] => {
      // What it learned from says the same as the number of labels; how long baselines took was not measured.
      if (column.id === 'measured' || column.id === 'labels' || column.id === 'seconds') return [];
      if (column.id !== 'accuracy') return [column];
      // Of two accuracies, the interval of the one that counts is enough.
      return isTested ? [{ ...onValidation, beside: undefined }, onTest] : [onValidation];
    }),
    rows,
  );
}

/** `Validation, 40 images`. */
function counted(which: 'validation' | 'test', images: number): Text {
  if (which === 'validation')
    return images === 0 ? phrase('Validation') : phrase('Validation, {0}', imageCount(images));
  return images === 0 ? phrase('Test') : phrase('Test, {0}', imageCount(images));
}
