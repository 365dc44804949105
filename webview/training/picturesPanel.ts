import type { TrainingPicture, TrainingSummary, TrainingViewApi } from '../../src/protocol/trainingView.ts';
import { element } from '../common/element.ts';
import { t } from '../common/language.ts';

const PICTURES: readonly {
  readonly picture: TrainingPicture;
  readonly caption: string;
  readonly alt: string;
}[] = [
  { picture: 'prompt', caption: t('Prompt'), alt: t('The visual prompt as it is added; gray is nothing') },
  { picture: 'sample', caption: t('Sample'), alt: t('An image as the backbone sees it without the prompt') },
  { picture: 'prompted', caption: t('With prompt'), alt: t('The same image with the prompt') },
];

type Load = (id: string, picture: TrainingPicture) => Promise<TrainingViewApi['picture']['result']>;

interface Shown {
  readonly figure: HTMLElement;
  readonly image: HTMLImageElement;
  url: string | undefined;
}

/** The prompt, and an image before and after it. Pictures are fetched when others can be had. */
export class PicturesPanel {
  readonly element = element('section', {
    class: 'pictures',
    'aria-label': t('Prompt'),
    'data-testid': 'training-pictures',
  });
  readonly #load: Load;
  readonly #shown = new Map<TrainingPicture, Shown>();
  #version = '';
  #loading = false;

  constructor(load: Load) {
    this.#load = load;
    for (const { picture, caption, alt } of PICTURES) {
      const image = element('img', { alt, 'data-testid': `training-picture-${picture}` });
      const figure = element('figure', { hidden: true }, image, element('figcaption', {}, caption));
      this.#shown.set(picture, { figure, image, url: undefined });
      this.element.append(figure);
    }
  }

  show({ id, pictures }: TrainingSummary): void {
    this.element.hidden = pictures === 0;
    const version = `${id} ${pictures}`;
    // One set at a time: a report that comes meanwhile is followed by another.
    if (pictures === 0 || version === this.#version || this.#loading) return;
    this.#version = version;
    this.#loading = true;
    void Promise.all([...this.#shown].map(([picture, shown]) => this.#update(id, picture, shown))).finally(
      () => {
        this.#loading = false;
      },
    );
  }

  async #update(id: string, picture: TrainingPicture, shown: Shown): Promise<void> {
    const loaded = await this.#load(id, picture).catch(() => null);
    const old = shown.url;
    shown.figure.hidden = loaded === null;
    shown.url =
      loaded === null
        ? undefined
        : URL.createObjectURL(new Blob([loaded.bytes.slice()], { type: loaded.type }));
    if (shown.url !== undefined) shown.image.src = shown.url;
    if (old !== undefined) URL.revokeObjectURL(old);
  }
}
