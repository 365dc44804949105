import { percent } from '../../src/core/text/numbers.ts';
import type { EvidenceSource, ImageEvidence } from '../../src/protocol/resultsView.ts';
import { bar, element, icon, label, linkButton, table } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { How } from './givenLabels.ts';
import type { ResultTable } from './resultTable.ts';
import { isGiven, plainWords, saidOf, undecided } from './words.ts';

/** What the details ask. */
export interface DetailsSource {
  evidence(image: number): Promise<ImageEvidence>;
  /** Shows a cell of the alignment; without `target` that of the predicted label. */
  showCell(image: number, source: number, target: number | undefined): void;
}

/** The same, with what labelling knows. */
export interface DetailsHost extends DetailsSource {
  /** How an image got its label. */
  how(image: number): How;
}

/** An image in words: the answer, the truth, its name, and the source labels that speak for it or for others. */
export class ImageDetails {
  readonly element: HTMLElement;
  readonly #source: DetailsHost;
  readonly #nothing: string;
  #image: number | undefined;
  /** The label that the evidence is for. */
  #predicted = -1;
  #asked = 0;

  /** @param nothing what it says while no image is shown */
  constructor(source: DetailsHost, nothing: string, testId: string) {
    this.#source = source;
    this.#nothing = nothing;
    this.element = element('section', {
      class: 'image-details',
      'aria-label': t('Selected image'),
      'data-testid': testId,
      tabindex: 0,
    });
    this.clear();
  }

  clear(): void {
    this.#image = undefined;
    this.element.replaceChildren(element('p', { class: 'quiet' }, this.#nothing));
  }

  /** @returns the name of the image, once it is known and still shown */
  async show(image: number, results: ResultTable, labels: readonly string[]): Promise<string | undefined> {
    if (image === this.#image) return undefined;
    this.#image = image;
    this.#predicted = results.predicted(image);
    const asked = ++this.#asked;
    const answer = this.#answer(image, results, labels);
    this.element.replaceChildren(answer);
    const evidence = await this.#source.evidence(image).catch(() => undefined);
    if (asked !== this.#asked || this.#image !== image || !evidence) return undefined;
    // Sources explain what the mapping says of the image alone: nothing else decided by them.
    const explained = labels[results.plain(image)];
    this.element.replaceChildren(
      answer,
      element('div', { class: 'quiet', 'data-testid': 'results-name' }, label(evidence.name)),
      ...this.#evidence(image, explained, labels, evidence),
    );
    return evidence.name;
  }

  /** What is said of the image may be another; the evidence is, where that is for another label. */
  renew(results: ResultTable, labels: readonly string[]): void {
    const image = this.#image;
    if (image === undefined) return;
    if (results.predicted(image) !== this.#predicted) this.refresh(results, labels);
    else this.element.firstElementChild?.replaceWith(this.#answer(image, results, labels));
  }

  /** Asks again for what is shown: more is known by now. */
  refresh(results: ResultTable, labels: readonly string[]): void {
    const image = this.#image;
    this.#image = undefined;
    if (image !== undefined) void this.show(image, results, labels);
  }

  #answer(image: number, results: ResultTable, labels: readonly string[]): HTMLElement {
    return answerOf(image, results, labels, this.#source.how(image));
  }

  #evidence(
    image: number,
    predicted: string | undefined,
    labels: readonly string[],
    { sources, backbones, byHead }: ImageEvidence,
  ): HTMLElement[] {
    if (sources.length === 0) return [];
    const shares = sources.some(({ share }) => share !== undefined);
    const elsewhere = sources.some(({ targets }) => !targets.some((target) => labels[target] === predicted));
    const rowOf = (source: EvidenceSource) => this.#row(image, predicted, labels, source, shares);
    const rows = backbones
      ? backbones.flatMap((one, at) => {
          const own = sources.filter(({ backbone }) => backbone === at);
          return [backboneRow(one, shares), ...own.map(rowOf)];
        })
      : sources.map(rowOf);
    const headings = [
      t('Source label'),
      element('th', { scope: 'col', class: 'number-column', colspan: 2 }, t('Backbone')),
      ...(shares ? [element('th', { scope: 'col', class: 'number-column' }, t('Share'))] : []),
    ];
    return [
      element('h2', {}, t('Evidence')),
      table({ class: 'evidence-table' }, headings, rows),
      element(
        'p',
        { class: 'quiet words' },
        [
          backbones
            ? t('Backbone: the probability that the backbone gives the source label, among its own.')
            : t('Backbone: the probability that the backbone gives the source label.'),
          shares && predicted !== undefined
            ? t('Share: how much of the score of {0} comes from it.', predicted)
            : '',
          shares && byHead
            ? t('The head of the alignment decided: shares explain what its mapping alone says.')
            : '',
          elsewhere ? t('An arrow marks a source label that counts for another label or for none.') : '',
        ]
          .filter((sentence) => sentence !== '')
          .join(' '),
      ),
    ];
  }

  #row(
    image: number,
    predicted: string | undefined,
    labels: readonly string[],
    { source, label: name, probability, share, targets }: EvidenceSource,
    shares: boolean,
  ): HTMLElement {
    const others = targets.map((target) => labels[target] ?? '').filter((one) => one !== predicted);
    const counts = targets.some((target) => labels[target] === predicted);
    const cell = (of: string, target: number | undefined) =>
      linkButton(
        label(name),
        () => this.#source.showCell(image, source, target),
        'results-cell',
        t('Show the cell of {0} and {1} in the alignment', of, name),
      );
    const shown =
      counts && predicted !== undefined
        ? cell(predicted, undefined)
        : targets.length > 0
          ? cell(labels[targets[0]] ?? '', targets[0])
          : label(name);
    const where = counts
      ? []
      : [
          element(
            'div',
            { class: 'elsewhere' },
            icon('arrow-right'),
            ' ',
            others.length === 0 ? t('not mapped') : label(t('mapped to {0}', others.join(', '))),
          ),
        ];
    return element(
      'tr',
      { class: counts ? undefined : 'other', 'data-testid': 'results-evidence' },
      element('td', {}, shown, ...where),
      element('td', { class: 'bar-cell' }, probability === undefined ? undefined : bar(probability)),
      element('td', { class: 'number number-column' }, probability === undefined ? '' : percent(probability)),
      shares
        ? element(
            'td',
            { class: 'number number-column' },
            share === undefined ? (counts ? percent(0) : '–') : percent(share),
          )
        : undefined,
    );
  }
}

/** The name of one of several backbones, over its source labels, with what it has to do with the answer. */
function backboneRow(
  { name, share }: NonNullable<ImageEvidence['backbones']>[number],
  shares: boolean,
): HTMLElement {
  return element(
    'tr',
    { class: 'backbone', 'data-testid': 'results-evidence-backbone' },
    element('th', { scope: 'rowgroup', colspan: 3 }, label(name)),
    shares
      ? element('td', { class: 'number number-column' }, share === undefined ? '' : percent(share))
      : undefined,
  );
}

function answerOf(image: number, results: ResultTable, labels: readonly string[], how: How): HTMLElement {
  const truth = results.truth(image) < 0 ? undefined : labels[results.truth(image)];
  return element(
    'div',
    { class: 'answer' },
    element('strong', {}, label(saidOf(results, labels, image))),
    isGiven(results, image)
      ? element('span', { class: 'quiet' }, how === 'agent' ? t('labeled by an agent') : t('labeled'))
      : element('span', { class: 'number' }, percent(results.confidence(image))),
    truth === undefined
      ? undefined
      : results.wrong(image)
        ? element('span', { class: 'mark-wrong' }, icon('close'), ' ', label(t('true: {0}', truth)))
        : element('span', { class: 'mark-right' }, icon('check'), ' ', t('right')),
    results.about.settled
      ? element('div', { class: 'plain-answer quiet' }, label(plainWords(results, labels, image)))
      : undefined,
    ...doubts(image, results, labels),
  );
}

/** That all else contradicts the label that a person gave. */
function doubts(image: number, results: ResultTable, labels: readonly string[]): HTMLElement[] {
  return results.about.doubtful
    .filter((one) => one.image === image)
    .map(({ given, answer }) =>
      element(
        'div',
        { class: 'doubt' },
        icon('warning'),
        ' ',
        label(
          t('Labeled {0}, but everything else says {1}.', labels[given] ?? '', labels[answer] ?? undecided()),
        ),
      ),
    );
}
