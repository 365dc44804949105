import { Resvg } from '@resvg/resvg-js';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';

/** Pixels below the window in which a caption stands. */
const CAPTION = 40;

/** A pointer goes there in so many pictures, each shown so long. */
const MOVE = { pictures: 5, ms: 50 };

/**
 * A moving picture of a window. How long a picture is shown is said by whoever takes it, not by the clock, so that a slow
 * machine records the same film as a fast one.
 */
export class Recorder {
  readonly #page: Page;
  readonly #pictures: { readonly png: Buffer; readonly caption: string; ms: number }[] = [];
  #caption = '';
  #at = { x: 300, y: 300 };

  constructor(page: Page) {
    this.#page = page;
  }

  /** What stands below the window from now on. */
  say(caption: string): void {
    this.#caption = caption;
  }

  /** Shows the window as it is now. @param ms for how long */
  async show(ms: number): Promise<void> {
    const png = await this.#page.screenshot();
    const last = this.#pictures.at(-1);
    if (last && last.caption === this.#caption && last.png.equals(png)) last.ms += ms;
    else this.#pictures.push({ png, caption: this.#caption, ms });
  }

  /**
   * Shows what happens until something is there: a picture whenever what is told is another.
   * @param told such as how far it is; what only moves shows no picture
   */
  async watch(waiting: Promise<unknown>, told: () => Promise<string>, ms: number): Promise<void> {
    let over = false;
    const ended = waiting.finally(() => {
      over = true;
    });
    // Whoever waits gets the error.
    ended.catch(() => undefined);
    let last: string | undefined;
    while (!over) {
      const now = await told().catch(() => last);
      if (now !== last) await this.show(ms);
      last = now;
      await this.#page.waitForTimeout(100);
    }
    await ended;
    await this.show(ms);
  }

  /** Moves the pointer over something. */
  async point(target: Locator): Promise<void> {
    const box = await target.boundingBox();
    if (!box) throw new Error('What is pointed at is not visible.');
    const to = { x: box.x + Math.min(box.width / 2, 60), y: box.y + box.height / 2 };
    const from = this.#at;
    for (let step = 1; step <= MOVE.pictures; step++) {
      const share = step / MOVE.pictures;
      this.#at = { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
      await this.#page.mouse.move(this.#at.x, this.#at.y);
      await this.#page.evaluate(drawPointer, this.#at);
      await this.show(MOVE.ms);
    }
  }

  /** Points at something, and clicks it. */
  async click(target: Locator, button: 'left' | 'right' = 'left'): Promise<void> {
    await this.point(target);
    await this.show(250);
    await this.#page.mouse.click(this.#at.x, this.#at.y, { button });
  }

  /** An animated WebP that begins again at its end. */
  async encode(): Promise<Buffer> {
    const captions = new Map<string, Buffer>();
    const frames: Buffer[] = [];
    for (const { png, caption } of this.#pictures) {
      const { width } = await sharp(png).metadata();
      const strip = captions.get(caption) ?? captionStrip(caption, width);
      captions.set(caption, strip);
      const extended = sharp(png).extend({ bottom: CAPTION, background: '#000' });
      frames.push(
        await extended
          .composite([{ input: strip, gravity: 'south' }])
          .removeAlpha()
          .png({ compressionLevel: 1 })
          .toBuffer(),
      );
    }
    const delay = this.#pictures.map(({ ms }) => ms);
    return sharp(frames, { join: { animated: true } })
      .webp({ delay, loop: 0, quality: 80, effort: 5, mixed: true, minSize: true })
      .toBuffer();
  }
}

/** A dark strip with a line of text in its middle, as PNG. */
function captionStrip(text: string, width: number): Buffer {
  const said = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CAPTION}"><rect width="100%" height="100%" fill="#0b2239"/><text x="50%" y="26" text-anchor="middle" font-family="DejaVu Sans, Liberation Sans, sans-serif" font-size="17" fill="#fff">${said}</text></svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: true } }).render().asPng();
}

/** In the page: pictures of a window have no pointer of their own. */
function drawPointer({ x, y }: { readonly x: number; readonly y: number }): void {
  const { document } = globalThis as unknown as { readonly document: PointerDocument };
  let pointer = document.getElementById('recorded-pointer');
  if (!pointer) {
    pointer = document.createElement('div');
    pointer.id = 'recorded-pointer';
    Object.assign(pointer.style, {
      position: 'fixed',
      zIndex: '2147483647',
      width: '14px',
      height: '20px',
      pointerEvents: 'none',
      background: '#fff',
      filter: 'drop-shadow(0 0 1px #000) drop-shadow(0 0 2px #000)',
      clipPath: 'polygon(0 0, 0 80%, 24% 62%, 42% 100%, 60% 92%, 43% 56%, 78% 56%)',
    });
    document.body.append(pointer);
  }
  Object.assign(pointer.style, { left: `${x}px`, top: `${y}px` });
}

/** What {@link drawPointer} needs of a page: the scripts have no types of browsers. */
interface PointerDocument {
  readonly body: { append(child: PointerElement): void };
  getElementById(id: string): PointerElement | null;
  createElement(name: string): PointerElement;
}

interface PointerElement {
  id: string;
  readonly style: object;
}
