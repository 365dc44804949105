import { element, setText } from '../common/element.ts';
import { t } from '../common/language.ts';
import { type AlignmentModel, isDoubtful } from './alignmentModel.ts';
import { formatSimilarity } from './words.ts';

/** What shades and marks mean. */
export class Legend {
  readonly element: HTMLElement;
  readonly #scaleEnd = element('span', { class: 'number' });
  readonly #lowWeights = element(
    'span',
    {},
    element('span', { class: 'dot half', 'aria-hidden': 'true' }),
    t('mapped, low weight'),
  );

  readonly #doubtful = element(
    'span',
    {},
    element('span', { class: 'dot doubtful', 'aria-hidden': 'true' }),
    t('mapped, hardly similar'),
  );

  constructor() {
    const ramp = element('span', { class: 'ramp', 'aria-hidden': 'true' });
    this.element = element(
      'div',
      { class: 'legend' },
      element('span', { class: 'scale' }, `${t('similarity')} 0`, ramp, this.#scaleEnd),
      element('span', {}, element('span', { class: 'dot', 'aria-hidden': 'true' }), t('mapped')),
      this.#lowWeights,
      this.#doubtful,
    );
  }

  show(model: AlignmentModel): void {
    const { maximum, weights, sources } = model;
    const S = sources.length;
    const isHollow = (at: number) => isDoubtful(model, Math.floor(at / S), at % S);
    setText(this.#scaleEnd, formatSimilarity(maximum));
    this.#lowWeights.hidden = !weights.some((weight, at) => weight > 0 && weight < 0.5 && !isHollow(at));
    this.#doubtful.hidden = !weights.some((weight, at) => weight !== 0 && isHollow(at));
  }
}
