import type { AlignmentWish } from '../../src/protocol/alignmentView.ts';
import { element, icon, label, linkButton } from '../common/element.ts';
import { type AlignmentModel, mostSimilar } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { renameField, startRenaming } from './renameField.ts';
import { expectation, formatSimilarity, sourceCount, weightInWords } from './words.ts';

/** Labels listed for a target or a source before the rest is only counted. */
const LISTED = 60;

/** What the details need besides the model. */
export interface DetailsContext {
  /** Tells the host what the person wants changed. */
  readonly edit: (wish: AlignmentWish) => void;
  /** The engine's explanation of the cell, once it is there. */
  readonly why?: string | undefined;
  /** What images say of the cell. */
  readonly evidence?: Node | undefined;
  /** Whether the mapping was learned from images, so that labels are not aligned again. */
  readonly learned: boolean;
  /** Whether weights may be any number. */
  readonly anyWeight: boolean;
}

/** A cell, a target or a source in words; what can be done about it stands right under its name. */
export function details(model: AlignmentModel, pair: Pair | undefined, context: DetailsContext): Node[] {
  const { target, source } = pair ?? {};
  if (target !== undefined && source !== undefined) return cellDetails(model, target, source, context);
  if (target !== undefined) return targetDetails(model, target, context);
  if (source !== undefined) return sourceDetails(model, source, context);
  return [
    element('p', { class: 'quiet' }, 'Point at a cell to read why two labels match.'),
    element(
      'p',
      { class: 'quiet keys' },
      'Arrows move, Enter maps, 1 to 9 weigh, Space explains, / searches.',
    ),
  ];
}

function cellDetails(model: AlignmentModel, t: number, s: number, context: DetailsContext): Node[] {
  const at = t * model.sources.length + s;
  const weight = model.weights[at];
  const excluded = model.excluded.has(model.sourceIndex[s]);
  return [
    element(
      'h2',
      {},
      element('span', {}, label(model.targets[t].label), ' ← ', label(model.sources[s])),
      element('span', { class: 'number' }, formatSimilarity(model.values[at])),
      weight !== 0
        ? element('span', {}, icon('circle-filled'), ` ${weightInWords(weight)}`)
        : element('span', { class: 'quiet' }, excluded ? 'excluded' : weightInWords(weight)),
    ),
    edits(
      ...(excluded ? [] : [element('span', { class: 'cell-edits' }, ...mappingEdits(model, t, s, context))]),
      element('span', {}, ...meaningEdits(model, t, context), sourceEdit(model, s, context)),
    ),
    element(
      'div',
      { class: context.why === undefined ? 'why quiet' : 'why' },
      ...(context.why ?? 'Looking up why…').split('\n').map((line) => element('p', {}, line)),
    ),
    ...(context.evidence ? [context.evidence] : []),
  ];
}

/** Maps and unmaps a cell, and sets its weight. */
function mappingEdits(
  model: AlignmentModel,
  target: number,
  s: number,
  { edit, anyWeight }: DetailsContext,
): HTMLElement[] {
  const source = model.sourceIndex[s];
  const weight = model.weights[target * model.sources.length + s];
  const about = { target, label: model.targets[target].label, source };
  if (weight === 0) {
    return [linkButton('Map', () => edit({ kind: 'map', ...about }), 'alignment-map', 'Map (Enter)')];
  }
  const field = element('input', {
    type: 'number',
    class: 'weight number',
    value: Number(weight.toPrecision(4)),
    min: anyWeight ? undefined : 0,
    max: anyWeight ? undefined : 1,
    step: 'any',
    'aria-label': 'Weight',
    'data-testid': 'alignment-weight',
  });
  field.addEventListener('keydown', (event) => event.key !== 'Escape' && event.stopPropagation());
  field.addEventListener('change', () => {
    const next = field.valueAsNumber;
    if (Number.isFinite(next) && (anyWeight || (next >= 0 && next <= 1))) {
      edit({ kind: 'map', ...about, weight: next });
    } else field.value = String(weight);
  });
  const unmap = () => edit({ kind: 'map', ...about, weight: 0 });
  return [
    linkButton('Unmap', unmap, 'alignment-unmap', 'Unmap (Enter)'),
    element('label', { class: 'weight-label' }, 'weight ', field),
  ];
}

/** Buttons that change what a target means. */
function meaningEdits(model: AlignmentModel, target: number, { edit }: DetailsContext): HTMLElement[] {
  const { hint, label: name } = model.targets[target];
  return [
    linkButton(
      'Sense…',
      () => edit({ kind: 'chooseSense', target, label: name }),
      'alignment-sense',
      `Choose the sense of ${name}`,
    ),
    linkButton(
      'Hint…',
      () => edit({ kind: 'addHint', target, label: name }),
      'alignment-hint',
      `${hint === undefined ? 'Add a' : 'Change the'} hint that tells what ${name} means`,
    ),
  ];
}

/** The button that excludes a source, or takes it in again. */
function sourceEdit(model: AlignmentModel, s: number, { edit }: DetailsContext): HTMLElement {
  const source = model.sourceIndex[s];
  return model.excluded.has(source)
    ? linkButton(
        'Include Again',
        () => edit({ kind: 'includeSource', source }),
        'alignment-include',
        `Let target labels use ${model.sources[s]} again`,
      )
    : linkButton(
        'Exclude',
        () => edit({ kind: 'excludeSource', source }),
        'alignment-exclude',
        `Let no target label use ${model.sources[s]}`,
      );
}

function targetDetails(model: AlignmentModel, t: number, context: DetailsContext): Node[] {
  const { edit, learned } = context;
  const target = model.targets[t];
  const { label: name } = target;
  const nearest = mostSimilar(model, t, 5);
  const heading = element('span', {}, label(name));
  const rename = () => {
    const done = (next: string) => {
      heading.replaceChildren(label(name));
      if (next !== name) edit({ kind: 'rename', target: t, label: name, name: next });
    };
    startRenaming(heading, renameField(name, done));
  };
  const twins = model.targets.filter((each) => each.label === name).length;
  return [
    element(
      'h2',
      {},
      heading,
      element('span', { class: 'number' }, `← ${sourceCount(target.sources.length)}`),
    ),
    edits(
      ...meaningEdits(model, t, context),
      linkButton('Rename…', rename, 'alignment-rename'),
      ...(learned
        ? []
        : [
            linkButton(
              'Align Again',
              () => edit({ kind: 'alignAgain', target: t, label: name }),
              'alignment-again',
              'Map it anew by the method, without what was changed by hand',
            ),
          ]),
      linkButton('Remove', () => edit({ kind: 'removeTarget', target: t, label: name }), 'alignment-remove'),
    ),
    ...(twins > 1
      ? [
          element(
            'p',
            {},
            icon('warning'),
            ` ${twins} targets have this name; only one of them is counted right. Rename or remove the others.`,
          ),
        ]
      : []),
    element('p', {}, expectation(target)),
    target.gloss === undefined
      ? element('p', { class: 'quiet' }, 'No WordNet sense is chosen for it.')
      : element(
          'p',
          {},
          label(target.gloss),
          element('span', { class: 'quiet' }, target.pinned ? ' (pinned)' : " (SeMap's choice)"),
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

function sourceDetails(model: AlignmentModel, s: number, context: DetailsContext): Node[] {
  const S = model.sources.length;
  const byValue = [...model.targets.keys()]
    .filter((t) => !Number.isNaN(model.values[t * S + s]))
    .sort((a, b) => model.values[b * S + s] - model.values[a * S + s]);
  const owners = [...model.targets.keys()].filter((t) => model.weights[t * S + s] !== 0);
  const source = model.sourceIndex[s];
  return [
    element('h2', {}, label(model.sources[s])),
    edits(
      sourceEdit(model, s, context),
      ...(owners.length < 2
        ? []
        : owners.slice(0, 6).map((target) => {
            const { label: name } = model.targets[target];
            return linkButton(
              element('span', {}, 'Leave to ', label(name)),
              () => context.edit({ kind: 'award', target, label: name, source }),
              'alignment-award',
              `Only ${name} keeps it`,
            );
          })),
    ),
    element(
      'p',
      {},
      model.excluded.has(source)
        ? 'An excluded source label: no target may use it.'
        : owners.length === 0
          ? 'A source label that is not mapped to any target.'
          : `A source label of ${owners.map((t) => model.targets[t].label).join(', ')}.`,
    ),
    valueList(byValue.map((t) => [model.targets[t].label, model.values[t * S + s]] as const)),
  ];
}

function edits(...buttons: Node[]): HTMLElement {
  return element('p', { class: 'edits' }, ...buttons);
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
