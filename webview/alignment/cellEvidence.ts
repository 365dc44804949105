import { percent } from '../../src/core/text/numbers.ts';
import type { AlignmentViewApi, ShownEvidence, ShownImage } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { element, label } from '../common/element.ts';
import { plural, t } from '../common/language.ts';
import { devicePixels } from '../common/thumbnails.ts';

/** CSS pixels of a picture's edge. */
const PICTURE = 64;

/** What images say about the selected cell: how often its source fires, how often that is right, and on which. */
export class CellEvidence {
  readonly element = element('div', { class: 'evidence', 'data-testid': 'alignment-evidence' });
  readonly #host: Connection<AlignmentViewApi, object>['host'];
  #asking = new AbortController();
  #urls: string[] = [];

  constructor(host: Connection<AlignmentViewApi, object>['host']) {
    this.#host = host;
  }

  /** Asks about another cell. @param source the backbone's index */
  async show(revision: number, target: number, source: number): Promise<void> {
    this.clear();
    const { signal } = this.#asking;
    try {
      const evidence = await this.#host.call('evidence', { revision, target, source }, { signal });
      if (signal.aborted || !evidence) return;
      const pictures = evidence.strongest.map((image, i) => this.#button(image, i));
      this.element.replaceChildren(
        element('p', {}, evidenceInWords(evidence)),
        element('div', { class: 'pictures' }, ...pictures),
      );
      for (const [i, button] of pictures.entries()) await this.#fill(button, i, signal);
    } catch {
      // The evidence is a help; the document may have changed while it was looked for.
    }
  }

  clear(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
    this.element.replaceChildren();
  }

  #button({ name, probability, fired, truth }: ShownImage, image: number): HTMLElement {
    const how = fired ? t('strongest source label') : t('not the strongest source label');
    const title = [name, percent(probability), how, truth && t('true label {0}', truth)]
      .filter(Boolean)
      .join(' · ');
    const open = () => void this.#host.call('openEvidence', { image });
    return element(
      'button',
      { type: 'button', class: 'picture', title, onclick: open },
      element('span', { class: 'picture-place' }),
      element('span', { class: 'visually-hidden' }, `${t('Open {0}', name)} · ${how} · `),
      element('span', { class: 'number quiet' }, percent(probability)),
      truth === undefined ? undefined : label(truth, 'one-line'),
    );
  }

  async #fill(button: HTMLElement, image: number, signal: AbortSignal): Promise<void> {
    const { type, bytes } = await this.#host.call(
      'evidencePicture',
      { image, size: devicePixels(PICTURE) },
      { signal },
    );
    if (signal.aborted) return;
    const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    this.#urls.push(url);
    button.querySelector('.picture-place')?.replaceWith(element('img', { src: url, alt: '' }));
  }
}

/** `The strongest source label on 12 of 360 images of icons. Of 12 with a true label, 11 have this one.` */
export function evidenceInWords({ images, fired, judged, right, title }: ShownEvidence): string {
  if (fired === 0) {
    return plural(
      images,
      'Not the strongest source label on {0} image of {1}.',
      'Not the strongest source label on any of {0} images of {1}.',
      title,
    );
  }
  if (judged === 0) {
    return plural(
      images,
      'The strongest source label on {1} of {0} image of {2}.',
      'The strongest source label on {1} of {0} images of {2}.',
      fired,
      title,
    );
  }
  return plural(
    images,
    'The strongest source label on {1} of {0} image of {2}. The target label is correct for {3} of {4} with a true label.',
    'The strongest source label on {1} of {0} images of {2}. The target label is correct for {3} of {4} with a true label.',
    fired,
    title,
    right,
    judged,
  );
}
