import { toSemapError } from '../../src/core/errors.ts';
import type { PageProblem } from '../../src/protocol/pageProblem.ts';
import { acting, element, icon, label, textButton } from './element.ts';
import { say } from './language.ts';

/** One sentence and one button: there is nothing yet. */
export function emptyNotice(
  sentence: string,
  button: string,
  onclick: () => void,
  testId: string,
): HTMLElement {
  return acting(
    element(
      'div',
      { class: 'notice', 'data-testid': testId },
      element('p', {}, sentence),
      textButton(button, onclick),
    ),
  );
}

/** Something is being worked on. The bar waits a moment so that quick work does not flicker. */
export function workingNotice(what: string): HTMLElement {
  return element(
    'div',
    { class: 'notice working', role: 'status' },
    element('vscode-progress-ring', { 'aria-label': what }),
    element('p', {}, what),
  );
}

/** What failed, why, and the buttons that help. */
export function problemNotice(
  title: string,
  problem: PageProblem,
  act: (action: number) => void,
  testId: string,
): HTMLElement {
  return element(
    'div',
    { class: 'notice problem', role: 'alert', 'data-testid': testId },
    element('p', { class: 'problem-title' }, icon('warning'), ' ', title),
    element('p', {}, problem.message),
    problem.hint === undefined ? undefined : element('p', { class: 'quiet' }, problem.hint),
    element(
      'div',
      { class: 'buttons' },
      ...problem.actions.map(({ title: verb }, i) => textButton(verb, () => act(i), { secondary: i > 0 })),
    ),
  );
}

/** Something failed, and no button helps. */
export function failureNotice(title: string, error: unknown, testId: string): HTMLElement {
  return problemNotice(title, { message: say(toSemapError(error).text), actions: [] }, () => {}, testId);
}

/** Says that what is shown is of another version of a document, and offers to renew it. */
export class OutdatedNotice {
  readonly element: HTMLElement;
  readonly #testId: string;
  readonly #renew: () => void;
  #shown = '';

  /** @param page the start of the test ids */
  constructor(page: string, renew: () => void) {
    this.element = element('div', { class: 'outdated', role: 'status', 'data-testid': `${page}-outdated` });
    this.element.hidden = true;
    this.#testId = `${page}-again`;
    this.#renew = renew;
  }

  /** Nothing without a message; no button without its verb. */
  show(message: string | undefined, button: string | undefined): void {
    // Made again only when it says something else: a button under the pointer stays.
    const shown = JSON.stringify([message, button]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = message === undefined;
    this.element.replaceChildren(
      ...(message === undefined ? [] : [icon('warning'), element('span', {}, label(message, 'sentence'))]),
      ...(message === undefined || button === undefined
        ? []
        : [textButton(button, this.#renew, { testId: this.#testId })]),
    );
  }
}

/** A paragraph a line. */
export function sentences(lines: readonly string[], className?: string): HTMLElement[] {
  return lines.map((line) => element('p', { class: className }, label(line, 'sentence')));
}
