import { labelCutter } from './cutLabels.ts';
import { drawGrid, drawSmallCells } from './draw.ts';
import type { GridFrame } from './frame.ts';
import { SvgCanvas } from './svgCanvas.ts';

/** Formats of a picture of a grid. */
export type PictureFormat = 'png' | 'svg';

/** Pixels of the PNG a CSS pixel: sharp in print and on any screen. */
const PNG_SCALE = 2;

/** What a frame shows as a file, on the background of the theme. */
export async function pictureOf(frame: GridFrame, format: PictureFormat): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  const { width, height } = frame.layout;
  if (format === 'svg') {
    const svg = new SvgCanvas(width, height, (font, text) => {
      context.font = font;
      return context.measureText(text).width;
    });
    svg.fillStyle = frame.palette.background;
    svg.fillRect(0, 0, width, height);
    drawGrid(svg, frame, labelCutter());
    return new TextEncoder().encode(svg.toString());
  }
  canvas.width = width * PNG_SCALE;
  canvas.height = height * PNG_SCALE;
  context.scale(PNG_SCALE, PNG_SCALE);
  drawGrid(context, frame, labelCutter(), (small) => drawSmallCells(context, small));
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = frame.palette.background;
  context.fillRect(0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (!blob) throw new Error('The picture is too large for this browser.');
  return new Uint8Array(await blob.arrayBuffer());
}
