import { toSemapError } from '../../src/core/errors.ts';
import type { PageProblem } from '../../src/protocol/alignmentView.ts';
import { element, icon, textButton } from './element.ts';

/** One sentence and one button: there is nothing yet. */
export function emptyNotice(
  sentence: string,
  button: string,
  onclick: () => void,
  testId: string,
): HTMLElement {
  return element(
    'div',
    { class: 'notice', 'data-testid': testId },
    element('p', {}, sentence),
    textButton(button, onclick),
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
  return problemNotice(title, { message: toSemapError(error).message, actions: [] }, () => {}, testId);
}
