import type { Place } from '../common/grid/layout.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { type AlignmentModel, type Arranged, isDoubtful } from './alignmentModel.ts';
import { groupInWords, groupTitle } from './groupWords.ts';
import { groupOfSource } from './joinedDocument.ts';
import { cellInWords, sourceInWords, targetInWords } from './words.ts';

/** A pair of labels, by their indices in the model; undefined on the side that is not meant. */
export interface Pair {
  readonly target: number | undefined;
  readonly source: number | undefined;
  /** The header of a backbone's sources, in the place of a source. */
  readonly group?: number | undefined;
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
  const axis = sourceAxis(model, sources);
  const targetLabels = targets.map((target) => model.targets[target].label);
  const sourceLabels = axis.entries.map((entry) =>
    entry < 0 ? groupTitle(model.groups[~entry], axis.shown[~entry]) : model.sources[entry],
  );
  const [rows, columns] = targetsAreColumns ? [sourceLabels, targetLabels] : [targetLabels, sourceLabels];
  const placed = (row: number, column: number) => (targetsAreColumns ? [column, row] : [row, column]);
  /** A value of a cell; the header of a group has none. */
  const of = (values: Float32Array, none: number) => (row: number, column: number) => {
    const [target, source] = placed(row, column);
    const entry = axis.entries[source];
    return entry < 0 ? none : values[targets[target] * S + entry];
  };
  const [value, weight] = [of(model.values, Number.NaN), of(model.weights, 0)];
  const pairAt = ({ row, column }: Place): Pair => {
    const [target, source] = placed(row, column);
    const entry = axis.entries[source];
    const isGroup = entry !== undefined && entry < 0;
    return {
      target: targets[target],
      source: isGroup ? undefined : entry,
      ...(isGroup && { group: ~entry }),
    };
  };
  return {
    rows,
    columns,
    ...(axis.starts.length > 0 && {
      groups: { of: targetsAreColumns ? 'rows' : 'columns', starts: axis.starts },
    }),
    shade: (row, column) => value(row, column) / model.maximum,
    mark: weight,
    doubtful: (row, column) => {
      const { target, source } = pairAt({ row, column });
      return target !== undefined && source !== undefined && isDoubtful(model, target, source);
    },
    text: () => '',
    describe: (row, column) => {
      const { target, source, group } = pairAt({ row, column });
      if (group !== undefined) return groupInWords(model, group, axis.shown[group]);
      if (target === undefined) return source === undefined ? '' : sourceInWords(model, source);
      return source === undefined ? targetInWords(model.targets[target]) : cellInWords(model, target, source);
    },
    pairAt,
    placeOf: ({ target, source, group }) => {
      const at = target === undefined ? -1 : targets.indexOf(target);
      const entry = group === undefined ? source : ~group;
      const s = entry === undefined ? -1 : axis.entries.indexOf(entry);
      const lost = (target !== undefined && at < 0) || (entry !== undefined && s < 0) || (at < 0 && s < 0);
      if (lost) return undefined;
      return targetsAreColumns ? { row: s, column: at } : { row: at, column: s };
    },
  };
}

/** What stands along the side of the sources: with several backbones each has its own together, below its header. */
interface SourceAxis {
  /** Sources by their index in the model, headers as the complement of the group's. */
  readonly entries: readonly number[];
  /** Where the headers are; empty where there is one backbone. */
  readonly starts: readonly number[];
  /** How many sources of each backbone are shown. */
  readonly shown: readonly number[];
}

function sourceAxis({ groups, sourceIndex }: AlignmentModel, sources: readonly number[]): SourceAxis {
  if (groups.length === 1) return { entries: sources, starts: [], shown: [sources.length] };
  const own = groups.map((): number[] => []);
  for (const source of sources) own[groupOfSource(groups, sourceIndex[source]).member].push(source);
  const entries: number[] = [];
  const starts: number[] = [];
  for (const [group, its] of own.entries()) {
    starts.push(entries.length);
    entries.push(~group, ...its);
  }
  return { entries, starts, shown: own.map(({ length }) => length) };
}

/** A panel narrower than this has sources as rows: their names are long, and read better lying. */
const NARROW = 560;

/** Sources outnumber targets by far: where there is room, they run along the longer side of the grid. */
export function targetsBecomeColumns(width: number, height: number): boolean {
  return width < NARROW || height >= width * 0.8;
}

export function samePair(a: Pair | undefined, b: Pair | undefined): boolean {
  return a?.target === b?.target && a?.source === b?.source && a?.group === b?.group;
}
