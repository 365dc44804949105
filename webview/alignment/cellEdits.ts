import type { AlignmentWish } from '../../src/protocol/alignmentView.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';

/** A cell that is to be changed: what the host is asked for, and what a screen reader says. */
export interface CellEdit {
  readonly wish?: AlignmentWish;
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
  const index = model.sourceIndex[source];
  const name = model.sources[source];
  if (model.excluded.has(index)) {
    return { spoken: `${name} is excluded. Include it again to map it.` };
  }
  if (weight === 0 && model.weights[target * model.sources.length + source] === 0) return undefined;
  const done = weight === 0 ? 'unmapped' : weight === undefined ? 'mapped' : `mapped with weight ${weight}`;
  const about = aboutTarget(model, target);
  return {
    wish: { kind: 'map', ...about, source: index, ...(weight === undefined ? {} : { weight }) },
    spoken: `${name} ${done} for ${about.label}.`,
  };
}

/** How a wish names a target. */
export function aboutTarget(model: AlignmentModel, target: number): { target: number; label: string } {
  return { target, label: model.targets[target]?.label ?? '' };
}
