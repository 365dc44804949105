import { escapeMarkup } from '../../../src/core/text/markup.ts';
import { escapeHidden } from '../../../src/core/text/plainText.ts';
import type { DrawingContext } from './frame.ts';

/** What `save` keeps. */
interface DrawingState {
  readonly font: string;
  readonly fillStyle: string;
  readonly strokeStyle: string;
  readonly lineWidth: number;
  readonly globalAlpha: number;
  readonly textAlign: CanvasTextAlign;
  readonly textBaseline: CanvasTextBaseline;
  readonly transform: string;
  readonly clip: string;
}

/** Draws what a canvas would as an SVG, with the few operations that the grid uses. */
export class SvgCanvas implements DrawingContext {
  font = '12px sans-serif';
  fillStyle = '#000000';
  strokeStyle = '#000000';
  lineWidth = 1;
  globalAlpha = 1;
  textAlign: CanvasTextAlign = 'left';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  readonly #width: number;
  readonly #height: number;
  readonly #measure: (font: string, text: string) => number;
  readonly #parts: string[] = [];
  readonly #clips: string[] = [];
  readonly #saved: DrawingState[] = [];
  #path: string[] = [];
  #transform = '';
  #clip = '';

  /** @param measure width of a text in a CSS font, in pixels */
  constructor(width: number, height: number, measure: (font: string, text: string) => number) {
    this.#width = width;
    this.#height = height;
    this.#measure = measure;
  }

  toString(): string {
    const size = `width="${this.#width}" height="${this.#height}"`;
    const clips = this.#clips.length === 0 ? '' : `<defs>${this.#clips.join('')}</defs>\n`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${this.#width} ${this.#height}">\n${clips}${this.#parts.join('\n')}\n</svg>\n`;
  }

  save(): void {
    const { font, fillStyle, strokeStyle, lineWidth, globalAlpha, textAlign, textBaseline } = this;
    const styles = { font, fillStyle, strokeStyle, lineWidth, globalAlpha, textAlign, textBaseline };
    this.#saved.push({ ...styles, transform: this.#transform, clip: this.#clip });
  }

  restore(): void {
    const state = this.#saved.pop();
    if (!state) return;
    const { transform, clip, ...styles } = state;
    Object.assign(this, styles);
    this.#transform = transform;
    this.#clip = clip;
  }

  beginPath(): void {
    this.#path = [];
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path.push(`M${n(x)} ${n(y)}h${n(width)}v${n(height)}h${n(-width)}z`);
  }

  moveTo(x: number, y: number): void {
    this.#path.push(`M${n(x)} ${n(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#path.push(`L${n(x)} ${n(y)}`);
  }

  closePath(): void {
    this.#path.push('z');
  }

  /** Clockwise, at most one turn. */
  arc(x: number, y: number, radius: number, start: number, end: number): void {
    const at = (angle: number) => `${n(x + radius * Math.cos(angle))} ${n(y + radius * Math.sin(angle))}`;
    const half = (start + end) / 2;
    const turn = `A${n(radius)} ${n(radius)} 0 0 1 `;
    this.#path.push(`M${at(start)}${turn}${at(half)}${turn}${at(end)}`);
  }

  clip(): void {
    const id = `clip${this.#clips.length}`;
    this.#clips.push(`<clipPath id="${id}"><path d="${this.#path.join('')}"/></clipPath>`);
    this.#clip = ` clip-path="url(#${id})"`;
  }

  fill(): void {
    this.#add(`<path d="${this.#path.join('')}" fill="${colour(this.fillStyle)}"`);
  }

  stroke(): void {
    this.#add(`<path d="${this.#path.join('')}" ${this.#line()}`);
  }

  clearRect(): void {}

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#add(`<rect ${box(x, y, width, height)} fill="${colour(this.fillStyle)}"`);
  }

  fillText(text: string, x: number, y: number): void {
    const anchor = this.textAlign === 'center' ? ' text-anchor="middle"' : '';
    const baseline = this.textBaseline === 'middle' ? ' dominant-baseline="central"' : '';
    this.#add(
      `<text x="${n(x)}" y="${n(y)}"${anchor}${baseline} style="font:${escaped(this.font)}" fill="${colour(this.fillStyle)}"`,
      `${escaped(text)}</text>`,
    );
  }

  measureText(text: string): TextMetrics {
    return { width: this.#measure(this.font, text) } as TextMetrics;
  }

  translate(x: number, y: number): void {
    this.#transform += `translate(${n(x)} ${n(y)})`;
  }

  rotate(angle: number): void {
    this.#transform += `rotate(${n((angle * 180) / Math.PI)})`;
  }

  #line(): string {
    return `fill="none" stroke="${colour(this.strokeStyle)}" stroke-width="${n(this.lineWidth)}"`;
  }

  #add(open: string, inside?: string): void {
    const alpha = this.globalAlpha === 1 ? '' : ` opacity="${n(this.globalAlpha)}"`;
    const transform = this.#transform === '' ? '' : ` transform="${this.#transform}"`;
    const made = `${open}${alpha}${transform}${inside === undefined ? '/>' : `>${inside}`}`;
    // A clip belongs to the page, not to what is turned in it.
    this.#parts.push(this.#clip === '' ? made : `<g${this.#clip}>${made}</g>`);
  }
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function box(x: number, y: number, width: number, height: number): string {
  return `x="${n(x)}" y="${n(y)}" width="${n(Math.max(0, width))}" height="${n(Math.max(0, height))}"`;
}

/** Not every program that draws SVG knows colours without commas. */
function colour(css: string): string {
  return escaped(css.replace(/^rgb\((\d+) (\d+) (\d+)\)$/, 'rgb($1,$2,$3)'));
}

/** Text for XML: labels are anything. */
function escaped(text: string): string {
  // XML has no place for control characters and halves of pairs.
  return escapeMarkup(escapeHidden(text).replaceAll(/[\ufffe\uffff]/g, '\ufffd'));
}
