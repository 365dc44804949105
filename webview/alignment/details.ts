import type { AlignmentWish } from '../../src/protocol/alignmentView.ts';
import { element, icon, label, linkButton } from '../common/element.ts';
import { type AlignmentModel, mostSimilar } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { expectation, formatSimilarity, sourceCount, weightInWords } from './words.ts';

/** Labels listed for a target or a source before the rest is only counted. */
const LISTED = 60;

/** Tells the host what the person wants changed. */
type Edit = (wish: AlignmentWish) => void;

/** A cell, a target or a source in words. `why` is the engine's explanation of a cell, once it is there. */
export function details(
  model: AlignmentModel,
  pair: Pair | undefined,
  why: string | undefined,
  edit: Edit,
): Node[] {
  if (pair?.target !== undefined && pair.source !== undefined) {
    return [
      ...cellDetails(model, pair.target, pair.source, why),
      element(
        'p',
        { class: 'edits' },
        ...targetEdits(model, pair.target, edit),
        sourceEdit(model, pair.source, edit),
      ),
    ];
  }
  if (pair?.target !== undefined) return targetDetails(model, pair.target, edit);
  if (pair?.source !== undefined) return sourceDetails(model, pair.source, edit);
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

/** Buttons that change what a target means. */
function targetEdits(model: AlignmentModel, target: number, edit: Edit): HTMLElement[] {
  const { hint, label: name } = model.targets[target];
  return [
    linkButton('Choose Sense…', () => edit({ kind: 'chooseSense', target, label: name }), 'alignment-sense'),
    linkButton(
      hint === undefined ? 'Add Hint…' : 'Change Hint…',
      () => edit({ kind: 'addHint', target, label: name }),
      'alignment-hint',
    ),
  ];
}

/** The button that excludes a source, or takes it in again. */
function sourceEdit(model: AlignmentModel, s: number, edit: Edit): HTMLElement {
  const source = model.sourceIndex[s];
  return model.excluded.has(source)
    ? linkButton('Include Again', () => edit({ kind: 'includeSource', source }), 'alignment-include')
    : linkButton('Exclude Source', () => edit({ kind: 'excludeSource', source }), 'alignment-exclude');
}

function targetDetails(model: AlignmentModel, t: number, edit: Edit): Node[] {
  const target = model.targets[t];
  const nearest = mostSimilar(model, t, 5);
  return [
    element(
      'h2',
      {},
      label(target.label),
      element('span', { class: 'number' }, `← ${sourceCount(target.sources.length)}`),
    ),
    element('p', {}, expectation(target)),
    element(
      'p',
      { class: 'edits' },
      target.gloss === undefined
        ? element('span', { class: 'quiet' }, 'WordNet does not know this label.')
        : element(
            'span',
            {},
            label(target.gloss),
            element('span', { class: 'quiet' }, target.pinned ? ' (pinned)' : " (SeMap's choice)"),
          ),
      ...targetEdits(model, t, edit),
    ),
    ...(target.hint === undefined ? [] : [element('p', { class: 'quiet' }, 'Hint: ', label(target.hint))]),
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

function sourceDetails(model: AlignmentModel, s: number, edit: Edit): Node[] {
  const S = model.sources.length;
  const byValue = [...model.targets.keys()]
    .filter((t) => !Number.isNaN(model.values[t * S + s]))
    .sort((a, b) => model.values[b * S + s] - model.values[a * S + s]);
  const owners = [...model.targets.keys()].filter((t) => model.weights[t * S + s] > 0);
  return [
    element('h2', {}, label(model.sources[s])),
    element(
      'p',
      { class: 'edits' },
      model.excluded.has(model.sourceIndex[s])
        ? 'An excluded source label: no target may use it.'
        : owners.length === 0
          ? 'A source label that is not mapped to any target.'
          : `A source label of ${owners.map((t) => model.targets[t].label).join(', ')}.`,
      sourceEdit(model, s, edit),
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
