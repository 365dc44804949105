/** Nobody slips in a name that is longer; comparing takes time as the square of the length. */
const LONGEST_NAME = 100;

/** The known name that `name` was probably meant to be; undefined when none is near. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const a = plain(name);
  if (a === '') return undefined;
  // Of three letters one may be wrong: with two, any name is near.
  let least = (name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1;
  let best: string | undefined;
  for (const candidate of known) {
    if (candidate.length > LONGEST_NAME) continue;
    const b = plain(candidate);
    // "crop_size" for "crop", "mean" for "image_mean": a part counts as near, a beginning as nearer.
    const part = a.length > 2 && b.length > 2 && (a.includes(b) || b.includes(a));
    const beginning = part && (a.startsWith(b) || b.startsWith(a));
    const near = beginning ? 1 : part ? 2 : Number.POSITIVE_INFINITY;
    // The distance is at least what one is longer than the other.
    const distance = Math.abs(a.length - b.length) < least ? Math.min(editDistance(a, b), near) : near;
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
