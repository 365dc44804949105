import { weightText } from '../../src/core/text/numbers.ts';
import { listed } from '../../src/core/text/text.ts';
import { acting, element, label, linkButton } from '../common/element.ts';
import { count, plural, say, t } from '../common/language.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import type { Details, DetailsContext } from './detailsContext.ts';

/** Target labels named in a sentence. */
const NAMED = 6;

/** A backbone among several: what it knows, how much it counts, and what can be done about it. */
export function groupDetails(
  { groups, targets }: AlignmentModel,
  at: number,
  { edit, ask, showAll, isAll }: Pick<DetailsContext, 'edit' | 'ask' | 'showAll' | 'isAll'>,
): Details {
  const { member, name, weight, carries, count: all } = groups[at];
  const alone = carries.filter((target) =>
    groups.every((other, o) => o === at || !other.carries.includes(target)),
  );
  const lacks = [...targets.keys()].filter((target) => !carries.includes(target));
  const names = (list: readonly number[]) =>
    listed(
      list.map((target) => targets[target].label),
      NAMED,
    );
  const field = element('input', {
    type: 'number',
    class: 'weight number',
    value: weightText(weight),
    min: 0,
    step: 'any',
    'aria-label': t('Weight of {0}', name),
    'data-testid': 'alignment-backbone-weight',
  });
  acting(field);
  field.addEventListener('keydown', (event) => event.key !== 'Escape' && event.stopPropagation());
  field.addEventListener('change', () => {
    const next = field.valueAsNumber;
    if (!Number.isFinite(next) || next <= 0) field.value = weightText(weight);
    else {
      // What was typed is the document's now: it is shown as that again.
      field.defaultValue = field.value;
      edit({ kind: 'weigh', member, weight: next });
    }
  });
  const heading = element(
    'h2',
    {},
    element('span', { class: 'names' }, label(name)),
    element('span', { class: 'number count' }, t('weight {0}', weightText(weight))),
  );
  const everything = isAll(name);
  return {
    heading,
    body: [
      element(
        'p',
        { class: 'edits' },
        element('label', { class: 'weight-label' }, `${t('Weight')} `, field),
        linkButton(
          everything ? t('Show Fewer') : t('Show All'),
          () => showAll(name, !everything),
          'alignment-backbone-all',
          everything
            ? t('Show only source labels of {0} that are mapped or similar', name)
            : t('Show all source labels of {0}', name),
        ),
        acting(linkButton(t('Add Backbone...'), () => ask('addBackbone'), 'alignment-backbone-add')),
        acting(
          linkButton(
            t('Remove'),
            () => edit({ kind: 'leave', member }),
            'alignment-backbone-remove',
            t('Remove {0} from the alignment', name),
          ),
        ),
      ),
      element(
        'p',
        {},
        plural(
          carries.length,
          'It has source labels for {0} of {1} target labels.',
          'It has source labels for {0} of {1} target labels.',
          count(targets.length),
        ),
        alone.length > 0 ? ` ${t('Only it has some for {0}.', say(names(alone)))}` : '',
      ),
      lacks.length > 0
        ? element(
            'p',
            { class: 'quiet' },
            t('It says nothing about {0}: the other backbones decide there.', say(names(lacks))),
          )
        : element(
            'p',
            { class: 'quiet' },
            t('{0} source labels. Each image runs through it once.', count(all)),
          ),
    ],
  };
}
