import { oneLine } from '../../src/core/text/plainText.ts';
import type { Place } from '../common/grid/layout.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { t } from '../common/language.ts';
import { type AlignmentModel, type Arranged, isDoubtful } from './alignmentModel.ts';
import { cellInWords, targetInWords } from './words.ts';

/** A pair of labels, by their indices in the model; undefined on the side that is not meant. */
export interface Pair {
  readonly target: number | undefined;
  readonly source: number | undefined;
}

/** An arranged model as a grid: targets are its columns, or its rows where a panel is wider than high. */
export interface AlignmentScene extends GridScene {
  pairAt(place: Place): Pair;
  placeOf(pair: Pair): Place | undefined;
}

export function alignmentScene(
  model: AlignmentModel,
  { targets, sources }: Arranged,
  targetsAreColumns: boolean,
): AlignmentScene {
  const S = model.sources.length;
  const targetLabels = targets.map((target) => model.targets[target].label);
  const sourceLabels = sources.map((s) => model.sources[s]);
  const [rows, columns] = targetsAreColumns ? [sourceLabels, targetLabels] : [targetLabels, sourceLabels];
  const at = (row: number, column: number) =>
    targetsAreColumns ? targets[column] * S + sources[row] : targets[row] * S + sources[column];
  const pairAt = ({ row, column }: Place): Pair => {
    const [target, source] = targetsAreColumns ? [column, row] : [row, column];
    return { target: targets[target], source: sources[source] };
  };
  return {
    rows,
    columns,
    shade: (row, column) => model.values[at(row, column)] / model.maximum,
    mark: (row, column) => model.weights[at(row, column)],
    doubtful: (row, column) => {
      const { target, source } = pairAt({ row, column });
      return target !== undefined && source !== undefined && isDoubtful(model, target, source);
    },
    text: () => '',
    describe: (row, column) => {
      const { target, source } = pairAt({ row, column });
      if (target === undefined)
        return source === undefined ? '' : t('Source label {0}', oneLine(model.sources[source]));
      return source === undefined ? targetInWords(model.targets[target]) : cellInWords(model, target, source);
    },
    pairAt,
    placeOf: ({ target, source }) => {
      const at = target === undefined ? -1 : targets.indexOf(target);
      const s = source === undefined ? -1 : sources.indexOf(source);
      const lost = (target !== undefined && at < 0) || (source !== undefined && s < 0) || (at < 0 && s < 0);
      if (lost) return undefined;
      return targetsAreColumns ? { row: s, column: at } : { row: at, column: s };
    },
  };
}

/** A panel narrower than this has sources as rows: their names are long, and read better lying. */
const NARROW = 560;

/** Sources outnumber targets by far: where there is room, they run along the longer side of the grid. */
export function targetsBecomeColumns(width: number, height: number): boolean {
  return width < NARROW || height >= width * 0.8;
}

export function samePair(a: Pair | undefined, b: Pair | undefined): boolean {
  return a?.target === b?.target && a?.source === b?.source;
}
