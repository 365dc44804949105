import type { AlignmentTarget } from '../../src/core/alignments/alignment.ts';
import { type NoteTexts, noteInFull, noteTexts } from '../../src/core/similarity/labelNoteTexts.ts';
import { listed } from '../../src/core/text/text.ts';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import { acting, element, icon, label, linkButton, withNodes } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { type AlignmentModel, mostSimilar } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { mapping } from './cellEdits.ts';
import type { Details, DetailsContext } from './detailsContext.ts';
import { groupDetails } from './groupDetails.ts';
import { carriersInWords } from './groupWords.ts';
import { editPlace } from './joinedDocument.ts';
import { renameField, startRenaming } from './renameField.ts';
import { expectation, formatSimilarity, keysInWords, sourceCount, weightInWords } from './words.ts';

/** Labels listed for a target or a source before the rest is only counted. */
const LISTED = 60;

/** A cell, a target or a source in words; what can be done about it stands right under its name. */
export function details(model: AlignmentModel, pair: Pair | undefined, context: DetailsContext): Details {
  const { target, source, group } = pair ?? {};
  if (group !== undefined && model.groups[group]) return groupDetails(model, group, context);
  if (target !== undefined && source !== undefined) return cellDetails(model, target, source, context);
  if (target !== undefined) return targetDetails(model, target, context);
  if (source !== undefined) return sourceDetails(model, source, context);
  return {
    heading: element('p', { class: 'quiet one-line' }, t('Point to a cell to see why two labels match.')),
    body: [element('p', { class: 'quiet' }, keysInWords())],
  };
}

function cellDetails(model: AlignmentModel, target: number, s: number, context: DetailsContext): Details {
  const at = target * model.sources.length + s;
  const weight = model.weights[at];
  const excluded = model.excluded.has(model.sourceIndex[s]);
  const heading = element(
    'h2',
    {},
    element('span', { class: 'names' }, label(model.targets[target].label), ' ← ', label(model.sources[s])),
    element('span', { class: 'number' }, formatSimilarity(model.values[at])),
    weight !== 0
      ? element('span', { class: 'mark' }, icon('circle-filled'), ` ${weightInWords(weight)}`)
      : element('span', { class: 'mark quiet' }, excluded ? t('excluded') : weightInWords(weight)),
  );
  const body = [
    edits(
      ...(excluded
        ? []
        : [element('span', { class: 'cell-edits' }, ...mappingEdits(model, target, s, context))]),
      element('span', {}, ...meaningEdits(model, target, context), sourceEdit(model, s, context)),
    ),
    ...(context.hintField ? [context.hintField] : []),
    element(
      'div',
      { class: context.why === undefined ? 'why quiet' : 'why' },
      ...(context.why ?? t('Looking up the reason...')).split('\n').map((line) => element('p', {}, line)),
    ),
    ...(context.evidence ? [context.evidence] : []),
  ];
  return { heading, body };
}

/** Maps and unmaps a cell, and sets its weight. */
function mappingEdits(
  model: AlignmentModel,
  target: number,
  s: number,
  { edit, anyWeight }: DetailsContext,
): HTMLElement[] {
  const weight = model.weights[target * model.sources.length + s];
  if (weight === 0) {
    const map = () => edit(mapping(model, target, s));
    return [acting(linkButton(t('Map'), map, 'alignment-map', t('Map (Enter)')))];
  }
  const field = element('input', {
    type: 'number',
    class: 'weight number',
    value: Number(weight.toPrecision(4)),
    min: anyWeight ? undefined : 0,
    max: anyWeight ? undefined : 1,
    step: 'any',
    'aria-label': t('Weight'),
    'data-testid': 'alignment-weight',
  });
  acting(field);
  field.addEventListener('keydown', (event) => event.key !== 'Escape' && event.stopPropagation());
  field.addEventListener('change', () => {
    const next = field.valueAsNumber;
    if (Number.isFinite(next) && (anyWeight || (next >= 0 && next <= 1))) {
      edit(mapping(model, target, s, next));
    } else field.value = String(weight);
  });
  const unmap = () => edit(mapping(model, target, s, 0));
  return [
    acting(linkButton(t('Unmap'), unmap, 'alignment-unmap', t('Unmap (Enter)'))),
    element('label', { class: 'weight-label' }, `${t('Weight')} `, field),
  ];
}

/** Buttons that change what a target means. */
function meaningEdits(
  model: AlignmentModel,
  target: number,
  { ask, editHint }: DetailsContext,
): HTMLElement[] {
  const { hint, label: name } = model.targets[target];
  return [
    acting(
      linkButton(
        t('Sense...'),
        () => ask('chooseSense', target),
        'alignment-sense',
        t('Choose the sense of {0}', name),
      ),
    ),
    acting(
      linkButton(
        t('Hint...'),
        () => editHint(target),
        'alignment-hint',
        hint === undefined
          ? t('Add a hint that says what {0} means', name)
          : t('Change the hint that says what {0} means', name),
      ),
    ),
  ];
}

/** The button that excludes a source, or takes it in again. */
function sourceEdit(model: AlignmentModel, s: number, { edit }: DetailsContext): HTMLElement {
  const { index, of } = editPlace(model.groups, model.sourceIndex[s]);
  const [label, wnid] = [model.sources[s], model.wnids[s]];
  return model.excluded.has(model.sourceIndex[s])
    ? acting(
        linkButton(
          t('Include Again'),
          () => edit({ kind: 'include', source: index, ...of }),
          'alignment-include',
          t('Let target labels use {0} again', label),
        ),
      )
    : acting(
        linkButton(
          t('Exclude'),
          () => edit({ kind: 'exclude', source: { label, wnid, index }, ...of }),
          'alignment-exclude',
          t('Let no target label use {0}', label),
        ),
      );
}

function targetDetails(model: AlignmentModel, index: number, context: DetailsContext): Details {
  const { edit, learned } = context;
  const target = model.targets[index];
  const { label: name } = target;
  // What is defined by the others is similar to nothing.
  const similarity = (s: number) => model.values[index * model.sources.length + s];
  const nearest =
    target.role && target.sources.length === 0
      ? []
      : mostSimilar(model, index, 5).filter((s) => similarity(s) > 0);
  const expected = expectation(model.targets, index);
  const shownName = element('span', { class: 'names' }, label(name));
  const rename = () => {
    const done = (next: string) => {
      shownName.replaceChildren(label(name));
      if (next !== name) edit({ kind: 'rename', target: index, label: next });
    };
    startRenaming(shownName, renameField(name, done));
  };
  const twins = model.targets.filter((each) => each.label === name).length;
  const heading = element(
    'h2',
    {},
    shownName,
    element('span', { class: 'number count' }, `← ${sourceCount(target.sources.length)}`),
  );
  const body = [
    edits(
      ...meaningEdits(model, index, context),
      acting(linkButton(t('Rename...'), rename, 'alignment-rename')),
      ...(learned
        ? []
        : [
            acting(
              linkButton(
                t('Align Again'),
                () => edit({ kind: 'again', target: index }),
                'alignment-again',
                t('Map it by the method again and discard manual changes'),
              ),
            ),
          ]),
      acting(linkButton(t('Remove'), () => edit({ kind: 'remove', target: index }), 'alignment-remove')),
    ),
    ...(context.hintField ? [context.hintField] : []),
    ...(twins > 1
      ? [
          element(
            'p',
            {},
            icon('warning'),
            ` ${t('{0} target labels have this name, and only one of them is counted correctly. Rename or remove the others.', twins)}`,
          ),
        ]
      : []),
    ...(expected === '' ? [] : [element('p', {}, expected)]),
    ...[carriersInWords(model, index)].flatMap((words) =>
      words === undefined ? [] : [element('p', {}, words)],
    ),
    ...senseLines(target, context.meaning, context.role),
    ...(target.sources.length > 0
      ? sourceLists(model, index, context)
      : [
          element('p', { class: 'quiet' }, nearest.length > 0 ? t('Most similar, but not mapped:') : ''),
          valueList(nearest.map((s) => [model.sources[s], similarity(s), () => context.show(index, s)])),
        ]),
  ];
  return { heading, body };
}

/** The sources of a target; of several backbones, those of each below its name. */
function sourceLists(model: AlignmentModel, target: number, { show }: DetailsContext): Node[] {
  const { groups } = model;
  const { sources } = model.targets[target];
  return groups.flatMap(({ name, from, count }) => {
    const own =
      groups.length === 1 ? sources : sources.filter(({ index }) => index >= from && index < from + count);
    if (own.length === 0) return [];
    const list = valueList(
      own.map((source) => [
        source.label,
        source.similarity,
        () => show(target, model.sourceIndex.indexOf(source.index)),
      ]),
    );
    return groups.length === 1 ? [list] : [element('p', { class: 'of-backbone' }, label(name)), list];
  });
}

/** What a target is taken to mean, and what a person should know about that. */
function senseLines(
  { gloss, pinned, hint }: AlignmentTarget,
  meaning: LabelMeaning | undefined,
  role: NoteTexts | undefined,
): Node[] {
  const choice = element('span', { class: 'quiet' }, ` (${pinned ? t('pinned') : t("SeMap's choice")})`);
  const senses = meaning?.senses ?? [];
  const lines =
    senses.length > 1
      ? senses.map(({ phrase, gloss: each }) =>
          element('p', {}, ...withNodes(t('{0}: {1}'), label(phrase), label(each))),
        )
      : gloss === undefined
        ? role
          ? []
          : [element('p', { class: 'quiet' }, t('No WordNet sense is chosen for it.'))]
        : [element('p', {}, label(gloss), choice)];
  return [
    ...lines,
    ...(hint === undefined
      ? []
      : [element('p', { class: 'quiet' }, ...withNodes(t('Hint: {0}'), label(hint)))]),
    ...[...(role ? [role] : []), ...(meaning?.notes ?? []).map(noteTexts)].map((note) => {
      const words = say(noteInFull(note));
      return note.amiss
        ? element('p', {}, icon('warning'), ` ${words}`)
        : element('p', { class: 'quiet' }, words);
    }),
  ];
}

function sourceDetails(model: AlignmentModel, s: number, context: DetailsContext): Details {
  const S = model.sources.length;
  const targets = [...model.targets.keys()];
  const byValue = targets
    .filter((target) => !Number.isNaN(model.values[target * S + s]))
    .sort((a, b) => model.values[b * S + s] - model.values[a * S + s]);
  const owners = targets.filter((target) => model.weights[target * S + s] !== 0);
  const source = model.sourceIndex[s];
  const place = editPlace(model.groups, source);
  const body = [
    edits(
      sourceEdit(model, s, context),
      ...(owners.length < 2
        ? []
        : owners.slice(0, 6).map((target) => {
            const { label: name } = model.targets[target];
            return acting(
              linkButton(
                element('span', {}, ...withNodes(t('Use Only for {0}'), label(name))),
                () => context.edit({ kind: 'award', target, source: place.index, ...place.of }),
                'alignment-award',
                t('Unmap it from all target labels but {0}', name),
              ),
            );
          })),
    ),
    element(
      'p',
      {},
      model.excluded.has(source)
        ? t('An excluded source label: no target label may use it.')
        : owners.length === 0
          ? t('A source label that is not mapped to any target label.')
          : t('A source label of {0}.', listed(owners.map((target) => model.targets[target].label))),
    ),
    valueList(
      byValue.map((target) => [
        model.targets[target].label,
        model.values[target * S + s],
        () => context.show(target, s),
      ]),
    ),
  ];
  return { heading: element('h2', {}, element('span', { class: 'names' }, label(model.sources[s]))), body };
}

function edits(...buttons: Node[]): HTMLElement {
  return element('p', { class: 'edits' }, ...buttons);
}

/**
 * Labels with their similarity; a click shows the cell, which is out of sight among a thousand rows. The keyboard has the
 * search and the arrow keys for that, and need not pass sixty names.
 */
function valueList(
  entries: readonly (readonly [name: string, value: number, show: () => void])[],
): HTMLElement {
  const rest = entries.length - LISTED;
  return element(
    'ul',
    {},
    ...entries
      .slice(0, LISTED)
      .map(([name, value, show]) =>
        element(
          'li',
          {},
          element(
            'button',
            { type: 'button', class: 'shows', tabindex: -1, 'data-testid': 'alignment-shows', onclick: show },
            label(name),
          ),
          ' ',
          element('span', { class: 'number quiet' }, formatSimilarity(value)),
        ),
      ),
    rest > 0 ? element('li', { class: 'quiet' }, t('and {0} more', rest)) : undefined,
  );
}
