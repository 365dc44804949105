import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { Problem } from '../../src/core/errors.ts';
import { fileSize } from '../../src/core/text/numbers.ts';
import type { ModelState, ModelViewApi } from '../../src/protocol/modelView.ts';
import type { Connection } from '../common/connection.ts';
import { element, icon, label, setText, textButton } from '../common/element.ts';
import { BETWEEN, say, t } from '../common/language.ts';
import { failureNotice, problemNotice, workingNotice } from '../common/notice.ts';
import { keepScroll } from '../common/place.ts';
import { classifierFacts, fileFacts, metadataTable, valueTable } from './facts.ts';
import { OperatorTable } from './operatorTable.ts';
import { missingWords, whatItIs } from './words.ts';

/** What the person arranged; it survives hiding and reloading. */
export interface ModelPageState {
  /** How far it is scrolled. */
  readonly top: number;
}

export const DEFAULT_STATE: ModelPageState = { top: 0 };

type Shown = Extract<ModelState, { readonly kind: 'model' }>;

/** A model file: what it is, what is wrong with it, and what can be done with it. */
export class ModelPage {
  readonly #root: HTMLElement;
  readonly #connection: Connection<ModelViewApi, ModelPageState>;
  readonly #operators = new OperatorTable();
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #scrollTo = keepScroll((top) => this.#connection.save({ top }));
  #wasShown = false;
  #wasChecking = false;

  constructor(root: HTMLElement, connection: Connection<ModelViewApi, ModelPageState>) {
    this.#root = root;
    this.#connection = connection;
    root.classList.add('model');
    root.dataset['testid'] = 'model-page';
    root.replaceChildren(workingNotice(t('Reading the file...')));
  }

  /** Follows the host until the page goes. */
  start(): void {
    void this.#connection.host
      .call('watch', null, { onProgress: (state) => this.#show(state) })
      .catch((error) =>
        this.#root.replaceChildren(failureNotice(t('Cannot show the model'), error, 'model-problem')),
      );
  }

  #show(state: ModelState): void {
    if (state.kind === 'reading') {
      this.#root.replaceChildren(workingNotice(t('Reading {0}...', state.name)));
      return;
    }
    if (state.kind === 'failed') {
      this.#root.replaceChildren(
        element('header', {}, element('h1', {}, label(state.name))),
        problemNotice(t('Cannot open this file'), state.problem, this.#act, 'model-problem'),
      );
      return;
    }
    this.#draw(state);
    if (!this.#wasShown) this.#scrollTo(this.#connection.state.top);
    this.#wasShown = true;
    const isChecking = state.check.kind === 'working';
    if (this.#wasChecking && state.check.kind === 'done')
      setText(this.#spoken, state.check.problem?.message ?? t('The model works.'));
    this.#wasChecking = isChecking;
  }

  readonly #act = (action: number): void => {
    void this.#connection.host.call('act', { action });
  };

  /** The page is small, so it is made anew; what has the keyboard keeps it. */
  #draw(state: Shown): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset['testid'];
    const { outline } = state;
    this.#operators.show(outline.operators);
    const sections = [
      classifierFacts(state),
      valueTable(outline),
      fileFacts(state),
      this.#operators.element,
      metadataTable(outline),
    ].filter((section) => section !== undefined);
    this.#root.replaceChildren(
      this.#header(state),
      ...this.#problems(state),
      element('div', { class: 'sections' }, ...sections),
      element('footer', { class: 'origin' }, label(state.path)),
      this.#spoken,
    );
    if (focused !== undefined)
      this.#root.querySelector<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
  }

  #header(state: Shown): HTMLElement {
    const { name, outline, report } = state;
    return element(
      'header',
      {},
      element('h1', {}, label(name)),
      element('p', { class: 'what', 'data-testid': 'model-what' }, whatItIs(outline, report)),
      element('div', { class: 'buttons' }, ...this.#buttons(state)),
      this.#progress(state),
    );
  }

  #buttons({ outline, report, isAdded, check }: Shown): HTMLElement[] {
    const { host } = this.#connection;
    const button = (
      title: string,
      verb: 'add' | 'test' | 'check' | 'cancel' | 'again' | 'copyPath',
      secondary = true,
    ) => textButton(title, () => void host.call(verb, null), { secondary, testId: `model-${verb}` });
    const isWhole = outline.problems.length === 0;
    const isUsable = isWhole && report?.inspection !== undefined;
    return [
      ...(isWhole ? [] : [button(t('Try Again'), 'again', false)]),
      ...(isUsable && !isAdded ? [button(t('Add as Backbone'), 'add', false)] : []),
      ...(isUsable ? [button(t('Test on an Image...'), 'test', !isAdded)] : []),
      ...(isUsable && check.kind !== 'working'
        ? [button(check.kind === 'done' ? t('Check Again') : t('Check Model'), 'check')]
        : []),
      ...(check.kind === 'working' ? [button(t('Cancel'), 'cancel')] : []),
      button(t('Copy Path'), 'copyPath'),
    ];
  }

  /** What is being done, or what nothing was done for. */
  #progress({ outline, report, check, isAdded }: Shown): HTMLElement | undefined {
    const working = (what: string) => [
      element('vscode-progress-ring', { 'aria-label': what }),
      element('span', {}, what),
    ];
    const { milliseconds } = check.kind === 'done' ? check : {};
    const words = !report
      ? working(t('Reading all of the file once, to recognize it ({0})...', say(fileSize(outline.bytes))))
      : check.kind === 'working'
        ? working(t('Loading the model and running it...'))
        : [
            isAdded ? element('span', {}, icon('check'), ' ', t('In the list of backbones.')) : undefined,
            milliseconds !== undefined
              ? element('span', {}, icon('check'), ' ', t('It loads and runs.'))
              : report.inspection?.sourceCount !== undefined ||
                  check.kind === 'done' ||
                  !report.inspection ||
                  outline.problems.length > 0
                ? undefined
                : element('span', {}, t('SeMap has only read the file. Check Model loads and runs it.')),
          ];
    if (words.every((word) => word === undefined)) return undefined;
    return element('div', { class: 'line quiet', 'data-testid': 'model-progress' }, ...words);
  }

  /** What is wrong or not known, and what to do about it. */
  #problems({ outline, report, check }: Shown): HTMLElement[] {
    const told = (problem: Problem) =>
      element(
        'li',
        {},
        icon('warning'),
        label(say(problem.message), 'sentence'),
        BETWEEN,
        problem.hint && label(say(problem.hint), 'sentence quiet'),
      );
    const isWhole = outline.problems.length === 0;
    const missing = (isWhole && report?.inspection?.missing) || [];
    const describe = () => void this.#connection.host.call('describe', null);
    const items = [
      ...outline.problems.map(told),
      ...(report?.problem ? [told(report.problem)] : []),
      ...(missing.length > 0
        ? [
            element(
              'li',
              {},
              icon('question'),
              element(
                'span',
                {},
                t('Not stated in the file or in files next to it: {0}.', missingWords(missing)),
              ),
              ' ',
              textButton(t('Describe Backbone...'), describe, { secondary: true, testId: 'model-describe' }),
            ),
          ]
        : []),
      ...(report?.inspection?.notes ?? []).map((note) =>
        element('li', {}, icon('info'), label(say(note), 'sentence')),
      ),
    ];
    const failed = check.kind === 'done' && missing.length === 0 ? check.problem : undefined;
    return [
      ...(items.length > 0
        ? [element('ul', { class: 'problems', 'data-testid': 'model-problems' }, ...items)]
        : []),
      ...(failed ? [problemNotice(t('The check failed'), failed, this.#act, 'model-check-problem')] : []),
    ];
  }
}
