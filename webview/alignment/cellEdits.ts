import type { AlignmentSource } from '../../src/core/alignments/alignment.ts';
import { type AlignmentEdit, usualWeight } from '../../src/core/alignments/alignmentEdits.ts';
import { t } from '../common/language.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { editPlace, groupOfSource } from './joinedDocument.ts';

/** A cell that is to be changed: the edit, and what a screen reader says. */
export interface CellEdit {
  readonly edit?: AlignmentEdit;
  readonly spoken: string;
}

/** Maps a cell that is not mapped, and the other way round; undefined where there is no cell. */
export function toggled(model: AlignmentModel, pair: Pair | undefined): CellEdit | undefined {
  const { target, source } = pair ?? {};
  if (target === undefined || source === undefined) return undefined;
  const mapped = model.weights[target * model.sources.length + source] !== 0;
  return weighed(model, pair, mapped ? 0 : undefined);
}

/** Maps a cell with a weight; without one with the usual weight, with 0 not at all. */
export function weighed(
  model: AlignmentModel,
  pair: Pair | undefined,
  weight: number | undefined,
): CellEdit | undefined {
  const { target, source } = pair ?? {};
  if (target === undefined || source === undefined) return undefined;
  const name = model.sources[source];
  if (model.excluded.has(model.sourceIndex[source])) {
    return { spoken: t('{0} is excluded. Include it again to map it.', name) };
  }
  if (weight === 0 && model.weights[target * model.sources.length + source] === 0) return undefined;
  const { label } = model.targets[target];
  const spoken =
    weight === 0
      ? t('Unmapped {0} from {1}.', name, label)
      : weight === undefined
        ? t('Mapped {0} to {1}.', name, label)
        : t('Mapped {0} to {1} with weight {2}.', name, label, String(weight));
  return { edit: mapping(model, target, source, weight), spoken };
}

/** The edit that maps a cell; a weight of 0 takes the source from the target, without one it gets the usual one. */
export function mapping(
  model: AlignmentModel,
  target: number,
  source: number,
  weight?: number,
): AlignmentEdit {
  const known = sourceOf(model, target, source);
  const { index, of } = editPlace(model.groups, known.index);
  if (weight === 0) return { kind: 'unmap', target, source: index, ...of };
  const usual = usualWeight(groupOfSource(model.groups, known.index), known.similarity);
  return { kind: 'map', target, source: { ...known, index, weight: weight ?? usual }, ...of };
}

/** A source as the joined document names it. */
function sourceOf(model: AlignmentModel, target: number, source: number): AlignmentSource {
  const index = model.sourceIndex[source];
  const known = model.targets[target]?.sources.find((each) => each.index === index);
  if (known) return known;
  const similarity = model.values[target * model.sources.length + source];
  return {
    label: model.sources[source],
    wnid: model.wnids[source],
    index,
    weight: 1,
    similarity: Number.isNaN(similarity) ? 0 : Number(similarity.toFixed(4)),
    ...(model.kinds[target]?.has(index) && { kind: true }),
  };
}
