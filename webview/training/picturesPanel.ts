import {
  furtherPictures,
  type TrainingPicture,
  type TrainingSummary,
  type TrainingViewApi,
  trainingPictures,
} from '../../src/protocol/trainingView.ts';
import { element, setReadAttribute, setText } from '../common/element.ts';
import { t } from '../common/language.ts';
import { type PromptEffect, promptEffect } from './promptEffect.ts';

type Load = (id: string, picture: TrainingPicture) => Promise<TrainingViewApi['picture']['result']>;

/** A picture with what it is called. */
interface Shown {
  readonly figure: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly caption: HTMLElement;
}

/** An image without the prompt and with it, what the prompt adds, and how much of that it gets. Fetched when others can be had. */
export class PicturesPanel {
  readonly element = element('section', {
    class: 'pictures',
    'aria-label': t('Prompt'),
    'data-testid': 'training-pictures',
  });
  readonly #load: Load;
  readonly #shown: Partial<Record<TrainingPicture, Shown>> &
    Record<(typeof trainingPictures)[number], Shown> = {
    sample: shownPicture('sample'),
    prompted: shownPicture('prompted'),
    prompt: shownPicture('prompt'),
    mask: shownPicture('mask'),
  };
  #version = '';
  #loading = false;
  /** What was last to be shown. */
  #wanted: TrainingSummary | undefined;

  constructor(load: Load) {
    this.#load = load;
    const { sample, prompted, prompt, mask } = this.#shown;
    describe(sample, t('Without the prompt'), t('A sample image without the prompt'));
    describe(prompted, t('With the prompt'), t('The same image with the prompt, as the backbone sees it'));
    describe(
      mask,
      t('How much of it this image gets'),
      t('Gray is nothing, white twice the prompt or more, black its opposite. Colors differ by channel.'),
    );
    this.element.append(sample.figure, prompted.figure, prompt.figure, mask.figure);
  }

  show(state: TrainingSummary): void {
    this.#wanted = state;
    const { id, pictures, prompts } = state;
    this.element.hidden = pictures === 0;
    const version = `${id} ${pictures}`;
    // One set at a time: what comes meanwhile is shown after it.
    if (pictures === 0 || version === this.#version || this.#loading) return;
    this.#version = version;
    this.#loading = true;
    const further = furtherPictures.slice(0, prompts - 1);
    for (const picture of further) {
      const shown = this.#shown[picture] ?? shownPicture(picture);
      this.#shown[picture] = shown;
      this.element.append(shown.figure);
    }
    for (const picture of furtherPictures.slice(further.length)) this.#shown[picture]?.figure.remove();
    const wanted = [...trainingPictures, ...further];
    void Promise.all(wanted.map((picture) => this.#update(id, picture))).finally(() => {
      this.#loading = false;
      if (this.#wanted) this.show(this.#wanted);
    });
  }

  async #update(id: string, picture: TrainingPicture): Promise<void> {
    const shown = this.#shown[picture];
    if (!shown) return;
    const loaded = await this.#load(id, picture).catch(() => null);
    const bitmap =
      loaded &&
      (await createImageBitmap(new Blob([loaded.bytes.slice()], { type: loaded.type })).catch(() => null));
    shown.figure.hidden = !bitmap;
    if (!bitmap) return;
    const { width, height } = bitmap;
    Object.assign(shown.canvas, { width, height });
    const context = shown.canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
    const further = furtherPictures.map(String).indexOf(picture);
    if ((picture !== 'prompt' && further < 0) || !context) return;
    const effect = promptEffect(context.getImageData(0, 0, width, height).data, width, height);
    context.putImageData(new ImageData(effect.pixels, width, height), 0, 0);
    const [caption, words] = effectWords(effect);
    describe(shown, further < 0 ? caption : t('Prompt {0}. {1}', further + 2, caption), words);
  }
}

/** What stands below the picture of a prompt, and what a screen reader is told of it. */
function effectWords({ factor, most }: PromptEffect): readonly [caption: string, alt: string] {
  if (most === 0) return [t('What the prompt adds: nothing yet'), t('Gray: the prompt adds nothing yet')];
  const strength = t('Pixels change by up to {0} of 255. Gray is no change.', most);
  return factor === 1
    ? [t('What the prompt adds'), strength]
    : [t('What the prompt adds, amplified {0} times', factor), strength];
}

function shownPicture(picture: TrainingPicture): Shown {
  const canvas = element('canvas', { role: 'img', 'data-testid': `training-picture-${picture}` });
  const caption = element('figcaption');
  const figure = element('figure', { class: picture, hidden: true }, canvas, caption);
  return { figure, canvas, caption };
}

function describe({ canvas, caption }: Shown, name: string, words: string): void {
  setText(caption, name);
  setReadAttribute(canvas, 'aria-label', `${name}. ${words}`);
  setReadAttribute(canvas, 'title', words);
}
