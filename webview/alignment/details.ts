import { element, icon, label } from '../common/element.ts';
import { type AlignmentModel, mostSimilar } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { expectation, formatSimilarity, sourceCount, weightInWords } from './words.ts';

/** Labels listed for a target or a source before the rest is only counted. */
const LISTED = 60;

/** A cell, a target or a source in words. `why` is the engine's explanation of a cell, once it is there. */
export function details(model: AlignmentModel, pair: Pair | undefined, why: string | undefined): Node[] {
  if (pair?.target !== undefined && pair.source !== undefined) {
    return cellDetails(model, pair.target, pair.source, why);
  }
  if (pair?.target !== undefined) return targetDetails(model, pair.target);
  if (pair?.source !== undefined) return sourceDetails(model, pair.source);
  return [
    element(
      'p',
      { class: 'quiet' },
      'Point at a cell, or move with the arrow keys, to read why two labels match. Plus and minus zoom.',
    ),
  ];
}

function cellDetails(model: AlignmentModel, t: number, s: number, why: string | undefined): Node[] {
  const at = t * model.sources.length + s;
  const weight = model.weights[at];
  return [
    element(
      'h2',
      {},
      element('span', {}, label(model.targets[t].label), ' ← ', label(model.sources[s])),
      element('span', { class: 'number' }, formatSimilarity(model.values[at])),
      weight > 0
        ? element('span', {}, icon('circle-filled'), ` ${weightInWords(weight)}`)
        : element('span', { class: 'quiet' }, weightInWords(weight)),
    ),
    element('p', { class: why === undefined ? 'why quiet' : 'why' }, why ?? 'Looking up why…'),
  ];
}

function targetDetails(model: AlignmentModel, t: number): Node[] {
  const target = model.targets[t];
  const nearest = mostSimilar(model, t, 5);
  return [
    element(
      'h2',
      {},
      label(target.label),
      element('span', { class: 'number' }, `← ${sourceCount(target.sources.length)}`),
    ),
    ...(target.gloss === undefined ? [] : [element('p', { class: 'quiet' }, label(target.gloss))]),
    ...(target.hint === undefined ? [] : [element('p', { class: 'quiet' }, 'Hint: ', label(target.hint))]),
    element('p', {}, expectation(target)),
    target.sources.length > 0
      ? valueList(target.sources.map((source) => [source.label, source.similarity] as const))
      : element('p', { class: 'quiet' }, nearest.length > 0 ? 'Most similar, but not mapped:' : ''),
    ...(target.sources.length > 0
      ? []
      : [
          valueList(
            nearest.map((s) => [model.sources[s], model.values[t * model.sources.length + s]] as const),
          ),
        ]),
  ];
}

function sourceDetails(model: AlignmentModel, s: number): Node[] {
  const S = model.sources.length;
  const byValue = [...model.targets.keys()]
    .filter((t) => !Number.isNaN(model.values[t * S + s]))
    .sort((a, b) => model.values[b * S + s] - model.values[a * S + s]);
  const owners = [...model.targets.keys()].filter((t) => model.weights[t * S + s] > 0);
  return [
    element('h2', {}, label(model.sources[s])),
    element(
      'p',
      {},
      owners.length === 0
        ? 'A source label that is not mapped to any target.'
        : `A source label of ${owners.map((t) => model.targets[t].label).join(', ')}.`,
    ),
    valueList(byValue.map((t) => [model.targets[t].label, model.values[t * S + s]] as const)),
  ];
}

function valueList(entries: readonly (readonly [name: string, value: number])[]): HTMLElement {
  const rest = entries.length - LISTED;
  return element(
    'ul',
    {},
    ...entries
      .slice(0, LISTED)
      .map(([name, value]) =>
        element(
          'li',
          {},
          label(name),
          ' ',
          element('span', { class: 'number quiet' }, formatSimilarity(value)),
        ),
      ),
    rest > 0 ? element('li', { class: 'quiet' }, `and ${rest.toLocaleString()} more`) : undefined,
  );
}
