/** A value of a curve and where it stands on the axis below. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/**
 * At most about two samples per pixel column: the lowest and the highest of each, so that no peak disappears.
 * @param columns pixel columns
 */
export function thinned(samples: readonly Sample[], columns: number): readonly Sample[] {
  if (samples.length <= 2 * columns || columns < 1) return samples;
  const first = samples[0].at;
  const span = samples[samples.length - 1].at - first || 1;
  const kept: Sample[] = [];
  let column = -1;
  let [low, high]: Sample[] = [samples[0], samples[0]];
  const flush = () => {
    if (column < 0) return;
    kept.push(...(low === high ? [low] : low.at <= high.at ? [low, high] : [high, low]));
  };
  for (const sample of samples) {
    const at = Math.min(columns - 1, Math.floor(((sample.at - first) / span) * columns));
    if (at === column) {
      if (sample.value < low.value) low = sample;
      if (sample.value > high.value) high = sample;
      continue;
    }
    flush();
    column = at;
    low = sample;
    high = sample;
  }
  flush();
  return kept;
}

/** The sample nearest to a place; the later one of two equally near. */
export function nearest(samples: readonly Sample[], at: number): Sample | undefined {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle].at < at) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [samples[low - 1], samples[low]];
  if (!before || !after) return after ?? before;
  return at - before.at < after.at - at ? before : after;
}
