import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import { element, icon, label } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { How } from './givenLabels.ts';
import type { Labeller } from './labeller.ts';

/** Each way of labeling has a form of its own: colors alone say nothing. */
const ICONS: Readonly<Record<Exclude<How, 'left'>, string>> = {
  labeled: 'tag',
  accepted: 'check-all',
  none: 'circle-slash',
  agent: 'hubot',
};

/** What a person said of an image, and how: undefined where nothing was. */
export function givenBadge(labeller: Labeller, image: number): HTMLElement | undefined {
  const failed = labeller.failedOf(image);
  if (failed !== undefined) {
    const name = givenName(labeller, failed);
    const text = name === undefined ? t('Not saved') : t('Not saved: {0}', name);
    return badge('unsaved', 'warning', text, text);
  }
  const how = labeller.given.how(image);
  if (how === 'left') return undefined;
  const name = givenName(labeller, labeller.given.given(image)) ?? '';
  return badge(how, ICONS[how], name, howWords(how, name));
}

function howWords(how: Exclude<How, 'left'>, name: string): string {
  switch (how) {
    case 'accepted':
      return t('accepted: {0}', name);
    case 'agent':
      return t('labeled by an agent: {0}', name);
    case 'labeled':
    case 'none':
      return t('labeled: {0}', name);
  }
}

/** A label by its index; undefined for nothing. */
export function givenName({ labels }: Labeller, given: number): string | undefined {
  return given === GIVEN.noneOfThese ? t('none of these') : labels[given];
}

function badge(kind: string, picture: string, text: string, read: string): HTMLElement {
  return element(
    'div',
    { class: `given given-${kind}`, 'data-testid': 'results-given', title: read },
    element('span', { class: 'visually-hidden' }, `, ${read}`),
    icon(picture),
    element('span', { 'aria-hidden': 'true', class: 'given-text' }, label(text)),
  );
}
