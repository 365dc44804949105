/** What a prompt adds, drawn so that it can be seen. */
export interface PromptEffect {
  /** RGBA [H, W, 4]: gray where nothing is added, transparent inside a frame. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** How much larger than it is; 1 = as it is. */
  readonly factor: number;
  /** The largest change of a pixel, of 255; 0 = it adds nothing. */
  readonly most: number;
}

/** Where nothing is added, and what a frame begins as. */
const NOTHING = 128;
const FACTORS = [100, 50, 30, 20, 15, 10, 8, 5, 4, 3, 2];
/** Share of the values that an amplified picture must still tell apart: a few are always much larger than all others. */
const TOLD_APART = 0.99;

/**
 * The picture of a prompt with its differences made larger, as far as they still fit between black and white.
 * @param picture RGBA [H, W, 4] as the engine writes it: on gray, or, around black, a frame
 */
export function promptEffect(picture: Uint8ClampedArray, width: number, height: number): PromptEffect {
  const frame = frameOf(picture, width, height);
  const isHole = (x: number, y: number) =>
    frame > 0 && x >= frame && x < width - frame && y >= frame && y < height - frame;
  const counts = new Uint32Array(NOTHING + 1);
  let values = 0;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      if (isHole(x, y)) continue;
      for (let c = 0; c < 3; c++) counts[Math.abs(picture[at + c] - NOTHING)]++;
      values += 3;
    }
  }
  const most = counts.findLastIndex((count) => count > 0);
  let [usual, behind] = [0, 0];
  while (usual < NOTHING && behind + counts[usual] < TOLD_APART * values) behind += counts[usual++];
  const factor = most <= 0 ? 1 : (FACTORS.find((one) => one * usual < NOTHING) ?? 1);
  const pixels = new Uint8ClampedArray(picture.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      if (isHole(x, y)) continue;
      for (let c = 0; c < 3; c++) pixels[at + c] = NOTHING + factor * (picture[at + c] - NOTHING);
      pixels[at + 3] = 255;
    }
  }
  return { pixels, factor, most: Math.max(0, most) };
}

/** How wide a frame around black is; 0 = there is none. */
function frameOf(picture: Uint8ClampedArray, width: number, height: number): number {
  const row = Math.floor(height / 2);
  const isBlack = (x: number) => {
    const at = 4 * (row * width + x);
    return picture[at] + picture[at + 1] + picture[at + 2] === 0;
  };
  let frame = Math.floor(width / 2);
  if (!isBlack(frame)) return 0;
  while (frame > 0 && isBlack(frame - 1)) frame--;
  return frame;
}
