/** The known name that `name` was probably meant to be; undefined when none is near. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const [a, b] = [plain(name), plain(candidate)];
    // "crop_size" for "crop", "mean" for "image_mean": a part counts as near, a beginning as nearer.
    const part = a.length > 2 && (a.includes(b) || b.includes(a));
    const beginning = part && (a.startsWith(b) || b.startsWith(a));
    const distance = Math.min(editDistance(a, b), beginning ? 1 : part ? 2 : Number.POSITIVE_INFINITY);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
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
