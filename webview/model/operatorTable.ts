import type { OperatorCount } from '../../src/core/backbones/modelOutline.ts';
import { bar, element, label, table, textButton } from '../common/element.ts';
import { count, t } from '../common/language.ts';

/** Operators that are listed before all of them are asked for. */
const FIRST = 12;

/** Which operators a graph has, and how many of each. */
export class OperatorTable {
  readonly element = element('section', { 'data-testid': 'model-operators' });
  #all = false;
  #operators: readonly OperatorCount[] = [];

  show(operators: readonly OperatorCount[]): void {
    this.#operators = operators;
    this.#draw();
  }

  #draw(): void {
    const shown = this.#all ? this.#operators : this.#operators.slice(0, FIRST);
    const rest = this.#operators.length - shown.length;
    const most = this.#operators[0]?.count ?? 1;
    const rows = shown.map(({ op, count: nodes, own }) =>
      element(
        'tr',
        {},
        element(
          'th',
          { scope: 'row' },
          label(op),
          own ? element('span', { class: 'quiet' }, ` ${t('function of the model')}`) : undefined,
        ),
        element('td', { class: 'number' }, count(nodes)),
        element('td', { class: 'share' }, bar(nodes / most)),
      ),
    );
    const all = () => {
      this.#all = true;
      this.#draw();
    };
    this.element.replaceChildren(
      element('h2', {}, t('Operators')),
      table({ class: 'operators' }, [t('Operator'), t('Nodes'), element('td', {})], rows),
      ...(rest > 0
        ? [
            textButton(t('Show All ({0})', this.#operators.length), all, {
              secondary: true,
              testId: 'model-all',
            }),
          ]
        : []),
    );
  }
}
