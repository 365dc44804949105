import type { InputArray } from '../../core/images/tensor.ts';

/** Repeatable noise: in [0, 1) for floats, over the whole range for integers. */
export function fillNoise(into: InputArray, half: boolean): void {
  let state = 1;
  for (let i = 0; i < into.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The bit patterns 0x3400 to 0x37ff are the half floats in [0.25, 0.5).
    into[i] = half ? 0x3400 | (state >>> 22) : into instanceof Float32Array ? state / 2 ** 32 : state >>> 24;
  }
}
