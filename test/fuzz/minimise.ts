import { join } from './damage/bytes.ts';

/**
 * A smaller input that fails likewise: ever smaller pieces are left out, as long as it still fails.
 * @param fails whether an input fails in the same way
 * @param tries most inputs that are tried
 */
export async function minimise(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
  tries: number,
): Promise<Uint8Array> {
  let smallest = input;
  let left = tries;
  for (
    let size = Math.ceil(input.length / 2);
    size >= 1 && left > 0;
    size = size > 1 ? Math.ceil(size / 2) : 0
  ) {
    for (let at = 0; at < smallest.length && left > 0; left--) {
      const shorter = join(smallest.subarray(0, at), smallest.subarray(at + size));
      if (await fails(shorter)) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}
