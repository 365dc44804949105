/** How far parameters are moved, forth and back, for one estimate. */
const DISTANCE = 0.01;

/**
 * Simultaneous perturbation (Spall, 1992; BlackVIP): all parameters are moved at once by a random sign, forth and back;
 * the difference of the losses estimates the slope in that direction. Two runs an estimate.
 * @param run the loss, and what else is wanted of it, under other parameters
 * @returns the mean of the estimates as the gradient, with what the first run gave
 */
export async function spsaGradient<Run extends { readonly loss: number }>(
  parameters: Float32Array,
  estimates: number,
  random: () => number,
  run: (parameters: Float32Array) => Promise<Run>,
): Promise<Run & { readonly gradient: Float32Array }> {
  const gradient = new Float32Array(parameters.length);
  let first: Run | undefined;
  for (let estimate = 0; estimate < estimates; estimate++) {
    const signs = Float32Array.from(gradient, () => (random() < 0.5 ? -1 : 1));
    const moved = (distance: number) => parameters.map((value, i) => value + distance * signs[i]);
    const forth = await run(moved(DISTANCE));
    const back = await run(moved(-DISTANCE));
    const slope = (forth.loss - back.loss) / (2 * DISTANCE * estimates);
    for (let i = 0; i < gradient.length; i++) gradient[i] += slope * signs[i];
    first ??= forth;
  }
  return { ...first!, gradient };
}
