import { devicePixels, type Thumbnails } from '../common/thumbnails.ts';
import type { Tile } from './tile.ts';
import { expectedOrder, type TileLayout, wantedOrder } from './tileLayout.ts';

/** Brings the pictures of tiles: first of those that are looked at, then of those near them, then of what may be seen next. */
export class TilePictures {
  readonly #thumbnails: Thumbnails;
  #top = 0;
  #down = true;
  /** Whether pictures are loaded before there are tiles for them. */
  readsAhead = true;

  /** @param update asks for {@link show}, because pictures are to be sharper */
  constructor(thumbnails: Thumbnails, update: () => void) {
    this.#thumbnails = thumbnails;
    followResolution(update);
  }

  /**
   * @param margin for which tiles are there beyond what is seen
   * @param images in the order in which they are shown
   * @param tiles that are there, by their positions
   */
  show(
    layout: TileLayout,
    top: number,
    height: number,
    margin: number,
    images: readonly number[],
    tiles: ReadonlyMap<number, Tile>,
  ): void {
    const size = devicePixels(layout.tileWidth);
    for (const position of wantedOrder(layout, top, height, margin)) {
      const tile = tiles.get(position);
      // What waits is wanted again: the tiles that are looked at are others now.
      if (!tile || (tile.size >= size && tile.arrived)) continue;
      tile.size = size;
      this.#thumbnails.want(tile.image, size, (url) => {
        tile.arrived = true;
        tile.showPicture(url);
      });
    }
    if (top !== this.#top) this.#down = top > this.#top;
    this.#top = top;
    const expected = this.readsAhead ? expectedOrder(layout, top, height, this.#down) : [];
    this.#thumbnails.expect(
      expected.map((position) => images[position]),
      size,
    );
  }

  /** The tile is gone. */
  forget({ image }: Tile): void {
    this.#thumbnails.forget(image);
  }
}

/** Pictures are as sharp as the screen: a window may be zoomed, or moved to another screen. */
function followResolution(update: () => void): void {
  const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  const changed = () => {
    update();
    followResolution(update);
  };
  query.addEventListener('change', changed, { once: true });
}
