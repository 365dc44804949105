import { acting, element, icon, iconButton, setText } from '../common/element.ts';
import { count, plural, t } from '../common/language.ts';
import { TILE_SIZES } from './tileLayout.ts';

export interface SelectionLineEvents {
  copyPaths(): void;
  exportSelected(): void;
  resize(tileSize: number): void;
}

/** The line below the gallery: how many images are shown and selected, what can be done with several, and how large tiles are. */
export class SelectionLine {
  readonly element: HTMLElement;
  readonly #shown = element('span', { class: 'quiet', role: 'status', 'data-testid': 'results-shown' });
  readonly #selected = element('span', { role: 'status', 'data-testid': 'results-selected' });
  readonly #actions: HTMLElement;
  readonly #size: HTMLInputElement;

  constructor(events: SelectionLineEvents) {
    this.#actions = element(
      'span',
      { class: 'line-actions' },
      iconButton('copy', t('Copy Paths'), () => events.copyPaths(), 'results-copy'),
      acting(
        iconButton(
          'export',
          t('Export Selected...'),
          () => events.exportSelected(),
          'results-selected-export',
        ),
      ),
    );
    this.#size = element('input', {
      type: 'range',
      min: TILE_SIZES.least,
      max: TILE_SIZES.most,
      step: 4,
      title: t('Thumbnail size'),
      'aria-label': t('Thumbnail size'),
      'data-testid': 'results-size',
      oninput: () => events.resize(Number(this.#size.value)),
    });
    this.element = element(
      'div',
      { class: 'selection-line' },
      this.#shown,
      this.#selected,
      this.#actions,
      element('span', { class: 'size' }, icon('file-media'), this.#size),
    );
  }

  /** @param tileSize width that tiles have now */
  show({
    shown,
    of,
    selected,
    tileSize,
  }: {
    shown: number;
    of: number;
    selected: number;
    tileSize: number;
  }): void {
    setIfOther(
      this.#shown,
      shown === of
        ? plural(of, '{0} image', '{0} images')
        : plural(of, '{1} of {0} image', '{1} of {0} images', count(shown)),
    );
    const several = selected > 1;
    setIfOther(this.#selected, several ? plural(selected, '{0} image selected', '{0} images selected') : '');
    this.#actions.hidden = !several;
    if (Number(this.#size.value) !== tileSize) this.#size.value = String(tileSize);
  }
}

/** A status that says the same is not read again. */
function setIfOther(place: HTMLElement, text: string): void {
  if (place.textContent !== text) setText(place, text);
}
