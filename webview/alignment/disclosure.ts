import { element, icon } from '../common/element.ts';

/** A button that shows and hides what belongs to it. It only tells: whose it is decides, and sets `open`. */
export class Disclosure {
  readonly button: HTMLButtonElement;
  readonly #body: HTMLElement;
  #open = false;

  /** @param body has an id */
  constructor(body: HTMLElement, testId: string, toggled: (open: boolean) => void, ...face: Node[]) {
    this.#body = body;
    this.button = element(
      'button',
      {
        type: 'button',
        class: 'disclosure',
        'aria-controls': body.id,
        'data-testid': testId,
        onclick: () => toggled(!this.#open),
      },
      icon('chevron-right'),
      ...face,
    );
    this.open = false;
  }

  get open(): boolean {
    return this.#open;
  }

  set open(open: boolean) {
    this.#open = open;
    this.#body.hidden = !open;
    this.button.setAttribute('aria-expanded', String(open));
  }
}
