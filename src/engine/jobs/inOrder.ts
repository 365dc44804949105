import { cancelled } from '../../core/errors.ts';

/** Items that are done before one that was begun earlier, at most, as a multiple of those under way. */
const AHEAD = 8;

/**
 * Makes something of every item, several at a time, and gives it in the order of the items. Whoever takes it may take its
 * time: others are made meanwhile, up to a bound.
 */
export async function* inOrder<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
  atATime: () => number,
  stop: AbortController,
): AsyncGenerator<Made> {
  const waiting: Promise<Made>[] = [];
  let next = 0;
  let running = 0;
  const begin = () => {
    while (
      next < items.length &&
      running < atATime() &&
      waiting.length < AHEAD * atATime() &&
      !stop.signal.aborted
    ) {
      running++;
      const made = make(items[next++]).finally(() => {
        running--;
        begin();
      });
      // Whoever takes it hears of it; the others are not begun.
      made.catch(() => stop.abort());
      waiting.push(made);
    }
  };
  for (begin(); waiting.length > 0; begin()) yield await waiting.shift()!;
  if (next < items.length) throw cancelled();
}
